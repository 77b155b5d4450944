import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { file, listStreams, target } from "../examples/take-apart.ts";

const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/take-apart.ts"));
});

test("the example lists the streams of a file, in chunks cut anywhere", () => {
  const expected = ["stream 1 '', 5 bytes", "stream 4 ':note:$DATA', 4 bytes"];
  expect(listStreams([file])).toEqual(expected);
  expect(listStreams([file.subarray(0, 7), file.subarray(7)])).toEqual(expected);
  expect(target).toBe("..\\other");
});
