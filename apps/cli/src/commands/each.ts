import { ClientError } from "@oriel/client";
import type { CliContext } from "../context.ts";
import { describeError } from "../report-error.ts";
import { write } from "../terminal.ts";

/**
 * Does something for each of several objects. One that fails is reported and does not keep the others from their turn;
 * the exit code is 1 then. A daemon that does not answer ends it at once.
 */
export async function forEach(
  context: CliContext,
  references: readonly string[],
  work: (reference: string) => Promise<void>,
): Promise<void> {
  for (const reference of references) {
    try {
      await work(reference);
    } catch (error) {
      if (!(error instanceof ClientError) || error.status === undefined) throw error;
      await write(context.terminal.stderr, describeError(error));
      context.exit(1);
    }
  }
}
