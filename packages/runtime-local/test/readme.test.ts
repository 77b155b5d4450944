import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { runContainer } from "../examples/run-a-container.ts";
import { transitions } from "../src/container-state.ts";
import { commands, setUp, specOf } from "./fixture.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

it("shows the example that is run here", async () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1];
  expect(shown).toBe(await read("../examples/run-a-container.ts"));
});

it("runs the container of the example and leaves nothing behind", async () => {
  const { runtime, leftovers } = setUp();
  const result = await runContainer(runtime, "example", specOf(commands.printHello));
  expect(result).toEqual({ output: "hello\r\n", errors: "", exitCode: 0 });
  expect(leftovers()).toEqual([]);
});

it("draws every transition between states, and no other", async () => {
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1] ?? "";
  const drawn = [...diagram.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} ${to}`);
  const real = Object.entries(transitions).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`));
  expect(drawn.sort()).toEqual(real.sort());
});
