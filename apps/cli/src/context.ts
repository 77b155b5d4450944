import type { Terminal } from "./terminal.ts";

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  /** The exit code; the last one set holds. */
  exit(code: number): void;
}
