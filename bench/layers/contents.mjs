// What the layers hold that snapshots are made on: the same for all that are measured.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const hives = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];

/** The least that a base layer of Windows has: its hives. Names below the layer, and contents. */
export const baseFiles = hives.map((hive) => ({ name: `Files/Windows/System32/config/${hive}`, content: Buffer.alloc(8192, hive) }));

/** Beside them, what Windows itself puts beside the files of a base layer. */
export const besideBase = [
  ...hives.map((hive) => ({ name: `Hives/${hive}_Base`, content: Buffer.alloc(8192, hive) })),
  ...["blank-base.vhdx", "blank.vhdx", "layout"].map((name) => ({ name, content: Buffer.alloc(70, name) })),
];

export function layerFile(number) {
  return { name: `Files/layer ${number}.txt`, content: Buffer.from(`layer ${number}`) };
}

const block = Buffer.alloc(100_000, "one file of a thousand");

/** A small image: a thousand files of 100 kB. */
export const imageFiles = Array.from({ length: 1000 }, (_, index) => ({
  name: `Files/folder ${index % 20}/file ${index}.dll`,
  content: block,
}));

export async function writeFiles(folder, files) {
  for (const { name, content } of files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
