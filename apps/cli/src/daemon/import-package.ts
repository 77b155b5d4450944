import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ModuleImporter } from "@oriel/kernel";
import { resolve } from "import-meta-resolve";

/**
 * Imports packages of plugins by their name or absolute path. A name is looked for as Node.js does, in `node_modules` of
 * the folders given and of those that they lie in, and at last beside oriel itself.
 *
 * @param folders absolute paths
 */
export function packageImporter(folders: readonly string[]): ModuleImporter {
  return async (name) => import(path.isAbsolute(name) ? urlOfPath(name) : urlOfName(name, folders));
}

function urlOfName(name: string, folders: readonly string[]): string {
  // A file that need not exist: what counts is where it lies.
  const importers = [...folders.map((folder) => pathToFileURL(path.join(folder, "oriel.toml")).href), import.meta.url];
  for (const importer of importers) {
    try {
      return resolve(name, importer);
    } catch (error) {
      // A package that is there and has no such file, or exports none, is what was meant.
      if (!(error as Error).message.startsWith("Cannot find package")) throw error;
    }
  }
  const places = [...folders.map((folder) => path.join(folder, "node_modules")), "beside oriel"];
  throw new Error(`there is no package ${name} (looked for in ${places.join(", ")})`);
}

function urlOfPath(name: string): string {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error("there is no such file or folder");
  if (!stats.isDirectory()) return pathToFileURL(name).href;
  const manifest = path.join(name, "package.json");
  const { name: own, exports } = readManifest(manifest);
  // What a package exports is what it would get of itself by its own name.
  if (own !== undefined && exports !== undefined) return resolve(own, pathToFileURL(manifest).href);
  return pathToFileURL(createRequire(manifest).resolve(name)).href;
}

function readManifest(file: string): { readonly name?: string; readonly exports?: unknown } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { readonly name?: string; readonly exports?: unknown };
  } catch (cause) {
    throw new Error(`the folder has no package.json that can be read: ${(cause as Error).message}`, { cause });
  }
}
