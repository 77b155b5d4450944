import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import {
  type BackupHandle,
  type BasicInfo,
  type FileFacts,
  hresultFromWin32,
  isOrielError,
  type OrielError,
  WIN32,
} from "@oriel/contracts";
import { readBackupContents } from "./backup-contents.ts";
import { type FailedCall, LayerCalls, type RawExportCalls, type RawLayerCalls } from "./layer-calls.ts";
import { LayerFiles, type OpenLayerFile } from "./layer-files.ts";
import { throwIfCancelled } from "./watched-tar.ts";

/** The functions of the raw interface that files are copied with. */
export type RawCopyCalls = { readonly win32: RawExportCalls["win32"] & RawLayerCalls["win32"] };

export interface FolderCopyOptions {
  readonly raw: RawCopyCalls;
  /** The error to throw for a failed call; `hresultError` of `@oriel/hcs-bindings` makes good ones. */
  readonly callError: (call: FailedCall) => OrielError;
  /** `\\?\Volume{GUID}\` of the mounted scratch. */
  readonly volumePath: string;
  /** Folders of the layers below it, immediate parent first. */
  readonly parents: readonly string[];
  /** Names of the folder below `C:\`, outermost first; at least one. */
  readonly names: readonly string[];
  /** Absolute path of a folder that is made anew, whatever is there; the one that it is in exists. As in a layer, the copy lies in its `Files`, under `names`. */
  readonly target: string;
  readonly signal?: AbortSignal;
}

/** Not there, or reached by a link only, or no folder. */
const noFolder = [WIN32.FILE_NOT_FOUND, WIN32.PATH_NOT_FOUND, WIN32.ACCESS_DENIED, WIN32.DIRECTORY].map(hresultFromWin32);
const piece = 1024 * 1024;

/** Whether a layer has something in a folder, of which `names` are the names below `C:\`. Reads no file, and needs no mount. */
export async function hasFolderContent({ win32 }: RawCopyCalls, parents: readonly string[], names: readonly string[]): Promise<boolean> {
  for (const parent of parents) {
    if ((await win32.ReadDirectory(parent, path.join(parent, "Files", ...names))).names.length > 0) return true;
  }
  return false;
}

/**
 * Copies what a mounted scratch shows in a folder: files and folders with their attributes, times, security, streams and hard links,
 * and links as links. Returns false, and makes nothing, where it shows no such folder.
 * @throws OrielError from the raw interface; the signal's reason when cancelled.
 */
export async function copyMountedFolder(options: FolderCopyOptions): Promise<boolean> {
  const { raw, callError, volumePath, names, target } = options;
  const calls = new LayerCalls(raw, callError);
  const wanted = `${volumePath}${names.join("\\")}`;
  const listed = await raw.win32.ReadDirectory(volumePath, wanted);
  if (noFolder.includes(listed.hresult)) return false;
  calls.check("ReadDirectory", wanted, listed);
  const parent = new LayerFiles(calls, path.dirname(target));
  await parent.remove(target);
  await (await parent.create(path.basename(target), true)).close();
  const files = new LayerFiles(calls, target);
  const above = ["Files", ...names.slice(0, -1)];
  for (const index of above.keys()) await (await files.create(above.slice(0, index + 1).join("/"), true)).close();
  await new FolderCopy(options, calls, files).copy(names);
  return true;
}

class FolderCopy {
  readonly #options: FolderCopyOptions;
  readonly #calls: LayerCalls<RawCopyCalls>;
  readonly #files: LayerFiles;
  /** By the file's id: where the first of its names was copied to. */
  readonly #linked = new Map<string, string>();

  constructor(options: FolderCopyOptions, calls: LayerCalls<RawCopyCalls>, files: LayerFiles) {
    this.#options = options;
    this.#calls = calls;
    this.#files = files;
  }

  async copy(names: readonly string[]): Promise<void> {
    const { volumePath, signal } = this.#options;
    throwIfCancelled(signal, "layer.copy");
    const to = ["Files", ...names].join("/");
    const shown = `${volumePath}${names.join("\\")}`;
    await this.#withFile(volumePath, shown, async (file, facts) => {
      const first = facts.directory || facts.numberOfLinks < 2 ? undefined : this.#linked.get(facts.fileId);
      if (first !== undefined) return this.#files.link(this.#files.pathOf(to), first);
      if (!facts.directory && facts.numberOfLinks > 1) this.#linked.set(facts.fileId, this.#files.pathOf(to));
      const isLink = (facts.attributes & FileAttribute.ReparsePoint) !== 0;
      if (!isLink || (await this.#isOfImage(volumePath, shown))) return this.#write(to, file, facts, isLink ? undefined : names);
      return this.#copyFromBelow(to, names, facts);
    });
  }

  /** Whether a reparse point is a link, and none by which the host's filter shows what is in a layer below. */
  async #isOfImage(root: string, shown: string): Promise<boolean> {
    try {
      const contents = await readBackupContents(() => this.#stream(root, shown));
      return contents.reparsePoint !== undefined;
    } catch (error) {
      if (isOrielError(error, "InvalidArgument")) return false;
      throw error;
    }
  }

  /** What the filter only points at is in the uppermost layer that has the file itself. */
  async #copyFromBelow(to: string, names: readonly string[], shown: FileFacts): Promise<void> {
    for (const parent of this.#options.parents) {
      const below = path.join(parent, "Files", ...names);
      const opened = await this.#calls.raw.win32.OpenBackupReader(parent, below);
      if (noFolder.includes(opened.hresult)) continue;
      this.#calls.check("OpenBackupReader", below, opened);
      await this.#calls.raw.win32.CloseBackupFile(opened.file);
      const isWritten = await this.#withFile(parent, below, async (file, facts) => {
        const isReparse = (facts.attributes & FileAttribute.ReparsePoint) !== 0;
        if (isReparse && !(await this.#isOfImage(parent, below))) return false;
        await this.#write(to, file, facts, isReparse || !shown.directory ? undefined : names);
        return true;
      });
      if (isWritten) return;
    }
  }

  /** @param folder names of the folder whose content belongs into it; undefined for what is none */
  async #write(to: string, from: BackupHandle, facts: FileFacts, folder: readonly string[] | undefined): Promise<void> {
    const { volumePath } = this.#options;
    const info: BasicInfo = facts;
    const made = await this.#files.create(to, facts.directory);
    try {
      await this.#pour(from, made);
      if (!facts.directory || folder === undefined) return await made.closeWith(info);
      await made.close();
    } finally {
      await made.close();
    }
    const shown = `${volumePath}${folder.join("\\")}`;
    const listed = await this.#calls.raw.win32.ReadDirectory(volumePath, shown);
    this.#calls.check("ReadDirectory", shown, listed);
    for (const name of listed.names.toSorted()) await this.copy([...folder, name]);
    await this.#files.setBasicInfo(to, info);
  }

  async #pour(from: BackupHandle, to: OpenLayerFile): Promise<void> {
    for (;;) {
      throwIfCancelled(this.#options.signal, "layer.copy");
      const answer = await this.#calls.raw.win32.BackupRead(from, piece);
      this.#calls.check("BackupRead", this.#options.names.join("\\"), answer);
      if (answer.chunk.length === 0) return;
      await to.write(answer.chunk);
    }
  }

  async *#stream(root: string, file: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { OpenBackupReader, BackupRead, CloseBackupFile } = this.#calls.raw.win32;
    const opened = await OpenBackupReader(root, file);
    this.#calls.check("OpenBackupReader", file, opened);
    try {
      for (;;) {
        const answer = await BackupRead(opened.file, piece);
        this.#calls.check("BackupRead", file, answer);
        if (answer.chunk.length === 0) return;
        yield answer.chunk;
      }
    } finally {
      await CloseBackupFile(opened.file);
    }
  }

  async #withFile<T>(root: string, file: string, use: (handle: BackupHandle, facts: FileFacts) => Promise<T>): Promise<T> {
    const { OpenBackupReader, GetFileFacts, CloseBackupFile } = this.#calls.raw.win32;
    const opened = await OpenBackupReader(root, file);
    this.#calls.check("OpenBackupReader", file, opened);
    try {
      const answer = await GetFileFacts(opened.file);
      this.#calls.check("GetFileFacts", file, answer);
      return await use(opened.file, answer.facts);
    } finally {
      await CloseBackupFile(opened.file);
    }
  }
}
