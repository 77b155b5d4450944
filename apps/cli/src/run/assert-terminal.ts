import { FailedPreconditionError } from "@oriel/contracts";
import type { Terminal } from "../terminal.ts";

/** A program with a terminal whose input is a file or a pipe would take every byte of it for a key. @throws FailedPreconditionError */
export function assertTerminal({ stdin }: Terminal, tty: boolean, interactive: boolean): void {
  if (!tty || !interactive || stdin.isTTY === true) return;
  throw new FailedPreconditionError("the input is not a terminal", { op: "cli.terminal", remedy: "leave out -t, or -i" });
}
