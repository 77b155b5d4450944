import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { inPieces, testChainId, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newUnpackKey, scratchLabels } from "../src/index.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);
const bootStore = path.join("UtilityVM", "Files", "EFI", "Microsoft", "Boot", "BCD");

let scripted: ScriptedSnapshotter;
beforeEach(async () => {
  scripted = await ScriptedSnapshotter.open();
});
afterEach(() => scripted[Symbol.asyncDispose]());

const sizesSet = () => scripted.calls.filter((call) => call.startsWith("ExpandSandboxSize")).map((call) => call.split(" ").at(-1));
/** Commits a folder with a utility VM in it. */
async function layerWithUtilityVm(name: string): Promise<void> {
  await scripted.snapshotter.prepare({ key: "key" });
  const store = path.join(await scripted.folderOf("key"), bootStore);
  await mkdir(path.dirname(store), { recursive: true });
  await writeFile(store, "boot");
  await scripted.snapshotter.commit({ name, key: "key" });
}

describe("the disk of a scratch", () => {
  test.each([
    ["as large as the template without a label", {}, []],
    ["as large as its label says, in bytes", { [scratchLabels.sizeInBytes]: "53687091200" }, ["53687091200"]],
    ["as large as the deprecated label says, in GiB", { [scratchLabels.sizeInGib]: "30" }, [String(30 * 1024 ** 3)]],
    [
      "as large as the bytes where both are given",
      { [scratchLabels.sizeInBytes]: "53687091200", [scratchLabels.sizeInGib]: "30" },
      ["53687091200"],
    ],
    ["as large as the template with a size of nothing", { [scratchLabels.sizeInBytes]: "0" }, []],
  ])("is %s", async (_what, labels, sizes) => {
    await scripted.layer("base");
    scripted.calls.length = 0;
    await scripted.snapshotter.prepare({ key: "a", parent: "base", labels });
    expect(sizesSet()).toEqual(sizes);
    expect(await readdir(await scripted.folderOf("a"))).toEqual(["sandbox.vhdx"]);
  });

  test("has the engine's default where the storage makes it, and what the storage option says", async () => {
    const { storage } = scripted;
    await storage.applyLayer({ chainId: testChainId("base"), tar: inPieces(windowsLayerTar({ a: "a" })) });
    await storage.createScratch({ id: "c1", parentChainId: testChainId("base") });
    await storage.createScratch({ id: "c2", parentChainId: testChainId("base"), storageOptions: { size: "30gb" } });
    expect(sizesSet()).toEqual([String(127 * 1024 ** 3), String(30 * 1024 ** 3)]);
  });

  test("is there for a utility VM as well where that is wanted, in a folder of its own", async () => {
    await layerWithUtilityVm("base");
    await scripted.snapshotter.prepare({ key: "a", parent: "base" });
    expect(await readdir(await scripted.folderOf("a"))).toEqual(["sandbox.vhdx"]);
    await scripted.snapshotter.prepare({ key: "b", parent: "base", labels: { [scratchLabels.utilityVm]: "" } });
    const folder = await scripted.folderOf("b");
    expect((await readdir(folder)).sort()).toEqual(["sandbox.vhdx", "vm"]);
    expect(await readFile(path.join(folder, "vm", "sandbox.vhdx"))).toEqual(
      await readFile(path.join(await scripted.folderOf("base"), "UtilityVM", "SystemTemplate.vhdx")),
    );
  });

  test.each([
    ["of a container", "blank.vhdx", {}],
    ["of a utility VM", "SystemTemplate.vhdx", { [scratchLabels.utilityVm]: "true" }],
  ])("%s needs a template: without it nothing is made, and the remedy is told", async (_what, template, labels) => {
    const base = await scripted.layer("base");
    await rm(path.join(base, "blank.vhdx"), { force: template === "SystemTemplate.vhdx" });
    if (template === "SystemTemplate.vhdx") await writeFile(path.join(base, "blank.vhdx"), "");
    await expect(scripted.snapshotter.prepare({ key: "a", parent: "base", labels })).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringContaining(template),
      remedy: expect.any(String),
    });
    expect(await scripted.entries()).toHaveLength(1);
    expect(await scripted.names()).toEqual(["base"]);
  });
});

describe("the backing device", () => {
  beforeEach(async () => {
    await scripted.layer("base");
    await scripted.snapshotter.prepare({ key: "a", parent: "base" });
  });

  test("is the volume of what is mounted, also by others", async () => {
    const { snapshotter } = scripted;
    const volume = await snapshotter.mount("a");
    expect(await snapshotter.getBackingDevice("a")).toBe(volume);
    expect(volume).toMatch(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/i);
    await snapshotter.unmount("a");

    const { folder, parents } = await snapshotter.locate("a");
    const { layers } = scripted.host;
    const below = await Promise.all(
      parents.map(async (parent) => ({ layerId: (await layers.NameToGuid(path.basename(parent))).guid, flags: 0, path: parent })),
    );
    await layers.ActivateLayer({ flavour: 1, homeDir: "" }, folder);
    await layers.PrepareLayer({ flavour: 1, homeDir: "" }, folder, below);
    expect(await snapshotter.getBackingDevice("a")).toMatch(/^\\\\\?\\Volume\{/);
  });

  test("is refused for what is not mounted, has no disk, or is not there", async () => {
    const { snapshotter } = scripted;
    await snapshotter.prepare({ key: "folder" });
    for (const key of ["a", "folder", "base"]) {
      await expect(snapshotter.getBackingDevice(key), key).rejects.toMatchObject({ code: "FailedPrecondition", resource: key });
    }
    await expect(snapshotter.getBackingDevice("missing")).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("an unpack key", () => {
  test("makes an empty folder, which a layer is unpacked into and which is committed as it is", async () => {
    const { snapshotter } = scripted;
    const [base, next] = [newUnpackKey(testChainId("base")), `default/3/${newUnpackKey(testChainId("next"))}`];
    const [bind] = await snapshotter.prepare({ key: base });
    expect(bind).toMatchObject({ type: "bind", source: await scripted.folderOf(base) });
    const progress: number[] = [];
    const tar = windowsLayerTar({ "a.txt": "alpha" });
    const unpacked = await snapshotter.unpack(base, { tar: inPieces(tar), onProgress: (bytes) => progress.push(bytes) });
    expect([unpacked.size, progress.at(-1)]).toEqual([5, tar.length]);
    await snapshotter.commit({ name: "base", key: base });

    const [layer] = await snapshotter.prepare({ key: next, parent: "base" });
    expect(layer).toMatchObject({ type: "windows-layer", source: await scripted.folderOf(next) });
    await snapshotter.unpack(next, { tar: inPieces(windowsLayerTar({ "b.txt": "bee" })) });
    await snapshotter.commit({ name: "next", key: next });
    await snapshotter.view({ key: "look", parent: "next" });
    await scripted.withShown("look", async (root) => {
      expect(await readFile(path.join(root, "a.txt"), "utf8")).toBe("alpha");
      expect(await readFile(path.join(root, "b.txt"), "utf8")).toBe("bee");
    });
  });

  test("whose folder nothing was unpacked into cannot be committed, and the remedy is told", async () => {
    const key = newUnpackKey(testChainId("base"));
    await scripted.snapshotter.prepare({ key });
    await expect(scripted.snapshotter.commit({ name: "base", key })).rejects.toMatchObject({
      code: "FailedPrecondition",
      remedy: expect.any(String),
    });
    expect(await scripted.names()).toEqual([key]);
  });

  test("is needed for unpacking: any other snapshot refuses it, before the tar is read", async () => {
    await scripted.layer("base");
    await scripted.snapshotter.prepare({ key: "a", parent: "base" });
    for (const key of ["a", "base"]) {
      const unpack = scripted.snapshotter.unpack(key, { tar: inPieces(windowsLayerTar({})) });
      await expect(unpack, key).rejects.toMatchObject({ code: "FailedPrecondition" });
    }
  });

  test("keeps its folder for another attempt when a tar is torn, or the unpacking is cancelled", async () => {
    const key = newUnpackKey(testChainId("base"));
    await scripted.snapshotter.prepare({ key });
    const tar = windowsLayerTar({ "a.txt": "alpha" });
    await expect(scripted.snapshotter.unpack(key, { tar: inPieces(tar.subarray(0, 2000)) })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    const cancel = new AbortController();
    const cancelled = async function* () {
      yield tar.subarray(0, 2000);
      cancel.abort(new Error("not any more"));
      yield tar.subarray(2000);
    };
    await expect(scripted.snapshotter.unpack(key, { tar: cancelled(), signal: cancel.signal })).rejects.toBeDefined();
    await scripted.snapshotter.unpack(key, { tar: inPieces(tar) });
    await scripted.snapshotter.commit({ name: "base", key });
    expect(await readFile(path.join(await scripted.folderOf("base"), "Files", "a.txt"), "utf8")).toBe("alpha");
  });
});

describe("a folder that is committed", () => {
  test("becomes a base layer: with hives, those that it has kept, and with the templates of scratches", async () => {
    await scripted.snapshotter.prepare({ key: "key" });
    const config = path.join("Files", "Windows", "System32", "config");
    await scripted.write("key", { "Windows/System32/config/SOFTWARE": "a hive of its own" });
    await scripted.snapshotter.commit({ name: "base", key: "key" });
    const folder = await scripted.folderOf("base");
    expect((await readdir(path.join(folder, config))).sort()).toEqual(["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"]);
    expect(await readFile(path.join(folder, config, "SOFTWARE"), "utf8")).toBe("a hive of its own");
    expect((await readFile(path.join(folder, config, "SAM"))).subarray(0, 4).toString()).toBe("regf");
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["Files", "Hives", "blank-base.vhdx", "blank.vhdx", "layout"]));
    expect(scripted.callNames).not.toContain("ProcessUtilityImage");
  });

  test("with a utility VM becomes a base layer for those too", async () => {
    await layerWithUtilityVm("base");
    expect(scripted.callNames).toContain("ProcessUtilityImage");
    expect(await readdir(path.join(await scripted.folderOf("base"), "UtilityVM"))).toEqual(expect.arrayContaining(["SystemTemplate.vhdx"]));
  });

  test("with a utility VM that cannot boot is refused, and can be committed once it can", async () => {
    await scripted.snapshotter.prepare({ key: "key" });
    const folder = await scripted.folderOf("key");
    await mkdir(path.join(folder, "UtilityVM", "Files"), { recursive: true });
    await expect(scripted.snapshotter.commit({ name: "base", key: "key" })).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringContaining("BCD"),
    });
    expect(await scripted.names()).toEqual(["key"]);
    await mkdir(path.dirname(path.join(folder, bootStore)), { recursive: true });
    await writeFile(path.join(folder, bootStore), "boot");
    await scripted.snapshotter.commit({ name: "base", key: "key" });
    expect(await scripted.names()).toEqual(["base"]);
  });

  test.each(["ProcessBaseImage", "ProcessUtilityImage"] as const)(
    "is as it was when %s fails, and can be committed again",
    async (name) => {
      scripted.script(name, { fail: denied });
      await expect(layerWithUtilityVm("base")).rejects.toMatchObject({ code: "PermissionDenied", op: name });
      expect(await scripted.names()).toEqual(["key"]);
      await scripted.snapshotter.commit({ name: "base", key: "key" });
      expect(await scripted.names()).toEqual(["base"]);
    },
  );
});

describe("when a call fails", () => {
  beforeEach(async () => {
    await scripted.layer("base");
  });

  test("making the disk: nothing is made, and the key is free", async () => {
    const before = await scripted.entries();
    scripted.script("ExpandSandboxSize", { fail: denied });
    const prepare = () => scripted.snapshotter.prepare({ key: "a", parent: "base", labels: { [scratchLabels.sizeInGib]: "30" } });
    await expect(prepare()).rejects.toMatchObject({ code: "PermissionDenied", op: "ExpandSandboxSize" });
    expect(await scripted.names()).toEqual(["base"]);
    expect(await scripted.entries()).toEqual(before);
    await prepare();
  });

  test.each(["ActivateLayer", "PrepareLayer"] as const)(
    "%s: the steps before it are undone, and mounting works afterwards",
    async (name) => {
      const { snapshotter } = scripted;
      await snapshotter.prepare({ key: "a", parent: "base" });
      scripted.script(name, { fail: denied });
      await expect(snapshotter.mount("a")).rejects.toMatchObject({ code: "PermissionDenied", op: name });
      expect(scripted.callNames.at(-1)).toBe(name === "ActivateLayer" ? "ActivateLayer" : "DeactivateLayer");
      expect(await snapshotter.isMounted("a")).toBe(false);
      await snapshotter.mount("a");
      await snapshotter.unmount("a");
    },
  );

  test("the undoing itself: the next start ends it", async () => {
    await scripted.snapshotter.prepare({ key: "a", parent: "base" });
    scripted.script("PrepareLayer", { fail: denied });
    scripted.script("DeactivateLayer", { fail: denied });
    await expect(scripted.snapshotter.mount("a")).rejects.toMatchObject({ op: "PrepareLayer" });
    scripted.restart();
    expect((await scripted.snapshotter.releaseMounts(new Set())).released).toEqual(["a"]);
    expect((await scripted.snapshotter.releaseMounts(new Set())).released).toEqual([]);
    await scripted.snapshotter.remove("a");
  });

  test("unmounting: it stays mounted, and can be unmounted again", async () => {
    const { snapshotter } = scripted;
    await snapshotter.prepare({ key: "a", parent: "base" });
    await snapshotter.mount("a");
    for (const name of ["UnprepareLayer", "DeactivateLayer"] as const) {
      scripted.script(name, { fail: denied });
      await expect(snapshotter.unmount("a")).rejects.toMatchObject({ op: name });
      await expect(snapshotter.remove("a")).rejects.toMatchObject({ code: "Conflict" });
    }
    await snapshotter.unmount("a");
    await snapshotter.remove("a");
  });

  test("a commit whose name is taken meanwhile: what it made is gone, and the snapshot is as it was", async () => {
    const { snapshotter } = scripted;
    await snapshotter.prepare({ key: "a", parent: "base" });
    await scripted.write("a", { "new.txt": "new" });
    const before = (await scripted.entries()).sort();
    const answer = scripted.hang("ImportLayer");
    const commit = snapshotter.commit({ name: "made", key: "a" });
    const refused = expect(commit).rejects.toMatchObject({ code: "AlreadyExists" });
    await vi.waitFor(() => expect(scripted.callNames).toContain("ImportLayer"), { timeout: 10_000 });
    await snapshotter.prepare({ key: "made" });
    answer();
    await refused;
    await snapshotter.remove("made");
    expect((await scripted.entries()).sort()).toEqual(before);
    await snapshotter.commit({ name: "made", key: "a" });
  });
});

describe("after a restart", () => {
  test("a folder in which nothing was promised is there again where the end of the machine took it, and no other is touched", async () => {
    const { snapshotter } = scripted;
    const unpacking = newUnpackKey(testChainId("x"));
    await snapshotter.prepare({ key: "bare" });
    await snapshotter.view({ key: "bare view" });
    await snapshotter.prepare({ key: unpacking, parent: "base" });
    await snapshotter.prepare({ key: "scratch", parent: "base" });
    await scripted.write("scratch", { "a.txt": "a" });
    const folders = new Map<string, string>();
    for (const key of ["bare", "bare view", unpacking, "scratch"]) folders.set(key, await scripted.folderOf(key));
    await rm(folders.get("bare") ?? "", { recursive: true });
    await rm(path.join(folders.get("bare view") ?? "", "Files"), { recursive: true });
    await rm(folders.get(unpacking) ?? "", { recursive: true });
    await rm(folders.get("scratch") ?? "", { recursive: true });
    scripted.restart();
    await scripted.snapshotter.open();
    expect(await readdir(folders.get("bare") ?? "")).toEqual(["Files"]);
    expect(await readdir(folders.get("bare view") ?? "")).toEqual(["Files"]);
    expect(await readdir(folders.get(unpacking) ?? "")).toEqual([]);
    // An empty disk in its place would hide that what was in it is lost.
    await expect(lstat(folders.get("scratch") ?? "")).rejects.toMatchObject({ code: "ENOENT" });
    await scripted.snapshotter.commit({ name: "made", key: "bare" });
  });

  beforeEach(async () => {
    await scripted.layer("base");
    await scripted.snapshotter.prepare({ key: "a", parent: "base" });
    await scripted.snapshotter.prepare({ key: "b", parent: "base" });
  });

  test("mounts that are to stay are taken over, counted once, and the others end", async () => {
    const volume = await scripted.snapshotter.mount("a");
    await scripted.snapshotter.mount("b");
    scripted.restart();
    expect(await scripted.snapshotter.releaseMounts(new Set(["a"]))).toEqual({ kept: ["a"], released: ["b"], failed: [] });
    expect(await scripted.snapshotter.mount("a")).toBe(volume);
    await scripted.snapshotter.unmount("a");
    await scripted.snapshotter.unmount("a");
    await expect(scripted.snapshotter.unmount("a")).rejects.toMatchObject({ code: "Conflict" });
    await expect(scripted.snapshotter.getBackingDevice("b")).rejects.toMatchObject({ code: "FailedPrecondition" });
  });

  test("what a former process left mounted is mounted to every call: it cannot be removed, and is unmounted once", async () => {
    await scripted.snapshotter.mount("a");
    scripted.restart();
    const { snapshotter } = scripted;
    expect(await snapshotter.isMounted("a")).toBe(true);
    await expect(snapshotter.remove("a")).rejects.toMatchObject({ code: "Conflict" });
    await snapshotter.unmount("a");
    expect(await snapshotter.isMounted("a")).toBe(false);
    await expect(snapshotter.unmount("a")).rejects.toMatchObject({ code: "Conflict" });
    await snapshotter.remove("a");
  });

  test("mounting what a former process left mounted counts one mount", async () => {
    await scripted.snapshotter.mount("a");
    scripted.restart();
    const { snapshotter } = scripted;
    const volume = await snapshotter.mount("a");
    expect(await snapshotter.getBackingDevice("a")).toBe(volume);
    await snapshotter.unmount("a");
    expect(await snapshotter.isMounted("a")).toBe(false);
    await snapshotter.remove("a");
  });

  test("what is recorded as mounted and is not any more can be mounted and removed", async () => {
    await scripted.snapshotter.mount("a");
    const folder = await scripted.folderOf("a");
    await scripted.host.layers.UnprepareLayer({ flavour: 1, homeDir: "" }, folder);
    await scripted.host.layers.DeactivateLayer({ flavour: 1, homeDir: "" }, folder);
    scripted.restart();
    const { snapshotter } = scripted;
    expect(await snapshotter.isMounted("a")).toBe(false);
    await snapshotter.mount("a");
    await snapshotter.unmount("a");
    await snapshotter.remove("a");
  });

  test("a mount that fails because another program has attached the disk leaves it attached", async () => {
    const { snapshotter } = scripted;
    const folder = await scripted.folderOf("a");
    await scripted.host.layers.ActivateLayer({ flavour: 1, homeDir: "" }, folder);
    await expect(snapshotter.mount("a")).rejects.toMatchObject({ code: "Conflict", message: expect.stringContaining("another program") });
    expect(await snapshotter.isMounted("a")).toBe(false);
    await expect(snapshotter.unmount("a")).rejects.toMatchObject({ code: "Conflict" });
    expect(await snapshotter.getBackingDevice("a")).toMatch(/Volume\{/);
  });

  test("a mount that cannot be ended is told, and ended by the next attempt", async () => {
    await scripted.snapshotter.mount("a");
    scripted.restart();
    scripted.script("UnprepareLayer", { fail: denied });
    const { failed } = await scripted.snapshotter.releaseMounts(new Set());
    expect(failed).toMatchObject([{ name: "a", error: { code: "PermissionDenied" } }]);
    expect((await scripted.snapshotter.releaseMounts(new Set())).released).toEqual(["a"]);
  });

  test("what was begun is gone, and told by its key", async () => {
    const before = (await scripted.entries()).sort();
    scripted.hang("ExpandSandboxSize");
    // The former process never comes back to it.
    void scripted.snapshotter.prepare({ key: "c", parent: "base", labels: { [scratchLabels.sizeInGib]: "30" } }).catch(() => {});
    await vi.waitFor(() => expect(scripted.callNames).toContain("ExpandSandboxSize"), { timeout: 10_000 });
    expect(await scripted.entries()).toHaveLength(before.length + 1);
    scripted.restart();
    expect(await scripted.snapshotter.open()).toEqual({ undone: ["c"], failed: [] });
    expect((await scripted.entries()).sort()).toEqual(before);
    expect(await scripted.names()).toEqual(["a", "b", "base"]);
  });

  test("a folder that nothing is written down of is gone", async () => {
    const before = (await scripted.entries()).sort();
    const forgotten = path.join(scripted.home, "snapshots", "0123456789abcdef0123456789abcdef");
    await mkdir(path.join(forgotten, "Files"), { recursive: true });
    scripted.restart();
    expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
    expect((await scripted.entries()).sort()).toEqual(before);
  });

  test("folders of others are left alone", async () => {
    const foreign = path.join(scripted.home, "snapshots", "mine");
    await mkdir(foreign);
    scripted.restart();
    expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
    expect((await lstat(foreign)).isDirectory()).toBe(true);
  });
});

describe("the root", () => {
  test("belongs to one snapshotter at a time", async () => {
    await scripted.layer("base");
    const second = scripted.newSnapshotter();
    await expect(second.open()).rejects.toMatchObject({ code: "Unavailable", remedy: expect.any(String) });
    await scripted.snapshotter.close();
    expect(await second.stat("base")).toMatchObject({ kind: "committed" });
    await second.close();
  });

  test("must be on NTFS; the next attempt looks again", async () => {
    const win32 = { GetVolumeInformation: async () => ({ hresult: 0, fileSystem: "ReFS" }) as never };
    const refused = scripted.newSnapshotter(win32);
    await expect(refused.open()).rejects.toMatchObject({ code: "FailedPrecondition", message: expect.stringContaining("ReFS") });
    await scripted.snapshotter.open();
  });
});

describe("closing", () => {
  test("ends what is under way, and waits for it; nothing of it is left", async () => {
    const { snapshotter } = scripted;
    const key = newUnpackKey(testChainId("base"));
    await snapshotter.prepare({ key });
    const { promise: reading, resolve: begun } = Promise.withResolvers<void>();
    const endless = async function* () {
      yield windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000);
      for (;;) {
        begun();
        yield Buffer.alloc(0);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const unpack = expect(snapshotter.unpack(key, { tar: endless() })).rejects.toMatchObject({ code: "Unavailable" });
    await reading;
    const waiting = expect(snapshotter.commit({ name: "base", key })).rejects.toMatchObject({ code: "Unavailable" });
    await snapshotter.close();
    await Promise.all([unpack, waiting]);
    scripted.restart();
    expect(await scripted.snapshotter.open()).toEqual({ undone: [], failed: [] });
    expect(await scripted.names()).toEqual([key]);
  });
});
