import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { type DriverInfo, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { inPieces, tarFile, windowsLayerTar } from "@oriel/testkit";
import { extract, pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ScriptedLayers } from "./scripted-layers.ts";

const tarOf = (files: Readonly<Record<string, string>>) => inPieces(windowsLayerTar(files));
const whole = async (stream: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};

interface PlainEntry {
  readonly name: string;
  readonly type: "directory" | "file";
  readonly mtime: Date;
  readonly content?: string;
}

function plainTar(entries: readonly PlainEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = "", ...header } of entries) tar.entry(header, content);
  tar.finalize();
  return whole(tar as AsyncIterable<Uint8Array>);
}

async function contentOf(tar: Uint8Array): Promise<PlainEntry[]> {
  const entries: PlainEntry[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const { name, type, mtime } = entry.header;
    const content = (await whole(entry as AsyncIterable<Uint8Array>)).toString();
    entries.push({ name, type: type as "file", mtime: mtime as Date, ...(type === "file" ? { content } : {}) });
  }
  return entries;
}

let layers: ScriptedLayers;
const open = async (options: Parameters<typeof ScriptedLayers.open>[0] = {}) => {
  layers = await ScriptedLayers.open(options);
};
afterEach(() => layers[Symbol.asyncDispose]());

describe("the graph driver", () => {
  beforeEach(() => open());

  test("makes empty layers, on none and on others, and fills them", async () => {
    const { graph } = layers;
    expect(await graph.create("base")).toMatchObject({ id: "base", parent: undefined, kind: "read-only", size: 0 });
    expect(await graph.applyDiff("base", { tar: tarOf({ "a.txt": "alpha" }) })).toBe(5);
    expect(await graph.create("next", "base")).toMatchObject({ parent: "base" });
    expect(await graph.applyDiff("next", { tar: tarOf({ "b.txt": "bee" }) })).toBe(3);
    expect((await graph.list()).map(({ id, size }) => `${id} ${size}`)).toEqual(["base 5", "next 3"]);
    expect(await graph.parentFolders("next")).toEqual([path.join(layers.folder, "base")]);
    expect(await graph.diffSize("next")).toBe(3);
    expect(await readFile(path.join(layers.folder, "next", "Files", "b.txt"), "utf8")).toBe("bee");
    expect((await readdir(layers.folder)).sort()).toEqual(["base", "next"]);
    expect(layers.journaled()).toEqual(["layer base", "layer next"]);
  });

  test("returns whether a layer is there, and where", async () => {
    const { graph } = layers;
    await graph.create("base");
    expect(await graph.exists("base")).toBe(true);
    expect(await graph.exists("other")).toBe(false);
    expect(await graph.metadata("base")).toEqual({ dir: path.join(layers.folder, "base") });
    await expect(graph.metadata("other")).rejects.toMatchObject({ code: "NotFound" });
    expect(await graph.status()).toEqual([["Windows", ""]]);
    await layers.host.layers.DestroyLayer({ flavour: 1, homeDir: "" }, path.join(layers.folder, "base"));
    expect(await graph.exists("base")).toBe(false);
  });

  test("mounts a read-write layer at its volume and a read-only one at its folder, as often as asked for", async () => {
    const { graph } = layers;
    await graph.create("base");
    await graph.applyDiff("base", { tar: tarOf({ "a.txt": "alpha" }) });
    await graph.createReadWrite("c1", "base", { storageOptions: { size: "20GB" } });
    expect(await graph.get("c1")).toMatch(/^\\\\\?\\Volume\{.*\}\\$/);
    expect(await graph.get("base")).toBe(path.join(layers.folder, "base"));
    expect(await graph.get("base")).toBe(path.join(layers.folder, "base"));
    for (const id of ["base", "base", "c1"]) await graph.put(id);
    for (const id of ["base", "c1"]) await expect(graph.put(id)).rejects.toMatchObject({ code: "Conflict" });
    await expect(graph.get("other")).rejects.toMatchObject({ code: "NotFound" });
  });

  test("refuses a read-write layer on none, and a parent that is not there, before anything is made", async () => {
    const { graph } = layers;
    await expect(graph.createReadWrite("c1", "")).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(graph.createReadWrite("c1", "base")).rejects.toMatchObject({ code: "NotFound" });
    await expect(graph.create("next", "base")).rejects.toMatchObject({ code: "NotFound" });
    expect(layers.calls).toEqual([]);
    expect(layers.journaled()).toEqual([]);
  });

  test("keeps an empty layer when its diff cannot be applied, and fills it by the next", async () => {
    const { graph } = layers;
    await graph.create("base");
    const torn = inPieces(windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000));
    await expect(graph.applyDiff("base", { tar: torn })).rejects.toMatchObject({ code: "InvalidArgument" });
    expect(await readdir(layers.folder)).toEqual(["base"]);
    expect(await graph.applyDiff("base", { tar: tarOf({ "a.txt": "alpha" }) })).toBe(5);
  });

  test("does not fill a layer that others stand on, nor a read-write one", async () => {
    const { graph } = layers;
    await graph.create("base");
    await graph.createReadWrite("c1", "base");
    await expect(graph.applyDiff("base", { tar: tarOf({}) })).rejects.toMatchObject({ code: "Conflict" });
    await expect(graph.applyDiff("c1", { tar: tarOf({}) })).rejects.toMatchObject({ code: "Conflict" });
    await expect(graph.applyDiff("other", { tar: tarOf({}) })).rejects.toMatchObject({ code: "NotFound" });
  });

  test("finishes at its start what a crash left of the filling of a layer", async () => {
    const { graph } = layers;
    await graph.create("base");
    await graph.applyDiff("base", { tar: tarOf({ "a.txt": "alpha" }) });
    // As if the process had ended after the empty layer lost its name, and before the full one got it.
    await cp(path.join(layers.folder, "base"), path.join(layers.folder, "base-removing"), { recursive: true });
    await rename(path.join(layers.folder, "base"), path.join(layers.folder, "base-importing"));
    const { driver } = layers.newDriver();
    const { failed } = await driver.start();
    expect(failed).toEqual([]);
    expect(await driver.find("base")).toMatchObject({ size: 5 });
    expect(await readdir(layers.folder)).toEqual(["base"]);
  });

  test("reads back what layers hold, as tars that make the same layers again", async () => {
    const { graph } = layers;
    await graph.createFromDiff({ id: "base", tar: tarOf({ "a.txt": "alpha", "dir/b.txt": "bee" }) });
    await graph.createFromDiff({ id: "next", parent: "base", tar: inPieces(windowsLayerTar({ "c.txt": "c", "a.txt": null })) });
    const before = (await readdir(layers.folder)).sort();
    const paths = async (id: string) => (await graph.changes(id)).map(({ kind, path: name }) => `${kind} ${name}`);
    expect((await paths("base")).filter((line) => !line.includes("\\Windows"))).toEqual([
      "added \\a.txt",
      "added \\dir",
      "added \\dir\\b.txt",
    ]);
    expect(await paths("next")).toEqual(["deleted \\a.txt", "added \\c.txt"]);
    for (const [id, parent] of [
      ["base", undefined],
      ["next", "base"],
    ] as const) {
      const tar = await whole(graph.diff(id));
      await graph.createFromDiff({ id: `${id}-again`, parent, tar: inPieces(tar) });
      expect(await whole(graph.diff(`${id}-again`)), id).toEqual(tar);
    }
    for (const id of ["next-again", "base-again"]) await graph.remove(id);
    expect((await readdir(layers.folder)).sort()).toEqual(before);
    await expect(whole(graph.diff("none"))).rejects.toMatchObject({ code: "NotFound" });
  });

  test("puts back at its stop what is still mounted, and deletes what waited for it", async () => {
    const { graph } = layers;
    await graph.create("base");
    await graph.createReadWrite("c1", "base");
    await graph.createReadWrite("c2", "base");
    layers.script("DestroyLayer", { fail: hresultFromWin32(WIN32.ACCESS_DENIED) });
    await graph.remove("c2");
    await graph.get("c1");
    await graph.get("c1");
    expect(await graph.stop()).toEqual({ removed: ["mount of c1"], failed: [] });
    expect((await readdir(layers.folder)).sort()).toEqual(["base", "c1"]);
    expect(layers.journaled()).toEqual(["layer base", "scratch c1"]);
  });

  test("works on layers that Docker made there, and never cleans them up", async () => {
    const docker = path.join(layers.folder, "dockers");
    await mkdir(path.join(docker, "Files"), { recursive: true });
    await writeFile(path.join(docker, "layerchain.json"), "null");
    const above = path.join(layers.folder, "above");
    await mkdir(path.join(above, "Files"), { recursive: true });
    await writeFile(path.join(above, "layerchain.json"), JSON.stringify(["C:\\ProgramData\\docker\\windowsfilter\\dockers"]));
    const { graph } = layers;
    expect(await graph.find("above")).toMatchObject({ parent: "dockers", origin: "docker" });
    await graph.createReadWrite("c1", "above");
    expect(await graph.parentFolders("c1")).toEqual([above, docker]);
    expect(await layers.driver.listLayers()).toEqual([]);
    expect(await layers.newDriver().reconcile({ scratchIds: new Set() })).toEqual({ removed: ["scratch c1"], failed: [] });
    expect((await readdir(layers.folder)).sort()).toEqual(["above", "dockers"]);
  });
});

describe("base images of the host", () => {
  beforeEach(() => open());
  const central = () => path.join(layers.root, "Images", "CBaseOs_rs1");
  const answer = () =>
    JSON.stringify({
      Images: [
        { Name: "WindowsServerCore", Version: "10.0.14393.206", Path: central(), Size: 10, CreatedTime: "2016-09-27T00:00:00Z" },
        { Name: "nanoserver", Version: "10.0", Path: `${central()}_nano` },
      ],
    });
  const listed = () => layers.script("GetBaseImages", { run: async () => ({ hresult: 0, images: answer() }) });

  test("are layers of a fixed id, and layers stand on them where the host has them", async () => {
    for (const folder of [central(), `${central()}_nano`]) await mkdir(path.join(folder, "Files"), { recursive: true });
    listed();
    const images = await layers.graph.baseImages();
    expect(images).toEqual([
      {
        // printf CBaseOs_rs1 | sha384sum | head -c 64
        id: "314fccf947f5f3a10909d6f5a9462f96dabc0f1850af611957e38e23a7544cfc",
        name: "WindowsServerCore",
        version: "10.0.14393.206",
        osVersion: "10.0.14393",
        osFeatures: ["win32k"],
        path: central(),
        size: 10,
        created: new Date("2016-09-27T00:00:00Z"),
      },
      expect.objectContaining({ name: "nanoserver", osFeatures: [], size: 0, created: new Date(0) }),
    ]);
    expect(images[1]).not.toHaveProperty("osVersion");
    const id = images[0]?.id ?? "";
    expect(await readFile(path.join(layers.folder, id, "layerId"), "utf8")).toBe("CBaseOs_rs1");
    await layers.graph.createReadWrite("c1", id);
    expect(await layers.graph.parentFolders("c1")).toEqual([central()]);
    expect(await layers.newDriver().driver.find(id)).toMatchObject({ content: central() });
    listed();
    expect(await layers.graph.baseImages()).toEqual(images);
    expect(await layers.driver.listLayers()).toEqual([]);
  });

  test("may be none, and a list that cannot be read is said to be so", async () => {
    expect(await layers.graph.baseImages()).toEqual([]);
    for (const images of ["{", '{"Images":1}', '{"Images":[{"Name":"x"}]}']) {
      layers.script("GetBaseImages", { run: async () => ({ hresult: 0, images }) });
      await expect(layers.graph.baseImages(), images).rejects.toMatchObject({ code: "Unavailable", op: "GetBaseImages" });
    }
  });
});

describe("the windowsdiff flavour", () => {
  beforeEach(() => open({ flavour: "windowsdiff" }));

  test("calls the host as such", async () => {
    const seen: DriverInfo[] = [];
    for (const name of ["CreateLayer", "CreateSandboxLayer"] as const) {
      layers.script(name, {
        run: async (info: DriverInfo, folder: string) => {
          seen.push(info);
          await mkdir(folder, { recursive: true });
          return { hresult: 0 };
        },
      });
    }
    await layers.graph.create("base");
    layers.script("ExpandSandboxSize", { run: async () => ({ hresult: 0 }) });
    await layers.graph.createReadWrite("c1", "base");
    expect(seen).toEqual([0, 0].map((flavour) => ({ flavour, homeDir: "" })));
    expect(layers.graph.name).toBe("windowsdiff");
  });

  test("fills a layer with the plain files of a tar, which all lie in it", async () => {
    const { graph } = layers;
    await graph.create("base");
    const tar = tarFile([
      { name: "disk", directory: true },
      { name: "disk/layer.vhdx", content: "disk" },
      { name: "./readme", content: "me" },
    ]);
    expect(await graph.applyDiff("base", { tar: inPieces(tar) })).toBe(6);
    expect(await readFile(path.join(layers.folder, "base", "disk", "layer.vhdx"), "utf8")).toBe("disk");
  });

  test.each([undefined, "base"])("diff of a layer on %s gives back what applyDiff took, as often as it is passed on", async (parent) => {
    const { graph } = layers;
    const taken = [
      { name: "disk/", type: "directory", mtime: new Date("2020-02-03T04:05:06Z") },
      { name: "disk/empty/", type: "directory", mtime: new Date("2021-02-03T04:05:06Z") },
      { name: "disk/layer.vhdx", type: "file", mtime: new Date("2019-02-03T04:05:06Z"), content: "d".repeat(2000) },
      { name: "readme", type: "file", mtime: new Date("2018-02-03T04:05:06Z"), content: "me" },
    ] as const;
    if (parent !== undefined) await graph.create(parent);
    await graph.create("one", parent);
    await graph.applyDiff("one", { tar: inPieces(await plainTar(taken)) });
    const first = await whole(graph.diff("one"));
    expect(await contentOf(first)).toEqual(taken);
    await graph.createFromDiff({ id: "two", parent, tar: inPieces(first) });
    expect((await whole(graph.diff("two"))).equals(first)).toBe(true);
    expect(await graph.changes("one")).toEqual(
      ["\\disk", "\\disk\\empty", "\\disk\\layer.vhdx", "\\readme"].map((name) => ({ path: name, kind: "added" })),
    );
    expect(await graph.diffSize("one")).toBe(2002);
  });

  test("takes names for two that NTFS keeps apart, and refuses one that stands there twice for it", async () => {
    const { graph } = layers;
    const names = ["straße", "strasse", "ı", "i", "ſ", "s"];
    await graph.create("base");
    expect(await graph.applyDiff("base", { tar: inPieces(tarFile(names.map((name) => ({ name, content: "x" })))) })).toBe(6);
    await graph.create("other");
    const twice = inPieces(tarFile(["Éa", "éA"].map((name) => ({ name, content: "x" }))));
    await expect(graph.applyDiff("other", { tar: twice })).rejects.toThrow("the entry 'éA' stands in it twice");
  });

  test("diff of a read-write layer is what the host exports, of which a layer can be made; a diff that fails leaves nothing", async () => {
    const { graph } = layers;
    await graph.create("base");
    await graph.createReadWrite("c1", "base");
    const write = async (_info: DriverInfo, _id: string, folder: string) => {
      await mkdir(path.join(folder, "Files"));
      await writeFile(path.join(folder, "Files", "a.txt"), "a");
      await writeFile(path.join(folder, "tombstones.txt"), "x");
      return { hresult: 0 };
    };
    layers.script("ExportLayer", { run: write });
    const exported = await whole(graph.diff("c1"));
    expect((await contentOf(exported)).map(({ name }) => name)).toEqual(["Files/", "Files/a.txt", "tombstones.txt"]);
    expect(await graph.createFromDiff({ id: "again", parent: "base", tar: inPieces(exported) })).toMatchObject({ size: 2 });
    expect(await readFile(path.join(layers.folder, "again", "Files", "a.txt"), "utf8")).toBe("a");

    layers.script("ExportLayer", { run: write });
    for await (const _ of graph.diff("c1")) break;
    layers.script("ExportLayer", { fail: hresultFromWin32(WIN32.ACCESS_DENIED) });
    await expect(whole(graph.diff("c1"))).rejects.toMatchObject({ op: "ExportLayer" });
    expect((await readdir(layers.folder)).sort()).toEqual(["again", "base", "c1"]);
  });

  test("removing a layer whose diff is read ends that diff with Conflict", async () => {
    const { graph } = layers;
    await graph.create("one");
    await graph.applyDiff("one", { tar: inPieces(tarFile([{ name: "a.txt", content: "a" }])) });
    const reading = graph.diff("one");
    await reading.next();
    await graph.remove("one");
    await expect(reading.next()).rejects.toMatchObject({ code: "Conflict" });
  });

  test.each([
    ["the driver's own file", { name: "layerchain.json", content: "x" }],
    ["the driver's own file", { name: "./Oriel-Layer.json", content: "x" }],
    ["a path out of it", { name: "../x", content: "x" }],
    ["a path out of it by backslashes", { name: "a\\..\\..\\x", content: "x" }],
    ["an absolute path", { name: "/x", content: "x" }],
    ["a drive", { name: "C:/x", content: "x" }],
    ["a stream", { name: "a.txt:stream", content: "x" }],
    ["a link", { name: "x", symlink: "/etc" }],
    ["a hard link", { name: "x", hardLink: "/etc/passwd" }],
  ])("refuses %s by name, and nothing of the tar remains", async (_what, entry) => {
    const { graph } = layers;
    await graph.create("base");
    const tar = inPieces(tarFile([{ name: "a.txt", content: "a" }, entry]));
    await expect(graph.applyDiff("base", { tar })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(entry.name),
    });
    expect((await readdir(layers.root)).sort()).toEqual(["windowsfilter"]);
    expect(await readdir(layers.folder)).toEqual(["base"]);
    expect(await readdir(path.join(layers.folder, "base"))).not.toContain("a.txt");
  });

  test.each([700, 1536, 2000])("refuses a tar that is torn after %i bytes", async (length) => {
    await layers.graph.create("base");
    const tar = inPieces(
      tarFile([
        { name: "a.txt", content: "a".repeat(600) },
        { name: "b.txt", content: "b" },
      ]).subarray(0, length),
    );
    await expect(layers.graph.applyDiff("base", { tar })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(/torn/),
    });
  });
});
