import type { Writable } from "node:stream";

/** A message that may stand for earlier ones of the same subject. */
export interface LineMessage {
  readonly id?: string;
  readonly progressDetail?: unknown;
}

/**
 * JSON messages, one a line. The source of progress cannot be slowed down, so a reader that is slower than it gets the
 * latest progress of each subject instead of all of it; other messages are all kept.
 */
export class JsonLines {
  readonly #output: Writable;
  readonly #waiting: LineMessage[] = [];

  constructor(output: Writable) {
    this.#output = output;
    output.on("drain", () => this.#flush());
  }

  write(message: LineMessage): void {
    const { id, progressDetail } = message;
    const replaced =
      id === undefined || progressDetail === undefined
        ? -1
        : this.#waiting.findIndex((other) => other.id === id && other.progressDetail !== undefined);
    if (replaced === -1) this.#waiting.push(message);
    else this.#waiting[replaced] = message;
    this.#flush();
  }

  /** Writes what waits and ends the output. */
  end(): void {
    for (const message of this.#waiting.splice(0)) this.#put(message);
    this.#output.end();
  }

  #flush(): void {
    while (this.#output.writable && !this.#output.writableNeedDrain) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#put(next);
    }
  }

  #put(message: LineMessage): void {
    this.#output.write(`${JSON.stringify(message)}\n`);
  }
}
