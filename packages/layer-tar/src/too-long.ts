import path from "node:path";
import { hresultFromWin32, type OrielError, WIN32 } from "@oriel/contracts";
import { directoryMarker } from "./entry-name.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** The refusal of an entry whose name or path the file system below the layers does not take; `undefined` for another failure. */
export function tooLong(error: unknown, roots: readonly string[]): OrielError | undefined {
  if (!(error instanceof Error)) return undefined;
  const failure = error as Error & Partial<Record<"code" | "path" | "hresult" | "resource", unknown>>;
  if (failure.code !== "ENAMETOOLONG" && failure.hresult !== hresultFromWin32(WIN32.FILENAME_EXCED_RANGE)) return undefined;
  const file = String(failure.path ?? failure.resource);
  const root = roots.find((candidate) => file.startsWith(candidate + path.sep));
  const name = root === undefined ? file : path.relative(root, file).split(path.sep).join("/").replaceAll(directoryMarker, "");
  const longest = Math.max(...name.split("/").map((part) => part.length));
  return malformedTar(
    `is too long for the file system that layers are kept on, with a name of ${longest} characters in a path of ${file.length}: NTFS takes names of 255 UTF-16 units; ext4, XFS, Btrfs and tmpfs take 255 bytes of UTF-8, and Linux takes paths of 4,095 bytes`,
    name,
  );
}
