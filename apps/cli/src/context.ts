import type { OrielClient } from "@oriel/client";
import type { Terminal } from "./terminal.ts";

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  /** `--host` before the command's name. */
  host(): string | undefined;
  /** Runs `work` with a client of the chosen daemon. */
  withClient(work: (client: OrielClient) => Promise<void>): Promise<void>;
  /** The exit code; the last one set holds. */
  exit(code: number): void;
}
