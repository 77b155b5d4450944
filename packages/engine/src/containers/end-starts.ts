import { ConflictError, type OrielError, toOrielError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import { type EngineContext, recordAndLog } from "../engine-context.ts";
import type { Container } from "./container.ts";

/** Ends the time between two runs of a restart policy: the container has exited, and stays so. */
export function cancelRestart(context: EngineContext, container: Container): void {
  if (container.data.status !== "restarting") return;
  container.pendingRestart?.abort();
  container.pendingRestart = undefined;
  recordAndLog(context, container, { status: "exited" });
  container.waiters.exited({ exitCode: container.data.exitCode, error: container.data.error });
}

/** Gives up a start or restart that is on its way. Returns whether there was one. */
export function endStarts(context: EngineContext, container: Container): boolean {
  const { attempt } = container;
  const wasRestarting = container.data.status === "restarting";
  attempt?.abort(whyGivenUp(context, container));
  cancelRestart(context, container);
  return attempt !== undefined || wasRestarting;
}

/** Waits until what a start made that was given up is undone, but not longer than the deadline: the rest is undone behind. */
export async function untilUndone({ clock, deadlines }: EngineContext, { cleanup }: Container): Promise<void> {
  if (cleanup !== undefined) await settlesWithin(cleanup, deadlines.cleanup, clock);
}

function whyGivenUp({ closing }: EngineContext, { id }: Container): OrielError {
  const op = "container.start";
  if (closing.aborted) return toOrielError(closing.reason, op, id);
  return new ConflictError(`container ${id} was stopped while it was being started`, { op, resource: id });
}
