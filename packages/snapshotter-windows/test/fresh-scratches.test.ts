import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { KeyedQueue, silentLogger } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FreshScratches } from "../src/fresh-scratches.ts";
import { scratchLabels } from "../src/index.ts";
import { MetadataDatabase } from "../src/metadata-database.ts";
import { SnapshotMetadata } from "../src/snapshot-metadata.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";

const twoTib = String(2 ** 41);
const disk = "sandbox.vhdx";

let scripted: ScriptedSnapshotter;
beforeEach(async () => {
  scripted = await ScriptedSnapshotter.open();
  await scripted.layer("base");
  settleLate();
});
afterEach(() => scripted[Symbol.asyncDispose]());

const prepare = (key: string, labels = {}) => scripted.snapshotter.prepare({ key, parent: "base", labels });
const diskOf = async (key: string) => path.join(await scripted.folderOf(key), disk);
/** Nothing is brought to the disk because a moment is over. */
function settleLate(): void {
  scripted.settleDelay = 3_600_000;
  scripted.restart();
}
/** All that was made before is older than the machine is up. */
function endMachine(): void {
  scripted.restart(() => Number.POSITIVE_INFINITY);
}
/** Keys of scratches that are not known to be on the disk. */
function unsettled(): string[] {
  const metadata = new SnapshotMetadata(scripted.database);
  return metadata.uncommitted().flatMap(({ name, settled }) => (settled ? [] : [name]));
}

describe("a scratch that was made just now", () => {
  test.each([
    ["is gone", (file: string) => rm(path.dirname(file), { recursive: true })],
    ["is empty", (file: string) => writeFile(file, "")],
    ["has no disk", (file: string) => rm(file)],
    ["has a disk with nothing in it but zeros", (file: string) => writeFile(file, Buffer.alloc(100))],
  ])("is made again, as it was, where its folder %s after the end of the machine", async (_what, spoil) => {
    await prepare("a", { [scratchLabels.sizeInBytes]: twoTib });
    const file = await diskOf("a");
    const before = await readFile(file, "utf8");
    await spoil(file);
    endMachine();
    expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
    expect(await diskOf("a")).toBe(file);
    expect(await readFile(file, "utf8")).toBe(before);
    expect(unsettled()).toEqual([]);
    await scripted.write("a", { "a.txt": "a" });
  });

  test("is on the disk before it is mounted, and never made again after that", async () => {
    await prepare("a");
    await prepare("b");
    expect(unsettled()).toEqual(["a", "b"]);
    await scripted.write("a", { "a.txt": "a" });
    expect(unsettled()).toEqual(["b"]);
    endMachine();
    await scripted.withShown("a", async (root) => expect(await readdir(root)).toContain("a.txt"));
  });

  test("is on the disk before it is exported", async () => {
    await prepare("a");
    await scripted.snapshotter.changes("a");
    expect(unsettled()).toEqual([]);
  });

  test("is on the disk a moment later, with others, when nobody uses it", async () => {
    scripted.settleDelay = 1;
    scripted.restart();
    for (let index = 0; index < 40; index += 1) await prepare(`key ${index}`);
    await vi.waitFor(() => expect(unsettled()).toEqual([]), { timeout: 30_000 });
  });

  test("that is not there keeps none of the others from the disk", async () => {
    scripted.settleDelay = 100;
    scripted.restart();
    for (const key of ["a", "b", "c"]) await prepare(key);
    await rm(await scripted.folderOf("b"), { recursive: true });
    await vi.waitFor(() => expect(unsettled()).toEqual(["b"]), { timeout: 30_000 });
  });

  test("is on the disk when the snapshotter is closed", async () => {
    await prepare("a");
    await scripted.snapshotter.close();
    const database = new MetadataDatabase(path.join(scripted.home, "metadata.db"));
    try {
      expect(new SnapshotMetadata(database).require("a", "test").settled).toBe(true);
    } finally {
      database.close();
    }
  });

  test("is left as it is where only the process ended: somebody else may have mounted it", async () => {
    await prepare("a");
    const { folder, parents } = await scripted.snapshotter.locate("a");
    const driver = { flavour: 1, homeDir: "" } as const;
    await scripted.host.layers.ActivateLayer(driver, folder);
    await scripted.host.layers.PrepareLayer(
      driver,
      folder,
      parents.map((parent) => ({ layerId: "", flags: 0, path: parent })),
    );
    await scripted.host.layers.GetLayerMountPath(driver, folder);
    await writeFile(path.join(folder, ".oriel", "root", "a.txt"), "a");
    await scripted.host.layers.UnprepareLayer(driver, folder);
    await scripted.host.layers.DeactivateLayer(driver, folder);
    scripted.settleDelay = 1;
    scripted.restart();
    expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
    await vi.waitFor(() => expect(unsettled()).toEqual([]), { timeout: 30_000 });
    await scripted.withShown("a", async (root) => expect(await readFile(path.join(root, "a.txt"), "utf8")).toBe("a"));
  });

  test("that cannot be brought to the disk is not mounted, and its removal not hindered", async () => {
    await prepare("a");
    await rm(await scripted.folderOf("a"), { recursive: true });
    await expect(scripted.snapshotter.mount("a")).rejects.toMatchObject({ op: "snapshot.mount", resource: "a" });
    await scripted.snapshotter.remove("a");
    expect(await scripted.names()).toEqual(["base"]);
  });

  test("that cannot be made again is named, keeps none of the others, and is made when it is used", async () => {
    await prepare("a");
    await prepare("b");
    await rm(await scripted.folderOf("a"), { recursive: true });
    await scripted.snapshotter.update("a", { [scratchLabels.sizeInBytes]: "none" });
    endMachine();
    const { failed } = await scripted.snapshotter.open();
    expect(failed).toEqual([expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining("'none'") })]);
    await scripted.write("b", { "b.txt": "b" });
    expect(unsettled()).toEqual(["a"]);
    await expect(scripted.snapshotter.mount("a")).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("'none'"),
    });
    await expect(scripted.snapshotter.commit({ name: "made", key: "a" })).rejects.toMatchObject({ code: "InvalidArgument" });
    await scripted.snapshotter.update("a", {});
    await scripted.write("a", { "a.txt": "a" });
    expect(unsettled()).toEqual([]);
  });

  test("and a view are told apart by what they were made with: a view is as large as its template", async () => {
    await scripted.snapshotter.view({ key: "v", parent: "base", labels: { [scratchLabels.sizeInBytes]: twoTib } });
    const before = await readFile(await diskOf("v"), "utf8");
    await rm(await diskOf("v"));
    endMachine();
    await scripted.snapshotter.open();
    expect(await readFile(await diskOf("v"), "utf8")).toBe(before);
  });
});

test("what is committed or removed before that is not looked at any more", async () => {
  await prepare("a");
  await scripted.snapshotter.commit({ name: "made", key: "a" });
  await prepare("b");
  await scripted.snapshotter.remove("b");
  const folder = await scripted.folderOf("made");
  endMachine();
  expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
  expect(await scripted.folderOf("made")).toBe(folder);
  expect(await scripted.names()).toEqual(["base", "made"]);
});

describe("new scratches", () => {
  const scratch = (name: string) => ({ name, folder: `folder-${name}`, path: `/folder-${name}`, parents: ["/base"] });
  /** With what was brought to the disk (`sync`) and written down (`settle`), in order. */
  function scripted(sync: (folder: string) => Promise<void> = async () => {}) {
    const done: string[] = [];
    const queue = new KeyedQueue();
    const fresh = new FreshScratches({
      metadata: { settle: (folders) => void done.push(`settle ${folders.join()}`) },
      queue,
      logger: silentLogger,
      delay: 1,
      sync: async (folder) => {
        done.push(`sync ${folder}`);
        await sync(folder);
      },
    });
    return { fresh, done, queue };
  }

  test("that are gone are neither brought to the disk nor written down, also where they go while others are waited for", async () => {
    const { fresh, done, queue } = scripted();
    for (const name of ["a", "b", "c"]) fresh.add(scratch(name));
    fresh.forget(scratch("a"));
    const run = vi.spyOn(queue, "run");
    const removal = queue.run("b", async () => {
      // Until it is waited for, behind this.
      await expect.poll(() => run.mock.calls.filter(([name]) => name === "b").length).toBe(2);
      fresh.forget(scratch("b"));
    });
    await removal;
    await fresh.close();
    expect(done).toEqual(["sync /folder-c", "settle folder-c"]);
  });

  test("that somebody has attached for himself count as used, and are written down", async () => {
    const { fresh, done } = scripted(async () => {
      throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
    });
    await fresh.settle(scratch("a"));
    expect(done).toEqual(["sync /folder-a", "settle folder-a"]);
  });

  test("that cannot be brought to the disk are not written down, and whoever uses them is told", async () => {
    const { fresh, done } = scripted(async (folder) => {
      if (folder.endsWith("b")) throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    for (const name of ["a", "b", "c"]) fresh.add(scratch(name));
    await fresh.close();
    expect(done).toEqual(["sync /folder-a", "sync /folder-b", "sync /folder-c", "settle folder-a,folder-c"]);
    await expect(fresh.settle(scratch("b"))).rejects.toThrow("EIO");
  });

  test("are written down many at a time", async () => {
    const { fresh, done } = scripted();
    for (let index = 0; index < 40; index += 1) fresh.add(scratch(String(index)));
    await fresh.close();
    const settled = done.filter((line) => line.startsWith("settle")).map((line) => line.split(",").length);
    expect(settled).toEqual([16, 16, 8]);
    expect(done.filter((line) => line.startsWith("sync"))).toHaveLength(40);
  });
});
