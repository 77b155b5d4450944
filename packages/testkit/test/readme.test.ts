import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { listSystems } from "../examples/fake-service.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

it("shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/fake-service.ts"));
});

it("runs the example", async () => {
  expect(await listSystems()).toEqual({ systems: "[]", recorded: ["web"] });
});
