import { Writable } from "node:stream";
import type { FifoWriter } from "./fifo.ts";

const ctrlC = 0x03;

/**
 * Our end of a console's keyboard. Ctrl-C goes a way of its own, as the console takes the byte for the end of its input. The
 * pipe stays open until the process ends: a console whose input ends would end with all in it, where on Windows nothing
 * happens as long as somebody reads its output.
 */
export class ConsoleInput {
  readonly #pipe: FifoWriter;
  readonly #interrupt: () => void;
  #keys: Writable | undefined;
  #isReleased = false;

  /** @param interrupt types Ctrl-C at the console */
  constructor(pipe: FifoWriter, interrupt: () => void) {
    this.#pipe = pipe;
    this.#interrupt = interrupt;
  }

  /** Turns into a stream. Only once. It is closed where the process has ended before. */
  stream(): Writable {
    if (this.#isReleased) return new Writable().destroy();
    const keys = this.#pipe.stream();
    this.#keys = keys;
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#type(keys, chunk).then(() => done(), done);
      },
    });
    keys.once("error", (error) => stream.destroy(error));
    keys.once("close", () => stream.destroy());
    return stream;
  }

  async #type(keys: Writable, chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const found = chunk.indexOf(ctrlC, from);
      const to = found < 0 ? chunk.length : found;
      if (to > from) {
        await new Promise<void>((resolve, reject) => {
          keys.write(chunk.subarray(from, to), (error) => (error ? reject(error) : resolve()));
        });
      }
      if (found >= 0) this.#interrupt();
      from = to + 1;
    }
  }

  /** Nobody will type any more; nothing happens, see above. */
  close(): void {}

  /** The process has ended. */
  release(): void {
    this.#isReleased = true;
    this.#keys?.destroy();
    this.#pipe.close();
  }
}
