import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layers, nativeFolders } from "../layers.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
const restricted = Object.entries(layers).filter(([, allowed]) => !allowed.includes("*"));
const everyPackage = Object.keys(layers).map((folder) => path.basename(folder));

/** Lines that biome's rule complained of, by file. */
let complaints: ReadonlyMap<string, readonly number[]>;
let folder: string;

// One run of biome for all packages: a file of the same imports in each of them.
const imports = [
  ...everyPackage.map((name) => `import "@oriel/${name}";`),
  'import "../../other/src/x.ts";',
  'import "koffi";',
  'import "./own.ts";',
];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-layers-"));
  const config = JSON.parse(await readFile(path.join(root, "biome.json"), "utf8")) as Record<string, unknown>;
  await writeFile(path.join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
  const folders = [...restricted.map(([name]) => `${name}/src`), ...nativeFolders, "apps/cli/src", "packages/contracts/test"];
  for (const name of folders) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, "x.ts"), `${imports.join("\n")}\n`);
  }
  const lint = ["lint", "--only=style/noRestrictedImports", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = await promisify(execFile)(process.execPath, [biome, ...lint], { cwd: folder, maxBuffer: 1e8 }).catch((error) => error);
  complaints = complaintsOf(stdout);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function complaintsOf(report: string): ReadonlyMap<string, readonly number[]> {
  const { diagnostics } = JSON.parse(report) as { diagnostics: { location: { path: string; start: { line: number } } }[] };
  const found = new Map<string, number[]>();
  for (const { location } of diagnostics) found.set(location.path, [...(found.get(location.path) ?? []), location.start.line]);
  return found;
}

function refusedIn(name: string): string[] {
  const lines = complaints.get(`${name}/x.ts`) ?? [];
  return lines.map((line) => imports[line - 1] ?? `line ${line}`).toSorted();
}

describe("the lint rules", () => {
  it.each(restricted)("let the sources of %s import %j and nothing else of this workspace, nor koffi", (name, allowed) => {
    const expected = imports.filter(
      (line) => line !== 'import "./own.ts";' && !allowed.some((other) => line === `import "@oriel/${other}";`),
    );
    expect(refusedIn(`${name}/src`)).toEqual(expected.toSorted());
  });

  it("let the native folder alone import koffi", () => {
    for (const folder of nativeFolders) {
      expect(refusedIn(folder)).not.toContain('import "koffi";');
      expect(refusedIn(folder)).toContain('import "@oriel/engine";');
    }
    expect(refusedIn("apps/cli/src")).toEqual(['import "koffi";']);
    expect(refusedIn("packages/contracts/test")).toEqual(['import "koffi";']);
  });
});

describe("the packages", () => {
  it("are all in the table", async () => {
    const present = await Promise.all(
      ["packages", "apps"].map(async (top) => (await readdir(path.join(root, top))).map((name) => `${top}/${name}`)),
    );
    expect(Object.keys(layers).toSorted()).toEqual(present.flat().toSorted());
  });

  it.each(restricted)("%s depends at run time on none but %j", async (name, allowed) => {
    const { dependencies = {} } = JSON.parse(await readFile(path.join(root, name, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    const ours = Object.keys(dependencies).filter((dependency) => dependency.startsWith("@oriel/"));
    expect(allowed.map((other) => `@oriel/${other}`)).toEqual(expect.arrayContaining(ours));
  });
});
