import { unlessAborted } from "@oriel/contracts";
import type { WaitCondition } from "../engine-api.ts";

export interface ExitResult {
  readonly exitCode: number;
  readonly error: string;
}

type Waiter = (result: ExitResult) => void;

/** Those who wait for a container's next exit, or for its removal. */
export class ExitWaiters {
  readonly #exit = new Set<Waiter>();
  readonly #removed = new Set<Waiter>();

  /**
   * Counts from the moment of the call.
   * @throws the signal's reason when it aborts first.
   */
  async wait(condition: WaitCondition, signal?: AbortSignal): Promise<ExitResult> {
    const waiters = condition === "removed" ? this.#removed : this.#exit;
    const { promise, resolve } = Promise.withResolvers<ExitResult>();
    waiters.add(resolve);
    try {
      return await unlessAborted(promise, signal);
    } finally {
      waiters.delete(resolve);
    }
  }

  exited(result: ExitResult): void {
    settleAll(this.#exit, result);
  }

  /** Whoever waits for the removal learns why it is still there. */
  removalFailed(result: ExitResult): void {
    settleAll(this.#removed, result);
  }

  /** A container that is gone has no next exit either. */
  removed(result: ExitResult): void {
    settleAll(this.#exit, result);
    settleAll(this.#removed, result);
  }
}

function settleAll(waiters: Set<Waiter>, result: ExitResult): void {
  for (const settle of waiters) settle(result);
  waiters.clear();
}
