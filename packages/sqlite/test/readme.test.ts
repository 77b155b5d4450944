import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openNotes } from "../examples/notes.ts";

const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/notes.ts"));
});

test("the example keeps notes across openings", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oriel-notes-"));
  try {
    const file = path.join(folder, "notes.db");
    const notes = openNotes(file);
    notes.add("one", "two");
    notes.close();
    const again = openNotes(file);
    expect(again.list()).toEqual(["one", "two"]);
    again.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
