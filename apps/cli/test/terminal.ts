import { PassThrough, Readable } from "node:stream";
import type { Terminal, TerminalSize } from "../src/terminal.ts";

export interface TestTerminal extends Terminal {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  /** Everything written so far. */
  written(): { readonly stdout: string; readonly stderr: string };
  /** As if the user had sent it. */
  signal(signal: "SIGINT" | "SIGTERM"): void;
  readonly abandoned: string[];
  /** What `setRaw` was called with. */
  readonly raw: boolean[];
  /** As if the window had changed. */
  resize(size: TerminalSize | undefined): void;
}

export function testTerminal(env: Readonly<Record<string, string>> = {}, input: Iterable<string> = []): TestTerminal {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  stdout.on("data", (chunk: Buffer) => out.push(chunk));
  stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const listeners = new Set<(signal: "SIGINT" | "SIGTERM") => void>();
  const abandoned: string[] = [];
  const raw: boolean[] = [];
  const sizeListeners = new Set<() => void>();
  let screen: TerminalSize | undefined;
  return {
    stdin: Readable.from(input),
    stdout,
    stderr,
    env,
    abandoned,
    raw,
    setRaw: (on) => void raw.push(on),
    size: () => screen,
    onResize(listener) {
      sizeListeners.add(listener);
      return () => sizeListeners.delete(listener);
    },
    resize(size) {
      screen = size;
      for (const listener of sizeListeners) listener();
    },
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    abandon: (words) => void abandoned.push(words),
    written: () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    signal(signal) {
      for (const listener of listeners) listener(signal);
    },
  };
}
