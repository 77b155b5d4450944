import { access } from "node:fs/promises";
import path from "node:path";
import { readImports } from "./pe-imports.ts";

/** The PE files that some programs need, and what was left out of them. */
export interface ImportClosure {
  /** Names of the files, lower case and sorted; those asked for included. */
  readonly files: readonly string[];
  /** Delay-loaded DLLs: their callers do without them until the first call. */
  readonly delayed: readonly string[];
  /** Names that one of the files needs and the folder does not have, with the first file that needs it. */
  readonly missing: ReadonlyMap<string, string>;
}

/** What `ApiSetSchema` maps to real DLLs when a program starts: `api-ms-win-core-file-l1-2-0.dll`. There are no such files. */
const apiSet = /^(?:api|ext)-ms-/;

/**
 * Follows the static imports of PE files through a folder.
 *
 * @param folder absolute path; file names in it in lower case, as Wine's are
 * @param programs names of files that must be there
 * @throws InvalidArgumentError when one of the files is no PE file
 */
export async function findImportClosure(folder: string, programs: readonly string[]): Promise<ImportClosure> {
  const found = new Set<string>();
  const delayed = new Set<string>();
  const missing = new Map<string, string>();
  const open = programs.map((name) => ({ name: name.toLowerCase(), neededBy: "the image" }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, neededBy } = next;
    if (found.has(name) || missing.has(name)) continue;
    if (!(await exists(path.join(folder, name)))) {
      missing.set(name, neededBy);
      continue;
    }
    found.add(name);
    const imports = await readImports(path.join(folder, name));
    for (const each of imports.delayed) delayed.add(each.toLowerCase());
    for (const each of imports.static) {
      const dll = each.toLowerCase();
      if (!apiSet.test(dll)) open.push({ name: dll, neededBy: name });
    }
  }
  return { files: [...found].sort(), delayed: [...delayed].filter((each) => !found.has(each)).sort(), missing };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
