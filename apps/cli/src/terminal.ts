import type { Readable, Writable } from "node:stream";

export interface TerminalSize {
  readonly height: number;
  readonly width: number;
}

/** What a command may use of its process; tests give their own. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Hands keys on as they are typed, without echo and without signals, or no longer. Taken back when the process ends, too. */
  setRaw(on: boolean): void;
  /** Of the screen, in characters; undefined where there is none. */
  size(): TerminalSize | undefined;
  /** Calls the listener when the size has changed; returns what takes that back. */
  onResize(listener: () => void): () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls the listener for SIGINT and SIGTERM instead of ending the process; returns what takes that back. */
  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  /** Ends the process at once, with these words. */
  abandon(words: string): void;
}

export const processTerminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  setRaw(on) {
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(on);
    // Node.js gives the terminal back at its exit and on SIGINT and SIGTERM, but not when it is hung up.
    process.off("SIGHUP", endOnHangup);
    if (on) process.on("SIGHUP", endOnHangup);
  },
  size() {
    const { columns, rows } = process.stdout;
    return process.stdout.isTTY && columns > 0 && rows > 0 ? { height: rows, width: columns } : undefined;
  },
  onResize(listener) {
    process.stdout.on("resize", listener);
    return () => process.stdout.off("resize", listener);
  },
  onSignal(listener) {
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  abandon(words) {
    process.stderr.write(words, () => process.exit(1));
  },
};

function endOnHangup(): never {
  process.exit(129);
}

/** Writes and waits while the reader is slower. A reader that has gone is no error: `oriel ps | head`. */
export function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) {
      resolve();
      return;
    }
    stream.write(data, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== "EPIPE") reject(error);
      else resolve();
    });
  });
}
