import { BackupStreamDecoder } from "@oriel/backup-stream";
import { type BasicInfo, type FileFacts, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import type { SharedBuffers } from "../threads/shared-buffers.ts";
import type { OpenedReader } from "./file-calls.ts";

/** Who works on open files, by their numbers there. */
export interface OpenFileCalls {
  /** For what is written in bulk. */
  readonly buffers: SharedBuffers;
  write(id: number, bytes: Uint8Array | undefined): Promise<void>;
  read(id: number, length: number): Promise<Uint8Array>;
  facts(id: number): Promise<FileFacts>;
  close(id: number, bytes: Uint8Array | undefined, info: BasicInfo | undefined): Promise<void>;
}

/** An open file of a layer, on this side of the thread that works on it. */
export interface OpenBackup {
  write(chunk: Uint8Array): Promise<void>;
  read(length: number): Promise<Uint8Array>;
  setInfo(info: BasicInfo): void;
  facts(): Promise<FileFacts>;
  close(): Promise<void>;
}

/**
 * A file that takes a backup stream. What is written is gathered in memory that the thread shares, so that it is copied
 * once, and sent when that is full.
 */
export class OpenWriter implements OpenBackup {
  readonly #calls: OpenFileCalls;
  readonly #id: number;
  readonly #decoder = new BackupStreamDecoder();
  #gathered: Uint8Array | undefined;
  #size = 0;
  #info: BasicInfo | undefined;

  constructor(calls: OpenFileCalls, id: number) {
    this.#calls = calls;
    this.#id = id;
  }

  /** Looks at what is written, so that it is refused now. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#decoder.write(chunk);
    for (let rest = chunk; rest.length > 0; ) {
      this.#gathered ??= this.#calls.buffers.take();
      const taken = rest.subarray(0, this.#gathered.length - this.#size);
      this.#gathered.set(taken, this.#size);
      this.#size += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#size === this.#gathered.length) await this.#send((bytes) => this.#calls.write(this.#id, bytes));
    }
  }

  /** Whoever writes meanwhile gets another buffer. */
  async #send(send: (bytes: Uint8Array | undefined) => Promise<void>): Promise<void> {
    const gathered = this.#gathered;
    const bytes = gathered?.subarray(0, this.#size);
    this.#gathered = undefined;
    this.#size = 0;
    try {
      await send(bytes);
    } finally {
      if (gathered !== undefined) this.#calls.buffers.give(gathered);
    }
  }

  async read(): Promise<Uint8Array> {
    throw wrongHandle("reading");
  }

  /** What it gets when it is closed: writing changes times. */
  setInfo(info: BasicInfo): void {
    this.#info = info;
  }

  async facts(): Promise<FileFacts> {
    await this.#send((bytes) => this.#calls.write(this.#id, bytes));
    const facts = await this.#calls.facts(this.#id);
    const info = this.#info;
    return info === undefined ? facts : { ...facts, ...info, attributes: info.attributes === 0 ? facts.attributes : info.attributes };
  }

  async close(): Promise<void> {
    await this.#send((bytes) => this.#calls.close(this.#id, bytes, this.#info));
  }
}

function wrongHandle(what: string): HresultFailure {
  return new HresultFailure(hresultFromWin32(WIN32.ACCESS_DENIED), `the handle is not open for ${what}`);
}

/** A file that gives its backup stream. */
export class OpenReader implements OpenBackup {
  readonly #calls: OpenFileCalls;
  readonly #opened: OpenedReader;
  #head: Uint8Array;

  constructor(calls: OpenFileCalls, opened: OpenedReader) {
    this.#calls = calls;
    this.#opened = opened;
    this.#head = opened.head ?? new Uint8Array();
  }

  async write(): Promise<void> {
    throw wrongHandle("writing");
  }

  async read(length: number): Promise<Uint8Array> {
    if (this.#head.length > 0) {
      const piece = this.#head.subarray(0, length);
      this.#head = this.#head.subarray(piece.length);
      return piece;
    }
    const { id } = this.#opened;
    return id === undefined ? this.#head : this.#calls.read(id, length);
  }

  /** Its times cannot be set. */
  setInfo(): void {
    throw wrongHandle("writing");
  }

  async facts(): Promise<FileFacts> {
    return this.#opened.facts;
  }

  async close(): Promise<void> {
    const { id } = this.#opened;
    if (id !== undefined) await this.#calls.close(id, undefined, undefined);
  }
}
