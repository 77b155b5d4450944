import { createReadStream } from "node:fs";
import { recordedImagePath, recordedImages } from "@oriel/testkit";
import { expect, test } from "vitest";
import { readTar } from "../src/tar/tar-reader.ts";
import { ImportedLayers } from "./imported-layers.ts";

test.each(recordedImages)("the layers of the image '%s', as docker saved them, can be imported", async (image) => {
  await using layers = await ImportedLayers.open();
  const members = new Map<string, Buffer>();
  for await (const { name, content } of readTar(createReadStream(recordedImagePath(image)))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    members.set(name, Buffer.concat(chunks));
  }
  const [manifest] = JSON.parse(String(members.get("manifest.json"))) as { Layers: string[] }[];
  const imported: string[] = [];
  for (const [index, layer] of (manifest?.Layers ?? []).entries()) {
    const tar = members.get(layer) ?? Buffer.alloc(0);
    await layers.import(
      `layer${index}`,
      imported,
      (async function* () {
        yield tar;
      })(),
    );
    imported.unshift(`layer${index}`);
  }
  expect(imported.length).toBeGreaterThan(1);
  expect(await layers.tree("layer0")).toMatchObject({ "License.txt": expect.any(String), Windows: { System32: { "cmd.exe": "MZ" } } });
});
