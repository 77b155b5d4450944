import { readdirSync } from "node:fs";
import { win32 as windowsPath } from "node:path";
import type { BackupHandle, BasicInfo, HResult } from "@oriel/core";
import { backup, kernel32 } from "../native/kernel32.ts";
import { bytesOf } from "../native/memory.ts";
import { structures } from "../native/structures.ts";
import { answer, hresultOfWin32 } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createPrivileges } from "./privileges.ts";

const S_OK = 0;
const ERROR_ACCESS_DENIED = 5;
const ERROR_PRIVILEGE_NOT_HELD = 1314;
const GENERIC_READ_WRITE = 0xc0000000;
const WRITE_DAC_AND_OWNER = 0x000c0000;
const ACCESS_SYSTEM_SECURITY = 0x01000000;
const DELETE_AND_WRITE_ATTRIBUTES = 0x00010100;
const SHARE_ALL = 7;
const CREATE_NEW = 1;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT. */
const BACKUP_OF_THE_LINK_ITSELF = 0x02200000;
const INVALID_FILE_ATTRIBUTES = 0xffffffff;
const FILE_ATTRIBUTE_READONLY = 0x1;
const FILE_ATTRIBUTE_DIRECTORY = 0x10;
const FILE_ATTRIBUTE_NORMAL = 0x80;
const FILE_ATTRIBUTE_REPARSE_POINT = 0x400;
const FileBasicInfo = 0;
const FileDispositionInfo = 4;
const invalidHandle = 0xffffffffffffffffn;
/** FILETIME counts from 1601, in steps of 100 ns. */
const filetimeEpoch = 116444736000000000n;

interface Answer {
  readonly hresult: HResult;
}

/** The functions of files as a call thread runs them. BackupWrite carries its context along, as any thread may run the next. */
export interface FileCalls {
  CloseHandle(handle: bigint): Answer;
  CreateBackupFile(root: string, path: string, directory: boolean): Answer & { readonly file: BackupHandle };
  OpenBackupFile(root: string, path: string): Answer & { readonly file: BackupHandle };
  BackupWrite(file: BackupHandle, chunk: Uint8Array, context: bigint): Answer & { readonly context: bigint };
  SetBasicInfo(file: BackupHandle, info: BasicInfo): Answer;
  CloseBackupFile(file: BackupHandle, context: bigint): Answer;
  CreateHardLink(root: string, path: string, existing: string): Answer;
  RemoveTree(root: string, path: string): Answer;
}

export function createFileCalls(libraries: WindowsLibraries): FileCalls {
  const native = kernel32(libraries.kernel32);
  const { BackupWrite } = backup(libraries.backup);
  const privileges = createPrivileges(libraries);

  const lastError = (): HResult => hresultOfWin32(Number(native.GetLastError()));
  const done = (succeeded: number | bigint): Answer => ({ hresult: Number(succeeded) === 0 ? lastError() : S_OK });
  const attributesOf = (path: string): number => Number(native.GetFileAttributesW(path));
  const isLink = (attributes: number): boolean =>
    attributes !== INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;

  /** The path in the form that has no length limit; undefined for one outside of `root`, or that a link would lead out. */
  const contained = (root: string, path: string): string | undefined => {
    const top = windowsPath.resolve(root);
    const target = windowsPath.resolve(path);
    const below = windowsPath.relative(top, target);
    // A colon below the root would name an alternate data stream.
    if (below === "" || windowsPath.isAbsolute(below) || below.split("\\")[0] === ".." || below.includes(":")) return undefined;
    let folder = top;
    for (const part of below.split("\\").slice(0, -1)) {
      folder = windowsPath.join(folder, part);
      if (isLink(attributesOf(windowsPath.toNamespacedPath(folder)))) return undefined;
    }
    return windowsPath.toNamespacedPath(target);
  };
  const outside: Answer = { hresult: hresultOfWin32(ERROR_ACCESS_DENIED) };

  const open = (path: string, access: number, disposition: number): Answer & { readonly file: BackupHandle } => {
    const file = BigInt(native.CreateFileW(path, access, SHARE_ALL, 0n, disposition, BACKUP_OF_THE_LINK_ITSELF, 0n));
    if (file === invalidHandle) return { hresult: lastError(), file: 0n as BackupHandle };
    return { hresult: S_OK, file: file as BackupHandle };
  };
  const openForBackup = (path: string, disposition: number) => {
    privileges.enable();
    const opened = open(path, GENERIC_READ_WRITE | WRITE_DAC_AND_OWNER | ACCESS_SYSTEM_SECURITY, disposition);
    // Without the privilege for audit rules all but those can still be written.
    if (opened.hresult !== hresultOfWin32(ERROR_PRIVILEGE_NOT_HELD)) return opened;
    return open(path, GENERIC_READ_WRITE | WRITE_DAC_AND_OWNER, disposition);
  };

  const removeOne = (path: string, attributes: number): Answer => {
    const { hresult, file } = open(path, DELETE_AND_WRITE_ATTRIBUTES, OPEN_EXISTING);
    if (file === 0n) return { hresult };
    try {
      if ((attributes & FILE_ATTRIBUTE_READONLY) !== 0) {
        const normal = { CreationTime: 0, LastAccessTime: 0, LastWriteTime: 0, ChangeTime: 0, FileAttributes: FILE_ATTRIBUTE_NORMAL };
        const { fileBasicInfo } = structures();
        native.SetFileInformationByHandle(file, FileBasicInfo, bytesOf(fileBasicInfo, normal), fileBasicInfo.size);
      }
      return done(native.SetFileInformationByHandle(file, FileDispositionInfo, new Uint8Array([1]), 1));
    } finally {
      native.CloseHandle(file);
    }
  };
  const removeTree = (path: string): Answer => {
    const attributes = attributesOf(path);
    if (attributes === INVALID_FILE_ATTRIBUTES) return { hresult: lastError() };
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0 && !isLink(attributes)) {
      for (const name of readdirSync(path)) {
        const removed = removeTree(`${path}\\${name}`);
        if (removed.hresult !== S_OK) return removed;
      }
    }
    return removeOne(path, attributes);
  };

  const none = { file: 0n as BackupHandle };
  return {
    CloseHandle: (handle) => answer({}, () => done(native.CloseHandle(handle))),
    CreateBackupFile: (root, path, directory) =>
      answer(none, () => {
        const target = contained(root, path);
        if (target === undefined) return { ...outside, ...none };
        if (!directory) return openForBackup(target, CREATE_NEW);
        const { hresult } = done(native.CreateDirectoryW(target, 0n));
        return hresult === S_OK ? openForBackup(target, OPEN_EXISTING) : { hresult, ...none };
      }),
    OpenBackupFile: (root, path) =>
      answer(none, () => {
        const target = contained(root, path);
        return target === undefined ? { ...outside, ...none } : openForBackup(target, OPEN_EXISTING);
      }),
    BackupWrite: (file, chunk, context) =>
      answer({ context }, () => {
        const cell: [number | bigint] = [context];
        let rest = chunk;
        // One call may take less than it was given.
        while (rest.length > 0) {
          const written = [0];
          const { hresult } = done(BackupWrite(file, rest, rest.length, written, 0, 1, cell));
          if (hresult !== S_OK) return { hresult, context: BigInt(cell[0]) };
          if (!written[0]) break;
          rest = rest.subarray(written[0]);
        }
        return { hresult: S_OK, context: BigInt(cell[0]) };
      }),
    SetBasicInfo: (file, info) =>
      answer({}, () => {
        const { fileBasicInfo } = structures();
        const native100ns = (time: bigint): bigint => time / 100n + filetimeEpoch;
        const basic = {
          CreationTime: native100ns(info.creationTime),
          LastAccessTime: native100ns(info.lastAccessTime),
          LastWriteTime: native100ns(info.lastWriteTime),
          ChangeTime: native100ns(info.changeTime),
          FileAttributes: info.attributes,
        };
        return done(native.SetFileInformationByHandle(file, FileBasicInfo, bytesOf(fileBasicInfo, basic), fileBasicInfo.size));
      }),
    CloseBackupFile: (file, context) =>
      answer({}, () => {
        // Frees what BackupWrite keeps between calls.
        if (context !== 0n) BackupWrite(file, null, 0, [0], 1, 1, [context]);
        return done(native.CloseHandle(file));
      }),
    CreateHardLink: (root, path, existing) =>
      answer({}, () => {
        const target = contained(root, path);
        if (target === undefined) return outside;
        return done(native.CreateHardLinkW(target, windowsPath.toNamespacedPath(windowsPath.resolve(existing)), 0n));
      }),
    RemoveTree: (root, path) =>
      answer({}, () => {
        privileges.enable();
        const target = contained(root, path);
        return target === undefined ? outside : removeTree(target);
      }),
  };
}
