import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { type FileFacts, hresultFromWin32, type OrielError, WIN32 } from "@oriel/contracts";
import { type FailedCall, LayerCalls, type RawExportCalls } from "./layer-calls.ts";
import { throwIfCancelled } from "./watched-tar.ts";

export interface MountedScratchSource {
  readonly raw: Pick<RawExportCalls, "win32">;
  /** The error to throw for a failed call; `hresultError` of `@oriel/hcs-bindings` makes good ones. */
  readonly callError: (call: FailedCall) => OrielError;
  /** `\\?\Volume{GUID}\` */
  readonly volumePath: string;
  /** Folders of the layers below, immediate parent first. */
  readonly parents: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What Windows keeps in every scratch for itself, at the root of the volume. */
const windowsOwn = new Set(["system volume information", "wcsandboxstate", "$recycle.bin"]);
const absent = [hresultFromWin32(WIN32.FILE_NOT_FOUND), hresultFromWin32(WIN32.PATH_NOT_FOUND)];

/**
 * Bytes of the files in a mounted scratch that differ from those of the layers below, in size or in time of change. A
 * scratch cannot be exported while containers run on it, so its volume is looked through; the filter marks what it shows
 * of the layers below as reparse points.
 *
 * @throws OrielError from the raw interface; the signal's reason when cancelled.
 */
export async function measureMountedScratch(options: MountedScratchSource): Promise<number> {
  const { volumePath, signal } = options;
  const calls = new LayerCalls(options.raw, options.callError);
  const sizeOf = async (folder: readonly string[]): Promise<number> => {
    const at = `${volumePath}${folder.join("\\")}`;
    const listed = await calls.raw.win32.ReadDirectory(volumePath, at);
    calls.check("ReadDirectory", at, listed);
    let total = 0;
    for (const name of listed.names) {
      throwIfCancelled(signal, "layer.changes");
      if (folder.length === 0 && windowsOwn.has(name.toLowerCase())) continue;
      const parts = [...folder, name];
      const facts = await factsOf(calls, volumePath, `${volumePath}${parts.join("\\")}`);
      // What is gone since it was listed has no size.
      if (facts === undefined) continue;
      if (facts.directory) total += await sizeOf(parts);
      else if ((facts.attributes & FileAttribute.ReparsePoint) === 0 && !(await isInherited(calls, options.parents, parts, facts))) {
        total += Number(facts.size);
      }
    }
    return total;
  };
  return sizeOf([]);
}

async function isInherited(calls: MeasureCalls, parents: readonly string[], parts: readonly string[], own: FileFacts): Promise<boolean> {
  for (const parent of parents) {
    const below = await factsOf(calls, parent, path.join(parent, "Files", ...parts));
    if (below !== undefined) return below.size === own.size && below.lastWriteTime === own.lastWriteTime;
  }
  return false;
}

type MeasureCalls = LayerCalls<MountedScratchSource["raw"]>;

async function factsOf(calls: MeasureCalls, root: string, file: string): Promise<FileFacts | undefined> {
  const { win32 } = calls.raw;
  const opened = await win32.OpenBackupReader(root, file);
  if (absent.includes(opened.hresult)) return undefined;
  calls.check("OpenBackupReader", file, opened);
  try {
    const answer = await win32.GetFileFacts(opened.file);
    calls.check("GetFileFacts", file, answer);
    return answer.facts;
  } finally {
    await win32.CloseBackupFile(opened.file);
  }
}
