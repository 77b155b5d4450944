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
  wait(condition: WaitCondition, signal?: AbortSignal): Promise<ExitResult> {
    const waiters = condition === "removed" ? this.#removed : this.#exit;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const settle: Waiter = (result) => {
        signal?.removeEventListener("abort", abort);
        resolve(result);
      };
      const abort = (): void => {
        waiters.delete(settle);
        reject(signal?.reason);
      };
      waiters.add(settle);
      signal?.addEventListener("abort", abort, { once: true });
    });
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
