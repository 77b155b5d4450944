import path from "node:path";
import { DeadlineExceededError, UnavailableError, withDeadline } from "@oriel/contracts";

/** What is done with the answer of a call that came after its deadline, so that nothing made late is left behind. */
export type LateCall<A> = (answer: A) => Promise<unknown>;

export interface TimedCall<A> {
  readonly op: string;
  readonly folder: string;
  /** Milliseconds. */
  readonly ms: number;
  readonly undo?: LateCall<A> | undefined;
}

/** Gives calls on layers a deadline, and remembers which have not answered since. */
export class OverdueCalls {
  /** By folder: names of functions. */
  readonly #waiting = new Map<string, Set<string>>();

  /** @throws UnavailableError while a call on this layer is overdue. */
  require(folder: string): void {
    const [op] = this.#waiting.get(folder) ?? [];
    if (op === undefined) return;
    throw new UnavailableError(`layer ${path.basename(folder)}: ${op} has not answered yet, which was called before`, {
      op,
      resource: path.basename(folder),
      remedy: "Try again later; if it never answers, restart the vmcompute service.",
    });
  }

  /** @throws DeadlineExceededError */
  timed<A>({ op, folder, ms, undo }: TimedCall<A>, call: () => Promise<A>): Promise<A> {
    const called = call();
    return withDeadline(called, {
      ms,
      op,
      error: () => {
        this.#watch(op, folder, undo === undefined ? called : called.then(undo));
        return new DeadlineExceededError(`layer ${path.basename(folder)}: ${op} did not answer within ${ms / 1000} s`, {
          op,
          resource: path.basename(folder),
          remedy: "Check that the host is not overloaded; restart the vmcompute service if every layer is affected.",
        });
      },
    });
  }

  #watch(op: string, folder: string, late: Promise<unknown>): void {
    const waiting = this.#waiting.get(folder) ?? new Set<string>();
    this.#waiting.set(folder, waiting.add(op));
    const answered = () => {
      waiting.delete(op);
      if (waiting.size === 0) this.#waiting.delete(folder);
    };
    late.then(answered, answered);
  }
}
