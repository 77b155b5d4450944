import { ClientError } from "@oriel/client";
import { isOrielError } from "@oriel/contracts";
import { accessRemedy, deniedSocket } from "./socket-access.ts";

/** A failure that a command reports with an exit code of its own, as docker does: 125, 126 and 127. */
export class ExitError extends Error {
  readonly code: number;

  constructor(code: number, cause: unknown) {
    super("the command failed", { cause });
    this.code = code;
  }
}

/** Lines for the user: what was wrong, and what to do about it where that is known. A stack only for a fault of ours. */
export function describeError(error: unknown): string {
  if (error instanceof ExitError) return describeError(error.cause);
  if (isOrielError(error)) return lines(error.message, error.remedy);
  if (error instanceof ClientError) return lines(error.message, error.status === undefined ? remedyOf(error) : undefined);
  if (!(error instanceof Error)) return lines(String(error));
  // What the system refuses (a file that is not there, a full disk) is no fault of the program.
  if ("syscall" in error) return lines(error.message);
  return lines(`this is a fault of oriel: ${error.stack ?? error.message}`, "report it, with what you did");
}

function remedyOf(error: Error): string | undefined {
  if (!error.message.startsWith("cannot reach")) return undefined;
  const denied = deniedSocket(error);
  if (denied !== undefined) return accessRemedy(denied);
  return "start a daemon (npm start, or oriel daemon), or name another with --host or ORIEL_HOST";
}

function lines(message: string, remedy?: string): string {
  return `oriel: ${message}\n${remedy === undefined ? "" : `try: ${remedy}\n`}`;
}
