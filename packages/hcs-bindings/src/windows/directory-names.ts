import type { BackupHandle, HResult } from "@oriel/contracts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { hresultOfWin32 } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";

const ERROR_NO_MORE_FILES = 18;
const FileIdBothDirectoryInfo = 10;
const FileIdBothDirectoryRestartInfo = 11;
/** Offsets in FILE_ID_BOTH_DIR_INFO. */
const nextEntryOffset = 0;
const fileNameLength = 60;
const fileName = 104;

/** Names in an open directory: asked by its handle, so that the privilege to back up holds, and nobody can put a link in its place. */
export function namesInDirectory(
  libraries: Pick<WindowsLibraries, "backup" | "kernel32">,
  directory: BackupHandle,
): { readonly hresult: HResult; readonly names: readonly string[] } {
  const { GetFileInformationByHandleEx } = backup(libraries.backup);
  const { GetLastError } = kernel32(libraries.kernel32);
  const names: string[] = [];
  const bytes = Buffer.alloc(64 * 1024);
  for (let kind = FileIdBothDirectoryRestartInfo; ; kind = FileIdBothDirectoryInfo) {
    if (GetFileInformationByHandleEx(directory, kind, bytes, bytes.length) === 0) {
      const failure = Number(GetLastError());
      return failure === ERROR_NO_MORE_FILES ? { hresult: 0, names } : { hresult: hresultOfWin32(failure), names: [] };
    }
    for (let at = 0, next = -1; next !== 0; at += next) {
      next = bytes.readUInt32LE(at + nextEntryOffset);
      const start = at + fileName;
      const name = bytes.toString("utf16le", start, start + bytes.readUInt32LE(at + fileNameLength));
      if (name !== "." && name !== "..") names.push(name);
    }
  }
}
