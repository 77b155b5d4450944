// One test for each fault of containerd's Windows snapshotter, and of what uses it, that Oriel must not have, by the words of the
// list of known faults.
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HostLayers } from "@oriel/hcs-bindings";
import { inPieces, tarFile, testChainId, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newUnpackKey, scratchLabels } from "../src/index.ts";
import { makeScratch } from "../src/scratch-disk.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);

let scripted: ScriptedSnapshotter;
beforeEach(async () => {
  scripted = await ScriptedSnapshotter.open();
});
afterEach(() => scripted[Symbol.asyncDispose]());

const apply = (layer: string, parent: string | undefined, tar: Uint8Array) =>
  scripted.storage.applyLayer({
    chainId: testChainId(layer),
    ...(parent === undefined ? {} : { parentChainId: testChainId(parent) }),
    tar: inPieces(tar),
  });

test.each([
  ["unknown keys ignored", { sise: "20GB" }, "sise"],
  ["negative sizes wrap", { size: "-1" }, "-1"],
])("storage options: %s", async (_what, storageOptions, named) => {
  await apply("base", undefined, windowsLayerTar({ "a.txt": "a" }));
  const before = await scripted.entries();
  await expect(scripted.storage.createScratch({ id: "c1", parentChainId: testChainId("base"), storageOptions })).rejects.toMatchObject({
    code: "InvalidArgument",
    message: expect.stringContaining(named),
  });
  expect(await scripted.entries()).toEqual(before);
});

test.each([
  [scratchLabels.sizeInBytes, "-1"],
  [scratchLabels.sizeInGib, "99999999999999999999"],
])("storage options: negative sizes wrap, as does the label %s", async (label, value) => {
  await scripted.layer("base");
  const before = await scripted.entries();
  await expect(scripted.snapshotter.prepare({ key: "a", parent: "base", labels: { [label]: value } })).rejects.toMatchObject({
    code: "InvalidArgument",
    message: expect.stringContaining(value),
  });
  expect(await scripted.names()).toEqual(["base"]);
  expect(await scripted.entries()).toEqual(before);
});

test("removal that fails with access denied is forgotten: it is kept, seen, tried again, and keeps nobody from anything", async () => {
  const { snapshotter, storage } = scripted;
  await scripted.layer("base");
  await snapshotter.prepare({ key: "a", parent: "base" });
  const folder = path.basename(await scripted.folderOf("a"));
  scripted.script("DestroyLayer", { fail: denied });
  await snapshotter.remove("a");
  expect(await scripted.names()).toEqual(["base"]);
  expect([...(await snapshotter.undeleted())]).toEqual([[folder, expect.objectContaining({ code: "PermissionDenied" })]]);
  expect(await storage.status()).toContainEqual(["Waiting for deletion", "1"]);
  // Its name is free, and others are made and removed, the one below it included.
  await snapshotter.prepare({ key: "a", parent: "base" });
  await snapshotter.remove("a");
  await snapshotter.remove("base");
  expect(await scripted.entries()).toEqual([folder]);

  scripted.script("DestroyLayer", { fail: denied });
  await expect(snapshotter.cleanup()).rejects.toMatchObject({ code: "PermissionDenied", op: "DestroyLayer" });
  scripted.script("DestroyLayer", { fail: denied });
  scripted.restart();
  expect((await scripted.snapshotter.open()).failed).toMatchObject([{ code: "PermissionDenied" }]);
  await scripted.snapshotter.cleanup();
  expect(await scripted.entries()).toEqual([]);
  expect((await scripted.snapshotter.undeleted()).size).toBe(0);
});

test("a torn tar still gets imported: nothing of it remains, wherever it is torn", async () => {
  await apply("base", undefined, windowsLayerTar({ "a.txt": "a" }));
  const before = [await scripted.entries(), await scripted.names()];
  const tar = windowsLayerTar({ "a.txt": "alpha", "dir/b.txt": "b".repeat(2000) });
  for (let length = 0; length < tar.length - 512; length += 512) {
    for (const parent of [undefined, "base"]) {
      await expect(apply("torn", parent, tar.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  }
  expect([await scripted.entries(), await scripted.names()]).toEqual(before);
  expect(await readdir(path.join(scripted.home, "work"))).toEqual([]);
});

test("`.wh..wh..opq` becomes the deletion of a file of that name: it hides what the layers below have in its folder", async () => {
  await apply("base", undefined, windowsLayerTar({ "dir/a.txt": "alpha", "dir/b.txt": "bee", "c.txt": "c" }));
  const opaque = tarFile([
    { name: "Files", directory: true, pax: { "MSWINDOWS.fileattr": "16" } },
    { name: "Files/dir", directory: true, pax: { "MSWINDOWS.fileattr": "16" } },
    { name: "Files/dir/.wh..wh..opq", content: "" },
    { name: "Files/dir/b.txt", content: "new" },
  ]);
  await apply("next", "base", opaque);
  await scripted.snapshotter.view({ key: "look", parent: testChainId("next") });
  await scripted.withShown("look", async (root) => {
    expect((await readdir(root)).filter((name) => !name.startsWith("W"))).toEqual(["c.txt", "dir"]);
    expect(await readdir(path.join(root, "dir"))).toEqual(["b.txt"]);
    expect(await readFile(path.join(root, "dir", "b.txt"), "utf8")).toBe("new");
  });
});

test("commit runs the whole export and import inside the metadata transaction: others look, make and change meanwhile", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base");
  await snapshotter.prepare({ key: "a", parent: "base" });
  const answer = scripted.hang("ImportLayer");
  const commit = snapshotter.commit({ name: "made", key: "a" });
  await vi.waitFor(() => expect(scripted.callNames).toContain("ImportLayer"), { timeout: 10_000 });
  expect(await scripted.names()).toEqual(["a", "base"]);
  await snapshotter.update("base", { seen: "yes" });
  await snapshotter.prepare({ key: "b", parent: "base" });
  await snapshotter.commit({ name: "b-made", key: "b" });
  await snapshotter.remove("b-made");
  answer();
  await commit;
  expect(await scripted.names()).toEqual(["base", "made"]);
});

test("an importer error leaves the exporter hanging: both ends of a commit end, and the snapshot is as it was", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base");
  await snapshotter.prepare({ key: "a", parent: "base" });
  await scripted.write("a", Object.fromEntries(Array.from({ length: 50 }, (_, file) => [`${file}.bin`, String(file).repeat(50_000)])));
  const before = (await scripted.entries()).sort();
  for (const name of ["ExportLayer", "ImportLayer", "ActivateLayer"] as const) {
    scripted.script(name, { fail: denied });
    await expect(snapshotter.commit({ name: "made", key: "a" }), name).rejects.toMatchObject({ op: name });
    expect(await scripted.names()).toEqual(["a", "base"]);
    expect((await scripted.entries()).sort()).toEqual(before);
    expect(await readdir(path.join(scripted.home, "work"))).toEqual([]);
  }
  // Neither end holds it: it mounts, and the next attempt works.
  await scripted.withShown("a", async (root) => expect(await readdir(root)).toContain("49.bin"));
  await snapshotter.commit({ name: "made", key: "a" });
  expect(await scripted.names()).toEqual(["base", "made"]);
});

test("a committed scratch layer keeps its sandbox.vhdx: a layer that was made of a scratch has none, and stands on its own", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base");
  await snapshotter.prepare({ key: "a", parent: "base", labels: { [scratchLabels.sizeInGib]: "30" } });
  await scripted.write("a", { "new.txt": "new" });
  const scratch = await scripted.folderOf("a");
  expect(await readdir(scratch)).toContain("sandbox.vhdx");
  await snapshotter.commit({ name: "made", key: "a" });
  const made = await scripted.folderOf("made");
  expect(await readdir(made)).not.toContain("sandbox.vhdx");
  expect(await readFile(path.join(made, "Files", "new.txt"), "utf8")).toBe("new");
  await expect(lstat(scratch)).rejects.toMatchObject({ code: "ENOENT" });
});

test("any key that contains `extract-` gets no scratch: only an unpack key does", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base");
  for (const key of ["extract-container", "my-extract-1", `extract-1-abcd ${testChainId("x").slice(0, 20)}`]) {
    await snapshotter.prepare({ key, parent: "base" });
    expect(await readdir(await scripted.folderOf(key)), key).toContain("sandbox.vhdx");
  }
  for (const key of [newUnpackKey(testChainId("x")), `k8s.io/7/${newUnpackKey(testChainId("y"))}`]) {
    await snapshotter.prepare({ key, parent: "base" });
    expect(await readdir(await scripted.folderOf(key)), key).toEqual([]);
  }
});

test("views are not materialised, or get a full scratch: a view has a disk of its own, as small as they come", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base", { "a.txt": "a" });
  scripted.calls.length = 0;
  await snapshotter.view({ key: "look", parent: "base", labels: { [scratchLabels.sizeInGib]: "100" } });
  const folder = await scripted.folderOf("look");
  expect(await readdir(folder)).toEqual(["sandbox.vhdx"]);
  expect(scripted.callNames).not.toContain("ExpandSandboxSize");
  // What is written to it, if anybody does, is gone with it.
  await scripted.write("look", { "a.txt": "changed" });
  await snapshotter.remove("look");
  await expect(lstat(folder)).rejects.toMatchObject({ code: "ENOENT" });
  await snapshotter.view({ key: "look", parent: "base" });
  await scripted.withShown("look", async (root) => expect(await readFile(path.join(root, "a.txt"), "utf8")).toBe("a"));
});

test("a scratch template is opened read-write and copied over whatever is there: it is only read, and no disk is replaced", async () => {
  const base = await scripted.layer("base");
  const template = path.join(base, "blank.vhdx");
  await chmod(template, 0o400);
  const before = await lstat(template);
  const content = await readFile(template);
  await scripted.snapshotter.prepare({ key: "a", parent: "base" });
  const after = await lstat(template);
  expect([after.mtimeMs, after.ctimeMs, after.ino]).toEqual([before.mtimeMs, before.ctimeMs, before.ino]);
  expect(await readFile(template)).toEqual(content);

  const folder = path.join(scripted.home, "taken");
  await mkdir(folder);
  await writeFile(path.join(folder, "sandbox.vhdx"), "another's disk");
  const host = new HostLayers({ raw: scripted.host, deadline: 60_000 });
  await expect(makeScratch(host, { folder, base, size: undefined, utilityVm: false })).rejects.toMatchObject({ code: "EEXIST" });
  expect(await readFile(path.join(folder, "sandbox.vhdx"), "utf8")).toBe("another's disk");
});

test("one process-wide lock around PrepareLayer: one hang stops its own snapshot only, until its deadline", async () => {
  const { snapshotter } = scripted;
  await scripted.layer("base");
  await snapshotter.prepare({ key: "a", parent: "base" });
  await snapshotter.prepare({ key: "b", parent: "base" });
  const folder = path.basename(await scripted.folderOf("a"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const answer = scripted.hang("PrepareLayer");
    const hung = snapshotter.mount("a").catch((error: unknown) => error);
    await vi.waitFor(() => expect(scripted.calls.some((call) => call.startsWith(`PrepareLayer ${folder}`))).toBe(true), {
      timeout: 10_000,
    });
    await snapshotter.mount("b");
    await vi.advanceTimersByTimeAsync(ScriptedSnapshotter.callDeadline);
    expect(await hung).toMatchObject({ code: "DeadlineExceeded", op: "PrepareLayer", resource: folder, remedy: expect.any(String) });
    // Nobody touches it before the host has answered; then what came late is undone.
    for (const call of [
      () => snapshotter.mount("a"),
      () => snapshotter.remove("a"),
      () => snapshotter.commit({ name: "made", key: "a" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "Unavailable", message: expect.stringContaining("PrepareLayer") });
    }
    expect(await scripted.names()).toEqual(["a", "b", "base"]);
    await snapshotter.unmount("b");
    answer();
    await vi.waitFor(() => snapshotter.mount("a"), { timeout: 10_000 });
    expect(scripted.calls).toContain(`DeactivateLayer ${folder}`);
    await snapshotter.unmount("a");
    await snapshotter.remove("a");
  } finally {
    vi.useRealTimers();
  }
});
