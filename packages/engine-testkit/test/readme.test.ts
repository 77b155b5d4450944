import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runEcho } from "../examples/run-echo.ts";

const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/run-echo.ts"));
});

test("the example's program prints and exits", async () => {
  expect(await runEcho()).toEqual({ exitCode: 0, output: "hello\r\n" });
});
