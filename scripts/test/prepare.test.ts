import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprintSources } from "../lib/prepare.mjs";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-prepare-"));
  for (const name of ["packages/a/src/deep", "packages/a/dist", "apps/b/src"]) await mkdir(path.join(folder, name), { recursive: true });
  for (const name of ["packages/a/package.json", "packages/a/src/deep/x.ts", "apps/b/package.json", "apps/b/src/y.ts"]) {
    await writeFile(path.join(folder, name), "{}");
  }
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const later = new Date(Date.now() + 60_000);

describe("the fingerprint of the sources", () => {
  it("changes when a source is edited, added or removed", async () => {
    const seen = [await fingerprintSources(folder)];
    await writeFile(path.join(folder, "packages/a/src/deep/new.ts"), "");
    seen.push(await fingerprintSources(folder));
    await utimes(path.join(folder, "apps/b/src/y.ts"), later, later);
    seen.push(await fingerprintSources(folder));
    await rm(path.join(folder, "packages/a/src/deep/new.ts"));
    seen.push(await fingerprintSources(folder));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("does not change with what was built, nor with time", async () => {
    const before = await fingerprintSources(folder);
    await writeFile(path.join(folder, "packages/a/dist/x.js"), "");
    await utimes(path.join(folder, "packages/a/dist/x.js"), later, later);
    expect(await fingerprintSources(folder)).toBe(before);
  });
});
