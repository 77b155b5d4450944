import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeLayer } from "../examples/make-a-layer.ts";
import { ImportedLayers } from "./imported-layers.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/make-a-layer.ts"));
});

test("the example makes a layer with a file and a link", async () => {
  await using layers = await ImportedLayers.open();
  expect(await makeLayer(layers.hcs, layers.folder("example"), [])).toBe(5);
  expect(await layers.tree("example")).toEqual({ "hello.txt": "hello", "link.txt": "-> hello.txt" });
});
