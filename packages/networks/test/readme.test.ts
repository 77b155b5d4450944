import { readFile } from "node:fs/promises";
import path from "node:path";
import { fakeHns, memoryJournal } from "@oriel/testkit";
import { expect, it } from "vitest";
import { connectContainer } from "../examples/connect-container.ts";
import { temporaryFolder } from "./support.ts";

it("shows an example that works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(shown).toBe(await readFile(new URL("../examples/connect-container.ts", import.meta.url), "utf8"));

  const hns = fakeHns();
  const file = path.join(temporaryFolder(), "networks.db");
  const connected = await connectContainer({ provider: "windows", network: hns }, memoryJournal(), file);
  expect(connected).toEqual({ address: "172.29.0.2", hostPort: 49_152 });
  expect(hns.endpoints).toEqual([]);
});
