import type { Readable, Writable } from "node:stream";
import type { BackupHandle, PipeHandle } from "./handles.ts";
import type { HResult } from "./hresult.ts";

/** Version of the host that HCS reports for containers. */
export interface OsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  /** Update build revision, the fourth part of `10.0.20348.2113`. */
  readonly revision: number;
}

/** What a file or directory of a layer carries beside its backup stream. Times are nanoseconds since 1970. */
export interface BasicInfo {
  /** FILE_ATTRIBUTE_*; 0 leaves them as they are. */
  readonly attributes: number;
  readonly creationTime: bigint;
  readonly lastAccessTime: bigint;
  readonly lastWriteTime: bigint;
  readonly changeTime: bigint;
}

/** FileStandardInfo and FileIdInfo of an open file (GetFileInformationByHandleEx), beside its FileBasicInfo. */
export interface FileFacts extends BasicInfo {
  /** Bytes of the unnamed data stream; 0 for a directory. */
  readonly size: bigint;
  readonly directory: boolean;
  /** Hard links to the file; 1 for a directory. */
  readonly numberOfLinks: number;
  /** Volume serial number and 128-bit file id as lower-case hex: equal for all names of one file, and for nothing else. */
  readonly fileId: string;
}

/** What an answer has in the place of facts when the call failed. */
export const noFileFacts: FileFacts = {
  attributes: 0,
  creationTime: 0n,
  lastAccessTime: 0n,
  lastWriteTime: 0n,
  changeTime: 0n,
  size: 0n,
  directory: false,
  numberOfLinks: 0,
  fileId: "",
};

/**
 * The few Win32 functions that the engine needs beside HCS: stdio handles, the OS version, and files of layers. Files
 * below a layer's folder are made and removed only through these: on Windows they need backup semantics, elsewhere the
 * provider keeps what the file system cannot.
 */
export interface RawWin32 {
  /** RtlGetVersion, with the revision from the registry. */
  RtlGetVersion(): Promise<{ readonly hresult: HResult; readonly version: OsVersion }>;

  /** The reading end of an output pipe as a stream that owns the handle: destroying it closes the handle. */
  openPipeReader(handle: PipeHandle): Readable;
  /** The writing end of an input pipe as a stream that owns the handle: `end()` lets the reader see end of file. */
  openPipeWriter(handle: PipeHandle): Writable;
  /** Closes a pipe handle that was not made a stream. */
  CloseHandle(handle: PipeHandle): Promise<{ readonly hresult: HResult }>;

  /**
   * Creates `path` (it must not exist; its parent must) as a directory or a file and opens it with backup semantics,
   * never through a reparse point. `root` is the layer folder that `path` must not leave.
   */
  CreateBackupFile(root: string, path: string, directory: boolean): Promise<{ readonly hresult: HResult; readonly file: BackupHandle }>;
  /**
   * Opens what is there already as CreateBackupFile opens what it makes: to set the times of a directory once all of
   * its content is there, or to replace a directory's security. Absent: FILE_NOT_FOUND.
   */
  OpenBackupFile(root: string, path: string): Promise<{ readonly hresult: HResult; readonly file: BackupHandle }>;
  /** Appends a piece of a backup stream (WIN32_STREAM_ID and data, cut anywhere) to the open file. */
  BackupWrite(file: BackupHandle, chunk: Uint8Array): Promise<{ readonly hresult: HResult }>;
  /** Sets times and attributes of the open file. */
  SetBasicInfo(file: BackupHandle, info: BasicInfo): Promise<{ readonly hresult: HResult }>;
  /**
   * Opens a file or directory for BackupRead, never through a reparse point: the last component is opened itself, one
   * before it is an error. Absent: FILE_NOT_FOUND.
   */
  OpenBackupReader(root: string, path: string): Promise<{ readonly hresult: HResult; readonly file: BackupHandle }>;
  /** The next piece of the file's backup stream, security included, at most `length` bytes; empty at its end. */
  BackupRead(file: BackupHandle, length: number): Promise<{ readonly hresult: HResult; readonly chunk: Uint8Array }>;
  GetFileFacts(file: BackupHandle): Promise<{ readonly hresult: HResult; readonly facts: FileFacts }>;
  CloseBackupFile(file: BackupHandle): Promise<{ readonly hresult: HResult }>;
  /** Names in a directory, without `.` and `..`, in no order to rely on; of alternate streams there are none. Absent: PATH_NOT_FOUND. */
  ReadDirectory(root: string, path: string): Promise<{ readonly hresult: HResult; readonly names: readonly string[] }>;
  /** Makes `path` a hard link to `existing`; both below `root`, or `existing` below another layer's folder. */
  CreateHardLink(root: string, path: string, existing: string): Promise<{ readonly hresult: HResult }>;
  /** Removes a file, or a directory with all below it, without following reparse points. Absent: FILE_NOT_FOUND. */
  RemoveTree(root: string, path: string): Promise<{ readonly hresult: HResult }>;
  /** The file system of the volume that holds `path`: `NTFS`, `ReFS`, …; the emulator answers `NTFS`, which it stands for. */
  GetVolumeInformation(path: string): Promise<{ readonly hresult: HResult; readonly fileSystem: string }>;
  /** A text value below HKEY_LOCAL_MACHINE (RegGetValueW with RRF_RT_REG_SZ). Absent key or value: FILE_NOT_FOUND. */
  RegGetString(key: string, name: string): Promise<{ readonly hresult: HResult; readonly value: string }>;
}
