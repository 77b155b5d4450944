import { isOrielError, type Logger, type OrielError, toOrielError } from "@oriel/core";
import { type ComputeSystem, isHcsError } from "@oriel/hcs-bindings";

/** Milliseconds. */
export interface EndDeadlines {
  /** For a system to end after a shutdown; it is terminated then. */
  readonly shutdown: number;
  /** For a system to end after it was terminated. */
  readonly terminate: number;
  /** Until the first look at a process or system that may have ended without a notification. */
  readonly probe: number;
}

export interface EndSystemOptions {
  readonly deadlines: EndDeadlines;
  readonly logger: Logger;
  /**
   * How to begin: with a shutdown, with a termination, or with waiting, as one of the two was asked for already.
   * @default "shutdown"
   */
  readonly first?: "shutdown" | "terminate" | "wait";
}

export interface EndedSystem {
  /** Whether the compute system is known to be gone. */
  readonly gone: boolean;
  /** Where it is not: what went wrong, first things first. */
  readonly errors: readonly OrielError[];
}

/**
 * Ends a compute system: asks it to shut down, and terminates it when it does not in time. Does not close it. Never
 * rejects.
 */
export async function endSystem(system: ComputeSystem, options: EndSystemOptions): Promise<EndedSystem> {
  const { deadlines, logger, first = "shutdown" } = options;
  const errors: OrielError[] = [];
  const attempt = async (op: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = toOrielError(error, op, system.id);
      logger.warn({ container: system.id, op, error: failure.message }, "a step of ending a container failed");
      errors.push(failure);
      return false;
    }
  };
  if (first !== "terminate") {
    const asked = first === "wait" || (await attempt("container.shutdown", () => system.shutdown()));
    if (asked && (await attempt("container.shutdown", () => waitUntilGone(system, deadlines.shutdown, deadlines.probe)))) {
      return { gone: true, errors: [] };
    }
  }
  await attempt("container.terminate", () => system.terminate());
  const gone = await attempt("container.terminate", () => waitUntilGone(system, deadlines.terminate, deadlines.probe));
  return gone ? { gone, errors: [] } : { gone, errors };
}

/** Waits for the notified end, and looks at the system now and then, because a notification can get lost. */
async function waitUntilGone(system: ComputeSystem, ms: number, probe: number): Promise<void> {
  for (let left = ms, interval = probe; ; left -= interval, interval *= 2) {
    try {
      await system.waitExit({ ms: Math.min(left, interval) });
      return;
    } catch (error) {
      if (!isOrielError(error, "DeadlineExceeded")) throw error;
      if (await isGone(system)) return;
      if (left <= interval) throw error;
    }
  }
}

async function isGone(system: ComputeSystem): Promise<boolean> {
  try {
    const { State, Stopped } = await system.properties();
    return State === "Stopped" || Stopped === true;
  } catch (error) {
    return isHcsError(error, 0xc0370110, 0xc037010e, 0x80070490);
  }
}
