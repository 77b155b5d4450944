import { type BackupHandle, type BasicInfo, type FileFacts, type HResult, noFileFacts } from "@oriel/contracts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { bytesOf } from "../native/memory.ts";
import { structures } from "../native/structures.ts";
import { hresultOfWin32 } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";

const FileBasicInfo = 0;
const FileStandardInfo = 1;
const FileIdInfo = 18;
/** FILETIME counts from 1601, in steps of 100 ns. */
const filetimeEpoch = 116444736000000000n;

/** FILE_BASIC_INFO as SetFileInformationByHandle takes it: attributes of 0 leave them as they are. */
export function basicInfoBytes(info: BasicInfo): Uint8Array {
  const filetime = (nanoseconds: bigint): bigint => nanoseconds / 100n + filetimeEpoch;
  return bytesOf(structures().fileBasicInfo, {
    CreationTime: filetime(info.creationTime),
    LastAccessTime: filetime(info.lastAccessTime),
    LastWriteTime: filetime(info.lastWriteTime),
    ChangeTime: filetime(info.changeTime),
    FileAttributes: info.attributes,
  });
}

/** Asks for the three kinds of information that make up the facts of an open file. */
export function createFileFacts(
  libraries: Pick<WindowsLibraries, "backup" | "kernel32">,
): (file: BackupHandle) => { readonly hresult: HResult; readonly facts: FileFacts } {
  const { GetFileInformationByHandleEx } = backup(libraries.backup);
  const { GetLastError } = kernel32(libraries.kernel32);

  return (file) => {
    const { fileBasicInfo, fileStandardInfo, fileIdInfo } = structures();
    const basic = Buffer.alloc(fileBasicInfo.size);
    const standard = Buffer.alloc(fileStandardInfo.size);
    const id = Buffer.alloc(fileIdInfo.size);
    for (const [kind, bytes] of [
      [FileBasicInfo, basic],
      [FileStandardInfo, standard],
      [FileIdInfo, id],
    ] as const) {
      if (GetFileInformationByHandleEx(file, kind, bytes, bytes.length) === 0) {
        return { hresult: hresultOfWin32(Number(GetLastError())), facts: noFileFacts };
      }
    }
    const time = (offset: number): bigint => (basic.readBigInt64LE(offset) - filetimeEpoch) * 100n;
    const directory = standard.readUInt8(21) !== 0;
    return {
      hresult: 0,
      facts: {
        creationTime: time(0),
        lastAccessTime: time(8),
        lastWriteTime: time(16),
        changeTime: time(24),
        attributes: basic.readUInt32LE(32),
        size: directory ? 0n : standard.readBigInt64LE(8),
        directory,
        numberOfLinks: directory ? 1 : standard.readUInt32LE(16),
        fileId: id.toString("hex"),
      },
    };
  };
}
