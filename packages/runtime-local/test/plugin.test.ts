import {
  containerRuntimeToken,
  loggerToken,
  type OrielConfig,
  rawHcsToken,
  resourceJournalToken,
  silentLogger,
  startServices,
} from "@oriel/core";
import { createFakeRawHcs, memoryJournal } from "@oriel/testkit";
import { expect, it } from "vitest";
import { LocalRuntime } from "../src/local-runtime.ts";
import { localRuntimePlugin } from "../src/plugin.ts";
import { longDeadlines } from "./fixture.ts";

it("provides the local runtime from a raw interface, a journal and a logger", async () => {
  const around = {
    id: "test.around",
    provides: [rawHcsToken, resourceJournalToken, loggerToken],
    requires: [],
    register(services: Parameters<typeof localRuntimePlugin.register>[0]) {
      services.provide(rawHcsToken, () => createFakeRawHcs().raw);
      services.provide(resourceJournalToken, () => memoryJournal());
      services.provide(loggerToken, () => silentLogger);
    },
  };
  const services = await startServices([localRuntimePlugin, around], { deadlines: longDeadlines } as unknown as OrielConfig);
  expect(services.resolve(containerRuntimeToken)).toBeInstanceOf(LocalRuntime);
  expect(await services.close()).toEqual([]);
});
