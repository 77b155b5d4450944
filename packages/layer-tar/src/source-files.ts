import path from "node:path";
import { type BackupHandle, type FileFacts, type HResult, hresultFromWin32, InternalError, WIN32 } from "@oriel/contracts";
import type { LayerCalls, RawExportCalls } from "./layer-calls.ts";

const absent: readonly HResult[] = [hresultFromWin32(WIN32.FILE_NOT_FOUND), hresultFromWin32(WIN32.PATH_NOT_FOUND)];

/** Returns a backup stream from its start, in pieces. */
export type OpenStream = () => AsyncIterable<Uint8Array>;

/** A small file is read by one call, a large one by pieces of this size. */
const MAX_PIECE = 1024 * 1024;
/** What a backup stream has beside the data: stream headers, a security descriptor, extended attributes. */
const USUAL_OVERHEAD = 8 * 1024;

/** The files below one folder, to be read; by names with `/`. Every method throws an Oriel error for a failed HRESULT. */
export class SourceFiles {
  readonly root: string;
  readonly #calls: LayerCalls<RawExportCalls>;

  constructor(calls: LayerCalls<RawExportCalls>, root: string) {
    this.#calls = calls;
    this.root = root;
  }

  pathOf(name: string): string {
    return path.join(this.root, ...name.split("/"));
  }

  /** Names in a directory, sorted by their UTF-16 units; none where there is no such directory. */
  async list(name: string): Promise<string[]> {
    const folder = this.pathOf(name);
    const answer = await this.#calls.raw.win32.ReadDirectory(this.root, folder);
    if (absent.includes(answer.hresult)) return [];
    this.#calls.check("ReadDirectory", folder, answer);
    return answer.names.toSorted();
  }

  async has(name: string): Promise<boolean> {
    return (await this.readIfThere(name, async () => true)) ?? false;
  }

  /**
   * Opens a file and gives it to `use`: what it is, and a function that answers its backup stream from the start. The
   * first stream comes from the open file, which is closed when `use` is done; later ones open it again.
   */
  async read<T>(name: string, use: (facts: FileFacts, open: OpenStream) => Promise<T>): Promise<T> {
    const result = await this.#read(name, false, use);
    if (result === undefined) throw new InternalError(`${this.pathOf(name)} was not read`, { op: "layer.export" });
    return result;
  }

  /** The same; undefined where there is no such file. */
  readIfThere<T>(name: string, use: (facts: FileFacts, open: OpenStream) => Promise<T>): Promise<T | undefined> {
    return this.#read(name, true, use);
  }

  async facts(name: string): Promise<FileFacts> {
    return this.read(name, async (facts) => facts);
  }

  /** undefined where it may be absent, and is. */
  async #read<T>(name: string, mayBeAbsent: boolean, use: (facts: FileFacts, open: OpenStream) => Promise<T>): Promise<T | undefined> {
    const path = this.pathOf(name);
    const { OpenBackupReader, CloseBackupFile } = this.#calls.raw.win32;
    const answer = await OpenBackupReader(this.root, path);
    if (mayBeAbsent && absent.includes(answer.hresult)) return undefined;
    this.#calls.check("OpenBackupReader", path, answer);
    try {
      const facts = await this.#factsOf(path, answer.file);
      let taken = false;
      const open = (): AsyncIterable<Uint8Array> => {
        if (taken) return this.#stream(name);
        taken = true;
        return this.#pieces(path, answer.file, facts.size);
      };
      return await use(facts, open);
    } finally {
      // Its answer is of no interest: nothing that was read depends on it, and an error before says more.
      await CloseBackupFile(answer.file);
    }
  }

  async *#stream(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.pathOf(name);
    const { OpenBackupReader, CloseBackupFile } = this.#calls.raw.win32;
    const answer = await OpenBackupReader(this.root, path);
    this.#calls.check("OpenBackupReader", path, answer);
    try {
      const { size } = await this.#factsOf(path, answer.file);
      yield* this.#pieces(path, answer.file, size);
    } finally {
      await CloseBackupFile(answer.file);
    }
  }

  async *#pieces(path: string, file: BackupHandle, size: bigint): AsyncGenerator<Uint8Array, void, undefined> {
    const length = size > MAX_PIECE - USUAL_OVERHEAD ? MAX_PIECE : Number(size) + USUAL_OVERHEAD;
    for (;;) {
      const answer = await this.#calls.raw.win32.BackupRead(file, length);
      this.#calls.check("BackupRead", path, answer);
      if (answer.chunk.length === 0) return;
      yield answer.chunk;
    }
  }

  async #factsOf(path: string, file: BackupHandle): Promise<FileFacts> {
    const answer = await this.#calls.raw.win32.GetFileFacts(file);
    this.#calls.check("GetFileFacts", path, answer);
    return answer.facts;
  }
}
