import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostSyncer, type Syncer, syncTree } from "../../src/index.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-sync-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Notes what is synced instead of syncing it. */
function noting(canSyncFileSystem: boolean): Syncer & { readonly begun: string[]; readonly synced: string[] } {
  const begun: string[] = [];
  const synced: string[] = [];
  return {
    begun,
    synced,
    begin: (file) => {
      begun.push(path.relative(root, file));
      return async () => void synced.push(path.relative(root, file));
    },
    file: async (file) => void synced.push(path.relative(root, file)),
    fileSystem: async () => {
      synced.push("the file system");
      return canSyncFileSystem;
    },
  };
}

test("few files are synced one by one, each once, folders after what is in them", async () => {
  await mkdir(path.join(root, "dir"));
  await writeFile(path.join(root, "dir", "a"), "a");
  await link(path.join(root, "dir", "a"), path.join(root, "dir", "again"));
  await writeFile(path.join(root, "b"), "b");
  await symlink("/nowhere", path.join(root, "link"));
  const syncer = noting(true);
  await syncTree(root, syncer);
  const names = syncer.synced.map((name) => (name === "dir/again" ? "dir/a" : name));
  expect([...names].sort()).toEqual(["", "b", "dir", "dir/a"]);
  expect(names.indexOf("dir")).toBeGreaterThan(names.indexOf("dir/a"));
  expect(names.at(-1)).toBe("");
  expect(syncer.begun.sort()).toEqual(syncer.synced.filter((name) => !["", "dir"].includes(name)).sort());
});

test("many files are synced with their file system, and one by one where that cannot be", async () => {
  for (let file = 0; file < 300; file += 1) await writeFile(path.join(root, String(file)), "");
  const able = noting(true);
  await syncTree(root, able);
  expect(able.synced).toEqual(["the file system"]);
  expect(able.begun).toEqual([]);
  const unable = noting(false);
  await syncTree(root, unable);
  expect(unable.synced).toHaveLength(302);
});

test("the host syncs files, folders and file systems, and a failure is one", async () => {
  await writeFile(path.join(root, "a"), "a");
  const host = hostSyncer(60_000);
  await syncTree(root, host);
  expect(await host.fileSystem(root)).toBe(true);
  expect(await host.fileSystem(path.join(root, "none"))).toBe(false);
  await expect(host.file(path.join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" });
});
