import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { testChainId } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ScriptedLayers } from "./scripted-layers.ts";

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);
const hex = (layer: string) => testChainId(layer).slice("sha256:".length);

const layerOf = (layer: string) => ({ id: hex(layer), kind: "read-only", size: 0, chainId: testChainId(layer) });

let layers: ScriptedLayers;
const scratch = (id = "c1") => layers.driver.createScratch({ id, parentChainId: testChainId("next") });

describe("on disk", () => {
  beforeEach(async () => {
    layers = await ScriptedLayers.open();
    await layers.apply("base");
    await layers.apply("next", "base");
  });
  afterEach(() => layers[Symbol.asyncDispose]());

  test("layers and scratches name the folders below them as Docker does", async () => {
    await scratch();
    const chain = async (name: string) => JSON.parse(await readFile(path.join(layers.folder, name, "layerchain.json"), "utf8"));
    expect(await chain(hex("base"))).toBeNull();
    expect(await chain(hex("next"))).toEqual([path.join(layers.folder, hex("base"))]);
    expect(await chain("c1")).toEqual([path.join(layers.folder, hex("next")), path.join(layers.folder, hex("base"))]);
  });

  test("a scratch is made, mounted and taken away by Docker's calls in Docker's order", async () => {
    layers.calls.length = 0;
    await scratch();
    await layers.driver.mountScratch("c1");
    await layers.driver.unmountScratch("c1");
    await layers.driver.removeScratch("c1");
    const parents = `[${hex("next")} ${hex("base")}]`;
    expect(layers.calls.filter((call) => !call.startsWith("NameToGuid"))).toEqual([
      `CreateSandboxLayer c1  ${parents}`,
      "ExpandSandboxSize c1 136365211648",
      "ActivateLayer c1",
      `PrepareLayer c1 ${parents}`,
      "GetLayerMountPath c1",
      "UnprepareLayer c1",
      "DeactivateLayer c1",
      "DestroyLayer c1-removing",
    ]);
  });

  test("a layer whose description is damaged is no layer, and is made anew", async () => {
    await writeFile(path.join(layers.folder, hex("next"), "oriel-layer.json"), '{"chainId":');
    const driver = layers.newDriver();
    expect(await driver.getLayer(testChainId("next"))).toBeUndefined();
    const { removed } = await driver.reconcile({ scratchIds: new Set() });
    expect(removed).toEqual([`layer ${testChainId("next")}`]);
    expect(await readdir(layers.folder)).toEqual([hex("base")]);
  });

  test("a lost journal gets to know again what there is", async () => {
    await scratch();
    for (const { kind, id } of layers.journal.list()) layers.journal.clear(kind, id);
    const driver = layers.newDriver();
    expect(await driver.reconcile({ scratchIds: new Set(["c1"]) })).toEqual({ removed: [], failed: [] });
    expect(layers.journaled().sort()).toEqual([`layer ${testChainId("base")}`, `layer ${testChainId("next")}`, "scratch c1"].sort());
  });

  test("a folder of somebody else is neither taken for a layer nor replaced by one", async () => {
    await mkdir(path.join(layers.folder, hex("other")));
    await expect(layers.apply("other")).rejects.toMatchObject({ code: "AlreadyExists", remedy: "Move the folder away." });
    await mkdir(path.join(layers.folder, "c1"));
    await expect(scratch()).rejects.toMatchObject({ code: "AlreadyExists" });
    expect(await readdir(layers.folder)).toEqual(expect.arrayContaining([hex("other"), "c1"]));
  });

  test("what another backend recorded in the journal is left to it", async () => {
    layers.journal.record("layer", "sha256:theirs", { folder: "/elsewhere/1" });
    layers.journal.record("mounted-layer", "theirs", { folder: "/elsewhere/2" });
    await layers.newDriver().reconcile({ scratchIds: new Set() });
    expect(layers.journaled()).toEqual(expect.arrayContaining(["layer sha256:theirs", "mounted-layer theirs"]));
  });

  test.each(["", "..", "a/b", "c1-removing", "x".repeat(200)])("a scratch cannot have the id '%s'", async (id) => {
    await expect(scratch(id)).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  test("a mount on which a container may still run is taken over, counted once", async () => {
    await scratch();
    const { volumePath } = await layers.driver.mountScratch("c1");
    const driver = layers.newDriver();
    const owned = { scratchIds: new Set(["c1"]), mountedIds: new Set(["c1"]) };
    expect(await driver.reconcile(owned)).toEqual({ removed: [], failed: [] });
    expect(await driver.mountScratch("c1")).toEqual({ volumePath });
    await driver.unmountScratch("c1");
    await driver.unmountScratch("c1");
    expect(layers.journaled()).not.toContain("mounted-layer c1");
  });

  test("a mount that the host has ended by itself is not taken over", async () => {
    await scratch();
    layers.journal.record("mounted-layer", "c1", { folder: path.join(layers.folder, "c1") });
    const driver = layers.newDriver();
    const owned = { scratchIds: new Set(["c1"]), mountedIds: new Set(["c1"]) };
    expect(await driver.reconcile(owned)).toEqual({ removed: ["mount of container c1"], failed: [] });
    await expect(driver.unmountScratch("c1")).rejects.toMatchObject({ code: "Conflict" });
  });
});

describe("when a call fails", () => {
  beforeEach(async () => {
    layers = await ScriptedLayers.open();
    await layers.apply("base");
    await layers.apply("next", "base");
  });
  afterEach(() => layers[Symbol.asyncDispose]());

  test.each(["CreateLayer", "ProcessBaseImage"] as const)("%s: no layer, nothing left, and the next attempt works", async (name) => {
    layers.script(name, { fail: denied });
    await expect(layers.apply("other")).rejects.toMatchObject({
      code: "PermissionDenied",
      op: name,
      message: expect.stringContaining("0x5"),
    });
    expect((await readdir(layers.folder)).sort()).toEqual([hex("base"), hex("next")].sort());
    expect(layers.journaled()).not.toContain(`layer ${testChainId("other")}`);
    await layers.apply("other");
  });

  test("ImportLayer: no layer, and neither staging folder nor half a layer left", async () => {
    layers.script("ImportLayer", { fail: denied });
    await expect(layers.apply("other", "base")).rejects.toMatchObject({ op: "ImportLayer" });
    expect((await readdir(layers.folder)).sort()).toEqual([hex("base"), hex("next")].sort());
  });

  test.each(["CreateSandboxLayer", "ExpandSandboxSize", "NameToGuid"] as const)(
    "%s: no scratch, and the next attempt works",
    async (name) => {
      // GUIDs are remembered; a new driver asks again.
      const driver = layers.newDriver();
      layers.script(name, { fail: denied });
      const options = { id: "c1", parentChainId: testChainId("next") };
      await expect(driver.createScratch(options)).rejects.toMatchObject({ op: name, resource: expect.any(String) });
      expect(await readdir(layers.folder)).not.toContain("c1");
      expect(layers.journaled()).not.toContain("scratch c1");
      expect(await driver.createScratch(options)).toMatchObject({ id: "c1" });
    },
  );

  test.each([
    ["ActivateLayer", []],
    ["PrepareLayer", ["DeactivateLayer"]],
    ["GetLayerMountPath", ["UnprepareLayer", "DeactivateLayer"]],
  ] as const)("%s: the steps before it are undone, in reverse", async (name, undone) => {
    await scratch();
    layers.calls.length = 0;
    layers.script(name, { fail: denied });
    await expect(layers.driver.mountScratch("c1")).rejects.toMatchObject({ code: "PermissionDenied", op: name });
    const after = layers.calls.slice(layers.calls.findIndex((call) => call.startsWith(name)) + 1);
    expect(after.map((call) => call.split(" ", 1)[0])).toEqual(undone);
    expect(layers.journaled()).not.toContain("mounted-layer c1");
    await layers.driver.mountScratch("c1");
  });

  test("the undoing itself: the journal keeps the mount, and the next start ends it", async () => {
    await scratch();
    layers.script("PrepareLayer", { fail: denied });
    layers.script("DeactivateLayer", { fail: denied });
    await expect(layers.driver.mountScratch("c1")).rejects.toMatchObject({ op: "PrepareLayer" });
    expect(layers.journaled()).toContain("mounted-layer c1");
    const { removed } = await layers.newDriver().reconcile({ scratchIds: new Set(["c1"]) });
    expect(removed).toEqual(["mount of container c1"]);
    expect(layers.journaled()).not.toContain("mounted-layer c1");
  });

  test.each(["UnprepareLayer", "DeactivateLayer"] as const)(
    "%s: the scratch stays mounted, and unmounting can be tried again",
    async (name) => {
      await scratch();
      await layers.driver.mountScratch("c1");
      layers.script(name, { fail: denied });
      await expect(layers.driver.unmountScratch("c1")).rejects.toMatchObject({ op: name });
      expect(layers.journaled()).toContain("mounted-layer c1");
      await expect(layers.driver.removeScratch("c1")).rejects.toMatchObject({ code: "Conflict" });
      await layers.driver.unmountScratch("c1");
      await layers.driver.removeScratch("c1");
    },
  );

  test("DestroyLayer: what was removed is gone from view, counted in the status, and deleted later", async () => {
    await scratch();
    layers.script("DestroyLayer", { fail: denied });
    await layers.driver.removeScratch("c1");
    expect(await layers.driver.getScratch("c1")).toBeUndefined();
    expect(await layers.driver.status()).toEqual([
      ["Windows", ""],
      ["Waiting for deletion", "1"],
      ["Not deleted yet", expect.stringMatching(/^scratch c1: .*Access is denied/)],
    ]);
    expect(layers.journaled()).toContain("scratch c1");
    expect(await readdir(layers.folder)).toContain("c1-removing");

    await layers.driver.removeLayer(testChainId("next"));
    expect(await layers.driver.status()).toEqual([["Windows", ""]]);
    expect(await readdir(layers.folder)).toEqual([hex("base")]);
    expect(layers.journaled()).toEqual([`layer ${testChainId("base")}`]);
  });

  test("DestroyLayer, and the same name is wanted again: the rest is deleted first", async () => {
    await scratch();
    layers.script("DestroyLayer", { fail: denied });
    await layers.driver.removeScratch("c1");
    await scratch();
    expect(await readdir(layers.folder)).not.toContain("c1-removing");
    expect(await layers.driver.getScratch("c1")).toMatchObject({ id: "c1" });
  });

  test("DestroyLayer before a crash: the next start deletes the rest", async () => {
    await scratch();
    layers.script("DestroyLayer", { fail: denied });
    await layers.driver.removeScratch("c1");
    const { removed } = await layers.newDriver().reconcile({ scratchIds: new Set() });
    expect(removed).toEqual(["scratch c1"]);
    expect((await readdir(layers.folder)).sort()).toEqual([hex("base"), hex("next")].sort());
  });
});

describe("when a call hangs", () => {
  beforeEach(async () => {
    layers = await ScriptedLayers.open();
    await layers.apply("base");
    await layers.apply("next", "base");
    await scratch();
    // The deadline comes when the test says so, however slow the machine is.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await layers[Symbol.asyncDispose]();
  });

  /** The error of `work`, which waits for a call that hangs. */
  async function atDeadline(work: Promise<unknown>, hanging: string): Promise<unknown> {
    const failure = work.then(
      () => undefined,
      (error: unknown) => error,
    );
    await vi.waitFor(() => expect(layers.calls).toContain(hanging), { timeout: 10_000 });
    await vi.advanceTimersByTimeAsync(ScriptedLayers.callDeadline);
    return failure;
  }

  test("it ends at its deadline, the layer is left alone until it answers and is as before then, others do not wait", async () => {
    await scratch("c2");
    const answer = layers.hang("ActivateLayer");
    const failure = await atDeadline(layers.driver.mountScratch("c1"), "ActivateLayer c1");
    expect(failure).toMatchObject({ code: "DeadlineExceeded", op: "ActivateLayer", resource: "c1", remedy: expect.any(String) });
    expect(layers.journaled()).toContain("mounted-layer c1");
    for (const call of ["mountScratch", "removeScratch"] as const) {
      await expect(layers.driver[call]("c1"), call).rejects.toMatchObject({
        code: "Unavailable",
        message: expect.stringContaining("ActivateLayer"),
      });
    }
    await layers.driver.mountScratch("c2");
    expect(await layers.driver.listScratches()).toHaveLength(2);

    answer();
    await vi.waitFor(() => expect(layers.calls).toContain("DeactivateLayer c1"), { timeout: 10_000 });
    await vi.waitFor(() => layers.driver.mountScratch("c1"), { timeout: 10_000 });
    await layers.driver.unmountScratch("c1");
    await layers.driver.removeScratch("c1");
    expect(layers.journaled()).not.toContain("mounted-layer c1");
  });

  test("an import that hangs is given up, and what it made is deleted once it answers", async () => {
    const answer = layers.hang("ProcessBaseImage");
    const apply = layers.apply("other");
    const failed = apply.catch((error: unknown) => error);
    await vi.waitFor(() => expect(layers.calls).toContain(`ProcessBaseImage ${hex("other")}-importing`), { timeout: 10_000 });
    await vi.advanceTimersByTimeAsync(15 * ScriptedLayers.callDeadline);
    expect(await failed).toMatchObject({ code: "DeadlineExceeded", op: "ProcessBaseImage" });
    expect(await layers.driver.status()).toContainEqual(["Waiting for deletion", "1"]);
    answer();
    await vi.waitFor(() => layers.apply("other"), { timeout: 10_000 });
    expect(await readdir(layers.folder)).not.toContain(`${hex("other")}-importing`);
  });
});

test("a layer can have 127 layers below it and no more, and is refused before anything is made", async () => {
  layers = await ScriptedLayers.open();
  try {
    for (let depth = 0; depth <= 127; depth += 1) {
      const folder = path.join(layers.folder, hex(String(depth)));
      await mkdir(path.join(folder, "Files"), { recursive: true });
      const parent = depth === 0 ? {} : { parent: hex(String(depth - 1)) };
      await writeFile(path.join(folder, "oriel-layer.json"), JSON.stringify({ ...layerOf(String(depth)), ...parent }));
    }
    await expect(layers.apply("128", "127")).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(/128.*at most 127/),
    });
    expect(await readdir(layers.folder)).toHaveLength(128);
    expect(layers.calls).toEqual([]);
    expect(await layers.apply("another", "126")).toMatchObject({ parentChainId: testChainId("126") });
    const onTop = { id: "c1", parentChainId: testChainId("127") };
    await expect(layers.driver.createScratch(onTop)).rejects.toMatchObject({ code: "InvalidArgument" });
  } finally {
    await layers[Symbol.asyncDispose]();
  }
});
