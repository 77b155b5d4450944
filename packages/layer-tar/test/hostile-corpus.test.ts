import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directory, file } from "./entries.ts";
import { type HostileTar, hostileTars } from "./hostile-corpus.ts";
import { ImportedLayers } from "./imported-layers.ts";
import { pieces } from "./raw-tar.ts";

const corpus = hostileTars();
const categories = [...new Set(corpus.map(({ category }) => category))];

let layers: ImportedLayers;
beforeAll(async () => {
  layers = await ImportedLayers.open();
  // Where a tar that leads out would write, on both sides of the layers' own folder.
  await mkdir(path.join(layers.root, "outside"));
  await writeFile(path.join(layers.root, "outside", "keep"), "keep");
  await layers.import(
    "base",
    [],
    [directory("Files"), file("Files/one", "1"), file("Files/dir/two", "2"), file("UtilityVM/Files/uvm", "machine")],
  );
});
afterAll(() => layers[Symbol.asyncDispose]());

/** Everything below a folder: names, sizes, times of the last write, and of small files what they say. */
async function canary(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const at = path.join(folder, name);
    const stats = await lstat(at);
    const text = stats.isFile() && stats.size < 1000 ? await readFile(at, "latin1") : "";
    found.push(`${at} ${stats.isDirectory()} ${stats.size} ${stats.mtimeMs} ${text}`);
    if (stats.isDirectory()) found.push(...(await canary(at)));
  }
  return found;
}

async function refuse({ what, tar, names, as }: HostileTar): Promise<void> {
  for (const [kind, parents] of [
    ["base", []],
    ["later", ["base"]],
  ] as const) {
    if (as !== undefined && as !== kind) continue;
    const error = await whatHappens(layers.import("hostile", parents, pieces(tar, 1000)));
    await layers.hcs.layers.DestroyLayer({ flavour: 1, homeDir: "" }, layers.folder("hostile"));
    expect(error, `${what} as a ${kind} layer`).toMatchObject({
      code: "InvalidArgument",
      op: "layer-tar.read",
      resource: names === undefined ? expect.any(String) : (names ?? undefined),
    });
    expect(layers.hcs.liveHandles().files, what).toBe(0);
    expect((await readdir(layers.root)).sort(), what).toEqual(["base", "outside"]);
  }
}

/** The error; or what else became of it within ten seconds. */
async function whatHappens(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve("it hangs"), 10_000);
  });
  const done = work.then(
    () => "it became a layer",
    (error: unknown) => error,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

test.each(categories)("hostile tars are refused by the name of their entry, and write nothing elsewhere: %s", async (category) => {
  const before = await canary(layers.root);
  for (const hostile of corpus) if (hostile.category === category) await refuse(hostile);
  expect(await canary(layers.root)).toEqual(before);
});

test("the corpus has more than two hundred tars, each of another kind", () => {
  const counts = categories.map((category) => `${corpus.filter((each) => each.category === category).length} ${category}`);
  console.log(`${corpus.length} hostile tars: ${counts.join(", ")}`);
  expect(corpus.length).toBeGreaterThan(200);
  expect(new Set(corpus.map(({ category, what }) => `${category}: ${what}`)).size).toBe(corpus.length);
});
