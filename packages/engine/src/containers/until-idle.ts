import { DeadlineExceededError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";

/** Whether something of a container's past is in the way of what is to begin. */
export function isBusy({ run, cleanup, readers }: Container): boolean {
  return run?.ended.aborted === true || cleanup !== undefined || readers.size > 0;
}

/**
 * Waits until the exit of a process that has ended is recorded, what it left is cleaned up, and nobody reads the
 * container's files.
 * @throws DeadlineExceededError when the host does not return from cleaning up within the deadline
 */
export async function untilIdle(context: EngineContext, container: Container, op: string): Promise<void> {
  while (isBusy(container)) {
    const { run, cleanup, readers } = container;
    if (run?.ended.aborted === true) await run.recorded;
    else if (cleanup === undefined) await Promise.allSettled(readers);
    else if (!(await settlesWithin(cleanup, context.deadlines.cleanup, context.clock))) {
      throw new DeadlineExceededError(
        `container ${container.id}: what its last start or run left is still being cleaned up${at(container)}`,
        {
          op,
          resource: container.id,
          remedy: "try again later; a restart of the daemon cleans up too",
        },
      );
    }
  }
}

/** What a container's cleanup hangs in, as the end of a message. */
export function at({ step }: Container): string {
  return step === "" ? "" : `; the host has not returned from ${step}`;
}
