import { type BackupHandle, type BasicInfo, type FileFacts, type HResult, noFileFacts } from "@oriel/contracts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { bytesOf } from "../native/memory.ts";
import { structures } from "../native/structures.ts";
import { answer, hresultOfWin32 } from "./answers.ts";
import { createContainment, isLink } from "./contained-path.ts";
import { namesInDirectory } from "./directory-names.ts";
import { basicInfoBytes, createFileFacts } from "./file-facts.ts";
import { invalidHandle } from "./file-handles.ts";
import type { WindowsLibraries } from "./libraries.ts";
import type { Privileges } from "./privileges.ts";

const S_OK = 0;
const ERROR_PATH_NOT_FOUND = 3;
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_ACCESS_DENIED = 5;
const ERROR_DIRECTORY = 267;
const ERROR_PRIVILEGE_NOT_HELD = 1314;
const GENERIC_READ = 0x80000000;
const GENERIC_READ_WRITE = 0xc0000000;
const WRITE_DAC_AND_OWNER = 0x000c0000;
const ACCESS_SYSTEM_SECURITY = 0x01000000;
const DELETE_AND_WRITE_ATTRIBUTES = 0x00010100;
/** FILE_LIST_DIRECTORY | SYNCHRONIZE. */
const LIST_DIRECTORY = 0x00100001;
const SHARE_ALL = 7;
const CREATE_NEW = 1;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT. */
const BACKUP_OF_THE_LINK_ITSELF = 0x02200000;
const FILE_ATTRIBUTE_READONLY = 0x1;
const FILE_ATTRIBUTE_DIRECTORY = 0x10;
const FILE_ATTRIBUTE_NORMAL = 0x80;
const FileBasicInfo = 0;
const FileDispositionInfo = 4;

interface Answer {
  readonly hresult: HResult;
}

/** The functions of files as a call thread runs them. BackupRead and BackupWrite carry their context along, as any thread may run the next. */
export interface FileCalls {
  CloseHandle(handle: bigint): Answer;
  CreateBackupFile(root: string, path: string, directory: boolean): Answer & { readonly file: BackupHandle };
  OpenBackupFile(root: string, path: string): Answer & { readonly file: BackupHandle };
  BackupWrite(file: BackupHandle, chunk: Uint8Array, context: bigint): Answer & { readonly context: bigint };
  SetBasicInfo(file: BackupHandle, info: BasicInfo): Answer;
  OpenBackupReader(root: string, path: string): Answer & { readonly file: BackupHandle };
  BackupRead(file: BackupHandle, length: number, context: bigint): Answer & { readonly chunk: Uint8Array; readonly context: bigint };
  GetFileFacts(file: BackupHandle): Answer & { readonly facts: FileFacts };
  /** `read` and `written` are the contexts that BackupRead and BackupWrite left; 0 for none. */
  CloseBackupFile(file: BackupHandle, read: bigint, written: bigint): Answer;
  ReadDirectory(root: string, path: string): Answer & { readonly names: readonly string[] };
  CreateHardLink(root: string, path: string, existing: string): Answer;
  RemoveTree(root: string, path: string): Answer;
}

export function createFileCalls(libraries: WindowsLibraries, privileges: Privileges): FileCalls {
  const { GetLastError, CloseHandle: ClosePipe } = kernel32(libraries.kernel32);
  const native = backup(libraries.backup);
  const { CloseHandle } = native;
  const containment = createContainment(libraries);
  const factsOf = createFileFacts(libraries);

  const lastError = (): HResult => hresultOfWin32(Number(GetLastError()));
  const done = (succeeded: number | bigint): Answer => ({ hresult: Number(succeeded) === 0 ? lastError() : S_OK });
  const outside: Answer = { hresult: hresultOfWin32(ERROR_ACCESS_DENIED) };
  const none = { file: 0n as BackupHandle };

  const open = (path: string, access: number, disposition: number): Answer & { readonly file: BackupHandle } => {
    const file = BigInt(native.CreateFileW(path, access, SHARE_ALL, 0n, disposition, BACKUP_OF_THE_LINK_ITSELF, 0n));
    if (file === invalidHandle) return { hresult: lastError(), ...none };
    return { hresult: S_OK, file: file as BackupHandle };
  };
  const openForBackup = (path: string, access: number, disposition: number) => {
    privileges.enable();
    const opened = open(path, access | ACCESS_SYSTEM_SECURITY, disposition);
    // Without the privilege for audit rules all but those can still be read and written.
    return opened.hresult === hresultOfWin32(ERROR_PRIVILEGE_NOT_HELD) ? open(path, access, disposition) : opened;
  };
  const openForWriting = (path: string, disposition: number) => openForBackup(path, GENERIC_READ_WRITE | WRITE_DAC_AND_OWNER, disposition);

  const listOf = (path: string): Answer & { readonly names: readonly string[] } => {
    privileges.enable();
    const { hresult, file } = open(path, LIST_DIRECTORY, OPEN_EXISTING);
    if (file === 0n)
      return { hresult: hresult === hresultOfWin32(ERROR_FILE_NOT_FOUND) ? hresultOfWin32(ERROR_PATH_NOT_FOUND) : hresult, names: [] };
    try {
      return namesInDirectory(libraries, file);
    } finally {
      CloseHandle(file);
    }
  };

  const removeOne = (path: string, attributes: number): Answer => {
    const { hresult, file } = open(path, DELETE_AND_WRITE_ATTRIBUTES, OPEN_EXISTING);
    if (file === 0n) return { hresult };
    try {
      if ((attributes & FILE_ATTRIBUTE_READONLY) !== 0) {
        const { fileBasicInfo } = structures();
        const normal = { CreationTime: 0, LastAccessTime: 0, LastWriteTime: 0, ChangeTime: 0, FileAttributes: FILE_ATTRIBUTE_NORMAL };
        native.SetFileInformationByHandle(file, FileBasicInfo, bytesOf(fileBasicInfo, normal), fileBasicInfo.size);
      }
      return done(native.SetFileInformationByHandle(file, FileDispositionInfo, new Uint8Array([1]), 1));
    } finally {
      CloseHandle(file);
    }
  };
  const removeTree = (path: string): Answer => {
    const attributes = containment.attributesOf(path);
    if (attributes === undefined) return { hresult: lastError() };
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0 && !isLink(attributes)) {
      const { hresult, names } = listOf(path);
      if (hresult !== S_OK) return { hresult };
      for (const name of names) {
        const removed = removeTree(`${path}\\${name}`);
        if (removed.hresult !== S_OK) return removed;
      }
    }
    return removeOne(path, attributes);
  };

  return {
    CloseHandle: (handle) => answer({}, () => done(ClosePipe(handle))),
    CreateBackupFile: (root, path, directory) =>
      answer(none, () => {
        const target = containment.below(root, path);
        if (target === undefined) return { ...outside, ...none };
        if (!directory) return openForWriting(target, CREATE_NEW);
        const { hresult } = done(native.CreateDirectoryW(target, 0n));
        return hresult === S_OK ? openForWriting(target, OPEN_EXISTING) : { hresult, ...none };
      }),
    OpenBackupFile: (root, path) =>
      answer(none, () => {
        const target = containment.below(root, path);
        return target === undefined ? { ...outside, ...none } : openForWriting(target, OPEN_EXISTING);
      }),
    BackupWrite: (file, chunk, context) =>
      answer({ context }, () => {
        const cell: [number | bigint] = [context];
        let rest = chunk;
        // One call may take less than it was given.
        while (rest.length > 0) {
          const written = [0];
          const { hresult } = done(native.BackupWrite(file, rest, rest.length, written, 0, 1, cell));
          if (hresult !== S_OK) return { hresult, context: BigInt(cell[0]) };
          if (!written[0]) break;
          rest = rest.subarray(written[0]);
        }
        return { hresult: S_OK, context: BigInt(cell[0]) };
      }),
    SetBasicInfo: (file, info) =>
      answer({}, () => {
        const bytes = basicInfoBytes(info);
        return done(native.SetFileInformationByHandle(file, FileBasicInfo, bytes, bytes.length));
      }),
    OpenBackupReader: (root, path) =>
      answer(none, () => {
        const target = containment.below(root, path);
        return target === undefined ? { ...outside, ...none } : openForBackup(target, GENERIC_READ, OPEN_EXISTING);
      }),
    BackupRead: (file, length, context) =>
      answer({ context, chunk: new Uint8Array(0) }, () => {
        const cell: [number | bigint] = [context];
        const read = [0];
        const buffer = new Uint8Array(length);
        const { hresult } = done(native.BackupRead(file, buffer, length, read, 0, 1, cell));
        // A copy where it is shorter: what crosses to the other thread is the whole memory behind it.
        const chunk = read[0] === length ? buffer : buffer.slice(0, hresult === S_OK ? read[0] : 0);
        return { hresult, chunk, context: BigInt(cell[0]) };
      }),
    GetFileFacts: (file) => answer({ facts: noFileFacts }, () => factsOf(file)),
    CloseBackupFile: (file, read, written) =>
      answer({}, () => {
        // Frees what they keep between calls.
        if (read !== 0n) native.BackupRead(file, null, 0, [0], 1, 1, [read]);
        if (written !== 0n) native.BackupWrite(file, null, 0, [0], 1, 1, [written]);
        return done(CloseHandle(file));
      }),
    ReadDirectory: (root, path) =>
      answer({ names: [] as readonly string[] }, () => {
        const target = containment.within(root, path);
        if (target === undefined) return { ...outside, names: [] };
        const attributes = containment.attributesOf(target);
        // A link is opened itself, and has nothing in it.
        const file = attributes !== undefined && (attributes & FILE_ATTRIBUTE_DIRECTORY) === 0;
        if (file || isLink(attributes)) return { hresult: hresultOfWin32(ERROR_DIRECTORY), names: [] };
        return listOf(target);
      }),
    CreateHardLink: (root, path, existing) =>
      answer({}, () => {
        const target = containment.below(root, path);
        const source = containment.beside(root, existing);
        if (target === undefined || source === undefined) return outside;
        return done(native.CreateHardLinkW(target, source, 0n));
      }),
    RemoveTree: (root, path) =>
      answer({}, () => {
        privileges.enable();
        const target = containment.below(root, path);
        return target === undefined ? outside : removeTree(target);
      }),
  };
}
