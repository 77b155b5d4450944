// One test for each fault of Docker's graph driver that Oriel must not have, by the words of the list of known faults.
import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { inPieces, tarFile, testChainId, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ScriptedLayers } from "./scripted-layers.ts";

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);

let layers: ScriptedLayers;
beforeEach(async () => {
  layers = await ScriptedLayers.open();
});
afterEach(() => layers[Symbol.asyncDispose]());

const apply = (layer: string, parent: string | undefined, tar: Uint8Array) =>
  layers.driver.applyLayer({
    chainId: testChainId(layer),
    ...(parent === undefined ? {} : { parentChainId: testChainId(parent) }),
    tar: inPieces(tar),
  });
const scratch = (id: string, layer: string) => layers.driver.createScratch({ id, parentChainId: testChainId(layer) });

test.each(["layerId", "layerID"])("`layerID` read, `layerId` written: a layer is found under its other name by %s", async (file) => {
  const folder = path.join(layers.folder, "alias");
  await mkdir(folder, { recursive: true });
  await mkdir(path.join(layers.folder, "real", "Files"), { recursive: true });
  await writeFile(path.join(folder, "layerchain.json"), "null");
  await writeFile(path.join(folder, file), "real");
  expect(await layers.graph.find("alias")).toMatchObject({ content: path.join(layers.folder, "real") });
  await layers.graph.createReadWrite("c1", "alias");
  expect(await layers.graph.parentFolders("c1")).toEqual([path.join(layers.folder, "real")]);
});

test("`layerID` read, `layerId` written: a name that leads out of the folder of layers is refused", async () => {
  const folder = path.join(layers.folder, "alias");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "layerchain.json"), "null");
  await writeFile(path.join(folder, "layerId"), "../../Windows");
  await expect(layers.graph.find("alias")).rejects.toMatchObject({
    code: "FailedPrecondition",
    message: expect.stringContaining("../../Windows"),
  });
});

test.each([
  ["unknown keys ignored", { sise: "20GB" }, "sise"],
  ["negative sizes wrap", { size: "-1" }, "-1"],
])("storage options: %s", async (_what, storageOptions, named) => {
  await layers.apply("base");
  await expect(layers.driver.createScratch({ id: "c1", parentChainId: testChainId("base"), storageOptions })).rejects.toMatchObject({
    code: "InvalidArgument",
    message: expect.stringContaining(named),
  });
  expect(layers.calls.filter((call) => call.startsWith("CreateSandboxLayer"))).toEqual([]);
});

test("removal that fails with access denied is forgotten: it is kept, seen, tried again, and keeps nobody from anything", async () => {
  await layers.apply("base");
  await scratch("c1", "base");
  layers.script("DestroyLayer", { fail: denied });
  await layers.driver.removeScratch("c1");
  expect(await layers.driver.getScratch("c1")).toBeUndefined();
  expect(layers.journaled()).toContain("scratch c1");
  expect(await layers.driver.status()).toContainEqual(["Not deleted yet", expect.stringContaining("c1")]);
  // Others are made, mounted and removed meanwhile, the layer below it included.
  layers.script("DestroyLayer", { fail: denied });
  await scratch("c2", "base");
  await layers.driver.removeScratch("c2");
  await layers.driver.removeLayer(testChainId("base"));
  expect(await layers.driver.listLayers()).toEqual([]);
  expect(await readdir(layers.folder)).toEqual([]);
  expect(layers.journaled()).toEqual([]);
});

test("removal that fails with access denied is forgotten: a folder that cannot even be renamed is gone for good, too", async () => {
  // On Linux nobody keeps root from renaming; what the host would say is put in its place.
  await layers.apply("base");
  await scratch("c1", "base");
  await mkdir(path.join(layers.folder, "c1-removing"));
  layers.script("DestroyLayer", { fail: denied });
  await layers.driver.removeScratch("c1");
  expect(await readdir(layers.folder)).toContain("c1");
  const restarted = layers.newDriver();
  expect(await restarted.getScratch("c1")).toBeUndefined();
  expect(await restarted.reconcile({ scratchIds: new Set(["c1"]) })).toEqual({ removed: ["scratch c1"], failed: [] });
  expect(await readdir(layers.folder)).not.toContain("c1");
});

test("a torn tar still gets imported: nothing of it remains, wherever it is torn", async () => {
  await layers.apply("base");
  const before = [await readdir(layers.folder), layers.journaled()];
  const tar = windowsLayerTar({ "a.txt": "alpha", "dir/b.txt": "b".repeat(2000) });
  for (let length = 0; length < tar.length - 512; length += 256) {
    for (const parent of [undefined, "base"]) {
      await expect(apply("torn", parent, tar.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  }
  expect([await readdir(layers.folder), layers.journaled()]).toEqual(before);
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
  await scratch("c1", "next");
  await layers.driver.mountScratch("c1");
  const root = path.join(layers.folder, "c1", ".oriel", "root");
  expect((await readdir(root)).filter((name) => !name.startsWith("W"))).toEqual(["c.txt", "dir"]);
  expect(await readdir(path.join(root, "dir"))).toEqual(["b.txt"]);
  expect(await readFile(path.join(root, "dir", "b.txt"), "utf8")).toBe("new");
});

test("an importer error leaves the exporter hanging: both ends of a commit end, and the scratch is free", async () => {
  await layers.apply("base");
  await scratch("c1", "base");
  const { volumePath } = await layers.driver.mountScratch("c1");
  expect(volumePath).toMatch(/Volume/);
  for (let file = 0; file < 50; file += 1) {
    await writeFile(path.join(layers.folder, "c1", ".oriel", "root", `${file}.bin`), Buffer.alloc(100_000, file));
  }
  await layers.driver.unmountScratch("c1");
  const before = [(await readdir(layers.folder)).sort(), layers.journaled()];
  layers.script("ImportLayer", { fail: denied });
  const commit = () =>
    layers.driver.applyLayer({ chainId: testChainId("made"), parentChainId: testChainId("base"), tar: layers.driver.diff("c1") });
  await expect(commit()).rejects.toMatchObject({ op: "ImportLayer" });
  layers.script("CreateLayer", { fail: denied });
  await expect(commit()).rejects.toMatchObject({ op: "CreateLayer" });
  expect([(await readdir(layers.folder)).sort(), layers.journaled()]).toEqual(before);
  await layers.driver.mountScratch("c1");
  await layers.driver.unmountScratch("c1");
});

test("a committed scratch layer keeps its sandbox.vhdx: a layer that was made of a scratch has none", async () => {
  await layers.apply("base");
  await scratch("c1", "base");
  const made = await layers.driver.applyLayer({
    chainId: testChainId("made"),
    parentChainId: testChainId("base"),
    tar: layers.driver.diff("c1"),
  });
  expect(await readdir(made.folder)).not.toContain("sandbox.vhdx");
});

test("any key that contains `extract-` gets no scratch: here it is a name as any other", async () => {
  await layers.apply("base");
  const { folder } = await scratch("web-extract-1", "base");
  expect((await lstat(path.join(folder, "sandbox.vhdx"))).isFile()).toBe(true);
});

test("one process-wide lock around PrepareLayer: one hang stops its own layer only, until its deadline", async () => {
  await layers.apply("base");
  await scratch("c1", "base");
  await scratch("c2", "base");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const answer = layers.hang("PrepareLayer");
    const hung = layers.driver.mountScratch("c1").catch((error: unknown) => error);
    await vi.waitFor(() => expect(layers.calls.some((call) => call.startsWith("PrepareLayer c1"))).toBe(true), { timeout: 10_000 });
    await layers.driver.mountScratch("c2");
    await vi.advanceTimersByTimeAsync(ScriptedLayers.callDeadline);
    expect(await hung).toMatchObject({ code: "DeadlineExceeded", op: "PrepareLayer", resource: "c1" });
    await layers.driver.unmountScratch("c2");
    answer();
    await vi.waitFor(() => expect(layers.calls).toContain("DeactivateLayer c1"), { timeout: 10_000 });
  } finally {
    vi.useRealTimers();
  }
});

test("a disk that is not ready yet fails the start: mounting it is tried again", async () => {
  await layers.apply("base");
  await scratch("c1", "base");
  for (const code of [WIN32.NOT_READY, 1167]) {
    layers.calls.length = 0;
    layers.script("PrepareLayer", { fail: hresultFromWin32(code) });
    await layers.driver.mountScratch("c1");
    await layers.driver.unmountScratch("c1");
    const calls = layers.calls.map((call) => call.split(" ", 1)[0]);
    expect(calls.slice(0, 4)).toEqual(["ActivateLayer", "PrepareLayer", "DeactivateLayer", "ActivateLayer"]);
  }
});
