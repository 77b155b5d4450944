import type { Terminal, TerminalSize } from "../terminal.ts";

/** Passes the screen's size on, now and whenever it changes. Answers what ends that. */
export function followSize(terminal: Terminal, send: (size: TerminalSize) => Promise<unknown>): () => void {
  const pass = () => {
    const size = terminal.size();
    // A program that has ended meanwhile has no size.
    if (size !== undefined) void send(size).catch(() => undefined);
  };
  pass();
  return terminal.onResize(pass);
}
