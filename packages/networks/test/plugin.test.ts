import { networkBackendToken, type OrielConfig } from "@oriel/contracts";
import { startServices } from "@oriel/kernel";
import { hostPlugin } from "@oriel/testkit";
import { expect, it } from "vitest";
import { networksPlugin } from "../src/plugin.ts";
import { temporaryFolder } from "./support.ts";

it("provides networks while the engine runs, and keeps them for the next", async () => {
  const config = { root: temporaryFolder(), deadlines: { call: 60 } } as OrielConfig;
  const host = hostPlugin();
  const first = await startServices([networksPlugin, host], config);
  const { network } = await first.resolve(networkBackendToken).create({ name: "lab" });
  expect(await first.close()).toEqual([]);
  const second = await startServices([networksPlugin, host], config);
  expect(second.resolve(networkBackendToken).get("lab")).toEqual(network);
  expect(await second.close()).toEqual([]);
  expect(() => second.resolve(networkBackendToken).list()).toThrow("not open");
});
