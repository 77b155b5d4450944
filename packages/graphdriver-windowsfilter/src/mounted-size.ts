import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { type FileFacts, hresultFailed, hresultFromWin32, WIN32 } from "@oriel/core";
import { hresultError } from "@oriel/hcs-bindings";
import type { RawExportCalls } from "@oriel/layer-tar";

export interface MountedLayer {
  /** `\\?\Volume{GUID}\` */
  readonly volumePath: string;
  /** Folders of the layers below, immediate parent first. */
  readonly parents: readonly string[];
}

/** What Windows keeps in every scratch for itself, at the root of the volume. */
const windowsOwn = new Set(["system volume information", "wcsandboxstate", "$recycle.bin"]);
const absent = [hresultFromWin32(WIN32.FILE_NOT_FOUND), hresultFromWin32(WIN32.PATH_NOT_FOUND)];

/**
 * Bytes of the files in a mounted scratch that differ from those of the layers below, in size or in time of change. A
 * layer cannot be exported while containers run on it, so its volume is looked through; the filter marks what it shows
 * of the layers below as reparse points.
 */
export async function measureMounted(raw: RawExportCalls["win32"], { volumePath, parents }: MountedLayer): Promise<number> {
  const sizeOf = async (folder: readonly string[]): Promise<number> => {
    const at = `${volumePath}${folder.join("\\")}`;
    const listed = await raw.ReadDirectory(volumePath, at);
    if (hresultFailed(listed.hresult)) throw failure("ReadDirectory", listed.hresult, at);
    let total = 0;
    for (const name of listed.names) {
      if (folder.length === 0 && windowsOwn.has(name.toLowerCase())) continue;
      const parts = [...folder, name];
      const facts = await factsOf(raw, volumePath, `${volumePath}${parts.join("\\")}`);
      // What is gone since it was listed has no size.
      if (facts === undefined) continue;
      if (facts.directory) total += await sizeOf(parts);
      else if ((facts.attributes & FileAttribute.ReparsePoint) === 0 && !(await isInherited(raw, parents, parts, facts)))
        total += Number(facts.size);
    }
    return total;
  };
  return sizeOf([]);
}

async function isInherited(
  raw: RawExportCalls["win32"],
  parents: readonly string[],
  parts: readonly string[],
  own: FileFacts,
): Promise<boolean> {
  for (const parent of parents) {
    const below = await factsOf(raw, parent, path.join(parent, "Files", ...parts));
    if (below !== undefined) return below.size === own.size && below.lastWriteTime === own.lastWriteTime;
  }
  return false;
}

async function factsOf(raw: RawExportCalls["win32"], root: string, file: string): Promise<FileFacts | undefined> {
  const opened = await raw.OpenBackupReader(root, file);
  if (absent.includes(opened.hresult)) return undefined;
  if (hresultFailed(opened.hresult)) throw failure("OpenBackupReader", opened.hresult, file);
  try {
    const { hresult, facts } = await raw.GetFileFacts(opened.file);
    if (hresultFailed(hresult)) throw failure("GetFileFacts", hresult, file);
    return facts;
  } finally {
    await raw.CloseBackupFile(opened.file);
  }
}

function failure(op: string, hresult: number, resource: string) {
  return hresultError({ op, hresult, resource, subject: "file" });
}
