import { isOrielError } from "@oriel/core";

/** Lines for the user: what was wrong, and what to do about it where that is known. A stack only for a fault of ours. */
export function describeError(error: unknown): string {
  if (isOrielError(error)) return lines(error.message, error.remedy);
  if (!(error instanceof Error)) return lines(String(error));
  // What the system refuses (a file that is not there, a full disk) is no fault of the program.
  if ("syscall" in error) return lines(error.message);
  return lines(`this is a fault of oriel: ${error.stack ?? error.message}`, "report it with what you did");
}

function lines(message: string, remedy?: string): string {
  return `oriel: ${message}\n${remedy === undefined ? "" : `try: ${remedy}\n`}`;
}
