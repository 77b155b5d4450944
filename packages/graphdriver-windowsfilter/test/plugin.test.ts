import {
  loggerToken,
  type OrielConfig,
  type Plugin,
  rawHcsToken,
  resourceJournalToken,
  silentLogger,
  startServices,
  storageBackendToken,
} from "@oriel/core";
import { createFakeRawHcs, memoryJournal } from "@oriel/testkit";
import { expect, test } from "vitest";
import { windowsFilterPlugin } from "../src/index.ts";

const host: Plugin = {
  id: "test.host",
  provides: [rawHcsToken, resourceJournalToken, loggerToken],
  requires: [],
  register(services) {
    services.provide(rawHcsToken, () => createFakeRawHcs().raw);
    services.provide(resourceJournalToken, memoryJournal);
    services.provide(loggerToken, () => silentLogger);
  },
};

test("the plugin gives the engine its storage, and touches no disk before it is used", async () => {
  const config = { root: "/nowhere/oriel", deadlines: { call: 240 } } as OrielConfig;
  await using services = await startServices([windowsFilterPlugin, host], config);
  const storage = services.resolve(storageBackendToken);
  expect(storage.name).toBe("windowsfilter");
  expect(await storage.status()).toEqual([["Windows", ""]]);
});
