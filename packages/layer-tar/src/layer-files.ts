import path from "node:path";
import { type BackupHandle, type BasicInfo, type HResult, hresultFromWin32, WIN32 } from "@oriel/contracts";
import type { LayerCalls, RawLayerCalls } from "./layer-calls.ts";

const absent: readonly HResult[] = [hresultFromWin32(WIN32.FILE_NOT_FOUND), hresultFromWin32(WIN32.PATH_NOT_FOUND)];
const taken: readonly HResult[] = [hresultFromWin32(WIN32.ALREADY_EXISTS), hresultFromWin32(WIN32.FILE_EXISTS)];

type WriteCalls = LayerCalls<Pick<RawLayerCalls, "win32">>;

/** The files below one folder, by names with `/`. Every method throws an Oriel error for a failed HRESULT. */
export class LayerFiles {
  readonly root: string;
  readonly #calls: WriteCalls;

  constructor(calls: WriteCalls, root: string) {
    this.#calls = calls;
    this.root = root;
  }

  pathOf(name: string): string {
    return path.join(this.root, ...name.split("/"));
  }

  async create(name: string, directory: boolean): Promise<OpenLayerFile> {
    const file = this.pathOf(name);
    const answer = await this.#calls.raw.win32.CreateBackupFile(this.root, file, directory);
    this.#calls.check("CreateBackupFile", file, answer);
    return new OpenLayerFile(this.#calls, file, answer.file);
  }

  async open(name: string): Promise<OpenLayerFile> {
    const file = this.pathOf(name);
    const answer = await this.#calls.raw.win32.OpenBackupFile(this.root, file);
    this.#calls.check("OpenBackupFile", file, answer);
    return new OpenLayerFile(this.#calls, file, answer.file);
  }

  /** Opens the directory, and makes it where it is not there. */
  async ensureDirectory(name: string): Promise<OpenLayerFile> {
    const file = this.pathOf(name);
    const answer = await this.#calls.raw.win32.CreateBackupFile(this.root, file, true);
    if (taken.includes(answer.hresult)) return this.open(name);
    this.#calls.check("CreateBackupFile", file, answer);
    return new OpenLayerFile(this.#calls, file, answer.file);
  }

  /** @param existing absolute path */
  async link(file: string, existing: string): Promise<void> {
    this.#calls.check("CreateHardLink", file, await this.#calls.raw.win32.CreateHardLink(this.root, file, existing));
  }

  /** Removes a file or a whole directory; what is not there is no error. */
  async remove(file: string): Promise<void> {
    const answer = await this.#calls.raw.win32.RemoveTree(this.root, file);
    if (!absent.includes(answer.hresult)) this.#calls.check("RemoveTree", file, answer);
  }

  /** Sets times of what is there, and its attributes unless they are 0. */
  async setBasicInfo(name: string, info: BasicInfo): Promise<void> {
    const file = await this.open(name);
    await file.closeWith(info);
  }

  /** The same; what is not there is no error. */
  async setBasicInfoIfThere(name: string, info: BasicInfo): Promise<void> {
    const file = this.pathOf(name);
    const answer = await this.#calls.raw.win32.OpenBackupFile(this.root, file);
    if (absent.includes(answer.hresult)) return;
    this.#calls.check("OpenBackupFile", file, answer);
    await new OpenLayerFile(this.#calls, file, answer.file).closeWith(info);
  }
}

/** An open file of a layer. Closing it again does nothing: its handle may be another file's by then. */
export class OpenLayerFile {
  readonly #calls: WriteCalls;
  readonly #file: string;
  readonly #handle: BackupHandle;
  #closed = false;

  constructor(calls: WriteCalls, file: string, handle: BackupHandle) {
    this.#calls = calls;
    this.#file = file;
    this.#handle = handle;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#calls.check("BackupWrite", this.#file, await this.#calls.raw.win32.BackupWrite(this.#handle, chunk));
  }

  /** Sets times and attributes last, as writing would change them, and closes, also when that fails. */
  async closeWith(info: BasicInfo): Promise<void> {
    const set = await this.#calls.raw.win32.SetBasicInfo(this.#handle, info);
    await this.close();
    this.#calls.check("SetBasicInfo", this.#file, set);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.check("CloseBackupFile", this.#file, await this.#calls.raw.win32.CloseBackupFile(this.#handle));
  }
}
