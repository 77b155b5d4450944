import { type BackupHandle, InternalError, type PipeHandle, type RawWin32, S_OK } from "@oriel/contracts";
import { libuv } from "../native/libuv.ts";
import type { CallThreads } from "./call-threads.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { pipeReader, pipeWriter } from "./pipe-end.ts";

/** The Win32 functions over the call threads. Streams are made here, as they belong to this event loop. */
export function createWindowsWin32(threads: CallThreads, libraries: Pick<WindowsLibraries, "libuv">): RawWin32 {
  const { uv_open_osfhandle } = libuv(libraries.libuv);
  // What BackupRead and BackupWrite keep between the pieces of one file, until CloseBackupFile gives it back.
  const reading = new Map<BackupHandle, bigint>();
  const writing = new Map<BackupHandle, bigint>();

  const descriptorOf = (handle: PipeHandle): number => {
    const descriptor = Number(uv_open_osfhandle(handle));
    if (descriptor >= 0) return descriptor;
    throw new InternalError(`the pipe handle 0x${handle.toString(16)} cannot be opened as a stream`, { op: "uv_open_osfhandle" });
  };

  return {
    RtlGetVersion: () => threads.run("system", "RtlGetVersion"),
    openPipeReader: (handle) => pipeReader(descriptorOf(handle)),
    openPipeWriter: (handle) => pipeWriter(descriptorOf(handle)),
    CloseHandle: (handle) => threads.run("files", "CloseHandle", handle),

    CreateBackupFile: (root, path, directory) => threads.run("files", "CreateBackupFile", root, path, directory),
    OpenBackupFile: (root, path) => threads.run("files", "OpenBackupFile", root, path),
    BackupWrite: async (file, chunk) => {
      if (chunk.length === 0) return { hresult: S_OK };
      // A view crosses to the thread with all the memory behind it.
      const piece = chunk.byteLength === chunk.buffer.byteLength ? chunk : Uint8Array.from(chunk);
      const { hresult, context } = await threads.run("files", "BackupWrite", file, piece, writing.get(file) ?? 0n);
      writing.set(file, context);
      return { hresult };
    },
    SetBasicInfo: (file, info) => threads.run("files", "SetBasicInfo", file, info),
    OpenBackupReader: (root, path) => threads.run("files", "OpenBackupReader", root, path),
    BackupRead: async (file, length) => {
      const { hresult, chunk, context } = await threads.run("files", "BackupRead", file, length, reading.get(file) ?? 0n);
      reading.set(file, context);
      return { hresult, chunk };
    },
    GetFileFacts: (file) => threads.run("files", "GetFileFacts", file),
    CloseBackupFile: (file) => {
      const read = reading.get(file) ?? 0n;
      const written = writing.get(file) ?? 0n;
      reading.delete(file);
      writing.delete(file);
      return threads.run("files", "CloseBackupFile", file, read, written);
    },
    ReadDirectory: (root, path) => threads.run("files", "ReadDirectory", root, path),
    CreateHardLink: (root, path, existing) => threads.run("files", "CreateHardLink", root, path, existing),
    RemoveTree: (root, path) => threads.run("files", "RemoveTree", root, path),
    GetVolumeInformation: (path) => threads.run("system", "GetVolumeInformation", path),
    RegGetString: (key, name) => threads.run("system", "RegGetString", key, name),
  };
}
