import {
  DeadlineExceededError,
  goneHresults,
  isOrielError,
  type Logger,
  type OrielError,
  toOrielError,
  withDeadline,
} from "@oriel/contracts";
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
 * Ends a compute system: asks it to shut down, and terminates it when it does not in time. Its end counts, whatever becomes
 * of the call that was to bring it about. Does not close it. Never rejects.
 */
export async function endSystem(system: ComputeSystem, options: EndSystemOptions): Promise<EndedSystem> {
  const { deadlines, logger, first = "shutdown" } = options;
  const errors: OrielError[] = [];
  // A call that hangs is left behind: it must not keep the system from being closed.
  const over = new AbortController();
  const { signal } = over;
  const isGoneAfter = async (op: string, ms: number, call: () => Promise<void>): Promise<boolean> => {
    try {
      const refused = call().then(() => new Promise<never>(() => undefined));
      const gone = waitUntilGone(system, ms, deadlines.probe);
      await withDeadline(Promise.race([gone, refused]), { ms, error: () => overdue(system.id, op, ms), op });
      return true;
    } catch (error) {
      const failure = toOrielError(error, op, system.id);
      logger.warn({ container: system.id, op, error: failure.message }, "a step of ending a container failed");
      errors.push(failure);
      return false;
    }
  };
  try {
    if (first !== "terminate") {
      const ask = first === "wait" ? async () => undefined : () => system.shutdown({ signal });
      if (await isGoneAfter("container.shutdown", deadlines.shutdown, ask)) return { gone: true, errors: [] };
    }
    const gone = await isGoneAfter("container.terminate", deadlines.terminate, () => system.terminate({ signal }));
    return gone ? { gone, errors: [] } : { gone, errors };
  } finally {
    over.abort();
  }
}

function overdue(id: string, op: string, ms: number): DeadlineExceededError {
  return new DeadlineExceededError(`container ${id}: ${op}: it has not ended within ${ms / 1000} s`, { op, resource: id });
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
    return isGoneError(error);
  }
}

/** Whether an error says that there is no such system, or that it has ended. */
export function isGoneError(error: unknown): boolean {
  return isHcsError(error, ...goneHresults);
}
