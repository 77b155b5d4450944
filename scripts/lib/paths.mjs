import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the clone, without a closing slash. */
export const root = path.resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Where `npm start` keeps its daemon. */
export const stateFolder = path.join(root, ".oriel");

/**
 * The absolute path of a program in PATH, or undefined.
 *
 * @param {string} name
 * @param {string} [searchPath]
 */
export function findProgram(name, searchPath = process.env.PATH ?? "") {
  for (const folder of searchPath.split(path.delimiter)) {
    if (folder === "") continue;
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
