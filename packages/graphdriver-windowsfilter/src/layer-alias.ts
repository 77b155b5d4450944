import { renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError } from "@oriel/contracts";

/** Docker writes the first and reads the second, which are one file on Windows and two anywhere else. */
const aliasFiles = ["layerId", "layerID"] as const;

/**
 * The other name under which Windows keeps a layer's files; undefined for most layers, which have none.
 * @throws FailedPreconditionError for one that is no plain name: it would lead out of the folder of layers.
 */
export async function readAlias(folder: string): Promise<string | undefined> {
  for (const name of aliasFiles) {
    const file = path.join(folder, name);
    const text = await readFile(file, "utf8").catch(() => undefined);
    const alias = text?.trim();
    if (alias === undefined || alias === "") continue;
    if (!isPlainName(alias)) {
      throw new FailedPreconditionError(`${file} names the layer '${alias}', which is no name of a folder`, {
        op: "layer.find",
        resource: path.basename(folder),
        remedy: "Correct the file, or remove the layer's folder.",
      });
    }
    return alias;
  }
  return undefined;
}

/** Whoever describes the layer then brings it to the disk. */
export function writeAlias(folder: string, alias: string): void {
  const file = path.join(folder, aliasFiles[0]);
  writeFileSync(`${file}.new`, alias, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function isPlainName(name: string): boolean {
  return name !== "." && name !== ".." && !/[\\/:*?"<>|]/.test(name) && ![...name].some((character) => character < " ");
}
