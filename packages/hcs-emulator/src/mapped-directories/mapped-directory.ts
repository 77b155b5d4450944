import { stat } from "node:fs/promises";
import path from "node:path";
import { foldName, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";

/** A folder of the host that a container sees. */
export interface MappedDirectory {
  /** Absolute path of the host. */
  readonly hostPath: string;
  /** Absolute Windows path; of another drive than C: it can be the root. It need not be there. */
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** Where a mapped directory is seen: `D:\a\b` is drive `d` and the names `a` and `b`. */
export interface ContainerPath {
  readonly drive: string;
  readonly names: readonly string[];
}

/** What Windows lets nobody use in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among it
const noName = /[<>:"|?*\u0000-\u001f]|^\.\.?$|[. ]$/;

/** @throws HresultFailure INVALID_PARAMETER for what is no absolute path, and for C:\ itself */
export function parseContainerPath(text: string): ContainerPath {
  const [, drive, rest] = /^([a-z]):(?:$|[\\/])(.*)$/is.exec(text) ?? [];
  const names = (rest ?? "").split(/[\\/]+/).filter((name) => name !== "");
  if (drive === undefined || rest === undefined || names.some((name) => noName.test(name))) {
    throw invalid(`'${text}' is no absolute Windows path at which a folder can be seen, such as C:\\data or D:\\`);
  }
  if (names.length === 0 && drive.toLowerCase() === "c") throw invalid("no folder can be seen in the place of C:\\ itself");
  return { drive: drive.toLowerCase(), names };
}

/** The same for all spellings of one place. */
export function placeOf({ drive, names }: ContainerPath): string {
  return [drive, ...names.map(foldName)].join("\\");
}

/** @throws HresultFailure for a folder of the host that is not there, a path that is none, and two folders at one place */
export async function validateMappedDirectories(directories: readonly MappedDirectory[]): Promise<void> {
  const taken = new Set<string>();
  for (const { hostPath, containerPath } of directories) {
    const place = placeOf(parseContainerPath(containerPath));
    if (taken.has(place)) throw invalid(`two folders are to be seen at '${containerPath}'`);
    taken.add(place);
    if (!path.isAbsolute(hostPath)) throw invalid(`'${hostPath}' is no absolute path of this host`);
    const found = await stat(hostPath).catch(() => undefined);
    if (found === undefined) throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `the folder '${hostPath}' does not exist`);
    if (!found.isDirectory()) throw new HresultFailure(hresultFromWin32(WIN32.DIRECTORY), `'${hostPath}' is no folder`);
  }
}

function invalid(message: string): HresultFailure {
  return new HresultFailure(hresultFromWin32(WIN32.INVALID_PARAMETER), message);
}
