import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { MetadataDatabase } from "../src/metadata-database.ts";
import { SnapshotMetadata } from "../src/snapshot-metadata.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";

test("a walk over thousands leaves out what was removed meanwhile, wherever it stands, and gives each of the others once", async () => {
  await using scripted = await ScriptedSnapshotter.open();
  const count = 2500;
  const name = (index: number) => `snapshot ${String(index).padStart(4, "0")}`;
  await mkdir(scripted.home, { recursive: true });
  const database = new MetadataDatabase(path.join(scripted.home, "metadata.db"));
  const metadata = new SnapshotMetadata(database);
  for (let index = 0; index < count; index += 1) {
    const folder = index.toString(16).padStart(32, "0");
    const labels = { number: String(index % 2) };
    metadata.begin({ kind: "active", name: name(index), parent: undefined, labels, folder });
  }
  database.run("UPDATE snapshots SET making = 0");
  database.close();
  const removed = [1, 1500, 2400];
  const found: string[] = [];
  for await (const info of scripted.snapshotter.walk()) {
    if (found.length === 0) for (const index of removed) await scripted.snapshotter.remove(name(index));
    found.push(info.name);
  }
  // The first thousand had been read by then.
  const expected = Array.from({ length: count }, (_each, index) => index).filter((index) => index === 1 || !removed.includes(index));
  expect(found).toEqual(expected.map(name));
  let odd = 0;
  for await (const { labels } of scripted.snapshotter.walk("labels.number==1")) odd += Number(labels.number);
  expect(odd).toBe(count / 2 - 1);
});
