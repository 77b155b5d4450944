import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FakeEngine } from "@oriel/engine-testkit";
import { expect, test } from "vitest";
import { serve } from "../examples/serve-an-engine.ts";

test("the first example of the README is examples/serve-an-engine.ts, and works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, block] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(block).toBe(await readFile(new URL("../examples/serve-an-engine.ts", import.meta.url), "utf8"));
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-readme-"));
  const listening = await serve(new FakeEngine(), path.join(folder, "x.sock"));
  try {
    const answer = await fetch(`${listening.addresses[1]?.replace("tcp", "http")}/version`);
    expect(await answer.json()).toMatchObject({ Version: "0.1.0", ApiVersion: "1.50" });
  } finally {
    await listening.close({ deadline: 500 });
    await rm(folder, { recursive: true });
  }
});
