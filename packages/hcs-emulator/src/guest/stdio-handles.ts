import type { Readable, Writable } from "node:stream";
import { hresultFromWin32, type PipeHandle, type RawWin32, S_OK, WIN32 } from "@oriel/contracts";
import { HandleTable } from "../handle-table.ts";
import type { FifoReader, FifoWriter } from "./fifo.ts";

type WritingEnd = Pick<FifoWriter, "stream" | "close">;
type PipeEnd = { readonly kind: "reader"; readonly end: FifoReader } | { readonly kind: "writer"; readonly end: WritingEnd };

/** Our ends of processes' pipes, between HcsCreateProcess and the moment that the caller takes them as streams. */
export class StdioHandles {
  readonly #table = new HandleTable<"HANDLE(pipe)", PipeEnd>();
  readonly #streams = new Map<bigint, Writable>();

  get size(): number {
    return this.#table.size;
  }

  openReader(end: FifoReader): PipeHandle {
    return this.#table.open({ kind: "reader", end });
  }

  openWriter(end: WritingEnd): PipeHandle {
    return this.#table.open({ kind: "writer", end });
  }

  /** Ends a process's input whoever holds it: HcsModifyProcess closes the service's own handle. */
  closeInput(handle: PipeHandle): void {
    this.#table.close(handle)?.end.close();
    this.#streams.get(handle)?.end();
  }

  readonly raw: Pick<RawWin32, "openPipeReader" | "openPipeWriter" | "CloseHandle"> = {
    openPipeReader: (handle): Readable => {
      const open = this.#table.close(handle);
      if (open?.kind !== "reader") throw new TypeError(`${handle} is no open reading end of a pipe`);
      return open.end.stream();
    },
    openPipeWriter: (handle): Writable => {
      const open = this.#table.close(handle);
      if (open?.kind !== "writer") throw new TypeError(`${handle} is no open writing end of a pipe`);
      const stream = open.end.stream();
      this.#streams.set(handle, stream);
      stream.once("close", () => this.#streams.delete(handle));
      return stream;
    },
    CloseHandle: async (handle) => {
      const open = this.#table.close(handle);
      open?.end.close();
      return { hresult: open === undefined ? hresultFromWin32(WIN32.INVALID_HANDLE) : S_OK };
    },
  };
}
