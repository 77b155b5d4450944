import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageImporter } from "../src/daemon/import-package.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-packages-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string | object>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  }
}

const exporting = (name: string) => `export const plugin = ${JSON.stringify(name)};\n`;
const importFrom = (name: string, ...folders: string[]) => packageImporter(folders)(name);

describe("a package of plugins", () => {
  it("is found by its name in the folders given, in their order, and in those that they lie in", async () => {
    await put({
      "node_modules/@acme/storage/package.json": { name: "@acme/storage", type: "module", exports: { import: "./dist/main.js" } },
      "node_modules/@acme/storage/dist/main.js": exporting("outer"),
      "inner/node_modules/acme-runtime/package.json": { name: "acme-runtime", type: "module", main: "main.js" },
      "inner/node_modules/acme-runtime/main.js": exporting("inner"),
    });
    const inner = path.join(folder, "inner");
    expect(await importFrom("@acme/storage", inner)).toMatchObject({ plugin: "outer" });
    expect(await importFrom("acme-runtime", folder, inner)).toMatchObject({ plugin: "inner" });
  });

  it("is found beside oriel where no folder has it", async () => {
    expect(await importFrom("commander", folder)).toHaveProperty("Command");
  });

  it("is found by the path of its folder or of a module", async () => {
    await put({
      "exporting/package.json": { name: "exporting", type: "module", exports: { ".": { default: "./lib/main.js" } } },
      "exporting/lib/main.js": exporting("exports"),
      "plain/package.json": { name: "plain", type: "module" },
      "plain/index.js": exporting("index"),
      "alone.mjs": exporting("alone"),
    });
    expect(await importFrom(path.join(folder, "exporting"))).toMatchObject({ plugin: "exports" });
    expect(await importFrom(path.join(folder, "plain"))).toMatchObject({ plugin: "index" });
    expect(await importFrom(path.join(folder, "alone.mjs"))).toMatchObject({ plugin: "alone" });
  });

  it.each([
    ["nothing has", "no-such-package", () => `there is no package no-such-package (looked for in ${folder}/node_modules, beside oriel)`],
    ["has no such file", "broken", () => "dist/main.js"],
  ])("that %s is refused with what was looked for", async (_what, name, message) => {
    await put({ "node_modules/broken/package.json": { name: "broken", exports: "./dist/main.js" } });
    await expect(importFrom(name, folder)).rejects.toThrow(message());
  });

  it("whose path leads to nothing, or to a folder that is no package, is refused", async () => {
    await expect(importFrom(path.join(folder, "absent"))).rejects.toThrow("there is no such file or folder");
    await mkdir(path.join(folder, "empty"));
    await expect(importFrom(path.join(folder, "empty"))).rejects.toThrow("the folder has no package.json that can be read");
  });
});
