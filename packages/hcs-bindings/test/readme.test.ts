import { readFile } from "node:fs/promises";
import { createFakeRawHcs } from "@oriel/testkit";
import { expect, it } from "vitest";
import { runProgram } from "../examples/run-a-program.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

it("shows the examples that are run here and by storage-calls.test.ts", async () => {
  const shown = [...(await read("../README.md")).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(shown).toEqual([await read("../examples/run-a-program.ts"), await read("../examples/mount-by-volume.ts")]);
});

it("runs the program of the example and leaves nothing open", async () => {
  const fake = createFakeRawHcs();
  expect(await runProgram(fake.raw, "example", "print hello")).toEqual({ output: "hello\r\n", exitCode: 0 });
  expect(fake.openHandles()).toBe(0);
  expect(fake.systems.size).toBe(0);
});
