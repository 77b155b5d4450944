import { Writable } from "node:stream";
import type { RuntimeProcess } from "@oriel/contracts";

/**
 * The way of attached clients' input to a container's process. Input that comes before the start waits for it; input that
 * comes after the end is dropped, as it is on a pipe that nobody reads.
 */
export class ContainerInput {
  #run: { process: RuntimeProcess; over: PromiseWithResolvers<void> } | undefined;
  #started = Promise.withResolvers<void>();

  /** The process is there. */
  begin(process: RuntimeProcess): void {
    // A process that ends with input on its way breaks the pipe; the exit itself is told elsewhere.
    process.stdin.on("error", () => {});
    this.#run = { process, over: Promise.withResolvers() };
    this.#started.resolve();
  }

  /** The process is gone: writes in flight return. */
  end(): void {
    this.#run?.over.resolve();
    this.#run = undefined;
    this.#started = Promise.withResolvers();
  }

  /**
   * A client's end of the input.
   * @param closesInput Whether the process sees the end of its input when this client's ends, in whatever way it does.
   */
  open(closesInput: boolean): Writable {
    const gone = Promise.withResolvers<void>();
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      if (!closesInput) return;
      closed ??= this.#run?.process.closeStdin().catch(() => {});
      await closed;
    };
    return new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        void this.#write(chunk, gone.promise).then(() => done());
      },
      final: (done) => {
        void Promise.race([this.#started.promise, gone.promise])
          .then(close)
          .then(() => done());
      },
      destroy: (error, done) => {
        gone.resolve();
        void close().then(() => done(error));
      },
    });
  }

  async #write(chunk: Uint8Array, gone: Promise<void>): Promise<void> {
    await Promise.race([this.#started.promise, gone]);
    const run = this.#run;
    if (run === undefined) return;
    const written = new Promise<void>((resolve) => {
      if (run.process.stdin.destroyed || run.process.stdin.writableEnded) resolve();
      else run.process.stdin.write(chunk, () => resolve());
    });
    await Promise.race([written, run.over.promise, gone]);
  }
}
