import { type PassThrough, type Readable, Writable } from "node:stream";
import { hresultFromWin32, type PipeHandle, S_OK, WIN32 } from "@oriel/contracts";

interface Pipe {
  readonly stream: PassThrough;
  opened: boolean;
}

/** Pipes in memory, by the handle of the end that the host holds. */
export class FakePipes {
  readonly #pipes = new Map<bigint, Pipe>();
  readonly #nextHandle: () => bigint;

  constructor(nextHandle: () => bigint) {
    this.#nextHandle = nextHandle;
  }

  /** Handles that are open. */
  get size(): number {
    return this.#pipes.size;
  }

  /** A pipe whose one end is the stream, and whose other end is the handle. */
  create(stream: PassThrough): PipeHandle {
    const handle = this.#nextHandle();
    this.#pipes.set(handle, { stream, opened: false });
    return handle as PipeHandle;
  }

  openReader(handle: PipeHandle): Readable {
    const { stream } = this.#open(handle);
    if (stream.closed) this.#pipes.delete(handle);
    else stream.once("close", () => this.#pipes.delete(handle));
    return stream;
  }

  openWriter(handle: PipeHandle): Writable {
    const { stream } = this.#open(handle);
    const writer = new Writable({
      write(chunk, _encoding, done) {
        if (stream.destroyed || stream.writableEnded) return done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
        if (stream.write(chunk)) return done();
        stream.once("drain", done);
      },
      final(done) {
        stream.end();
        done();
      },
      destroy: (error, done) => {
        this.#pipes.delete(handle);
        stream.end();
        done(error);
      },
    });
    return writer;
  }

  async close(handle: PipeHandle) {
    const pipe = this.#pipes.get(handle);
    if (!pipe || pipe.opened) return { hresult: hresultFromWin32(WIN32.INVALID_HANDLE) };
    this.#pipes.delete(handle);
    pipe.stream.destroy();
    return { hresult: S_OK };
  }

  #open(handle: PipeHandle): Pipe {
    const pipe = this.#pipes.get(handle);
    if (!pipe || pipe.opened) throw new Error(`pipe handle ${handle} is not open, or is a stream already`);
    pipe.opened = true;
    return pipe;
  }
}
