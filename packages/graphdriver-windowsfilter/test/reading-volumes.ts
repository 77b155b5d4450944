import path from "node:path";
import type { RawWin32 } from "@oriel/contracts";

/**
 * The functions that read files, with the volume of a mounted scratch as a root they know: as Windows has it, and the
 * emulated host does not.
 * @param rootOf folder that the host shows a volume in
 */
export function readingVolumes(win32: RawWin32, rootOf: (volumePath: string) => Promise<string>): RawWin32 {
  const translate = async (root: string, file: string): Promise<[root: string, file: string]> => {
    if (!root.startsWith("\\\\?\\Volume{")) return [root, file];
    const shown = await rootOf(root);
    const parts = file.slice(root.length).split("\\");
    return [path.dirname(shown), path.join(shown, ...parts)];
  };
  return {
    ...win32,
    ReadDirectory: async (root, file) => win32.ReadDirectory(...(await translate(root, file))),
    OpenBackupReader: async (root, file) => win32.OpenBackupReader(...(await translate(root, file))),
  };
}
