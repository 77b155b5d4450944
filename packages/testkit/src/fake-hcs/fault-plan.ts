import type { HResult } from "@oriel/contracts";

/** Something that goes wrong on purpose. `nth` counts from 1; without it every time. */
export type Fault =
  | { readonly call: string; readonly nth?: number; readonly fail: HResult; readonly result?: string }
  | { readonly call: string; readonly nth?: number; readonly delay: number }
  /** The call does its work, and answers, only when `releaseHung` is called. */
  | { readonly call: string; readonly nth?: number; readonly hang: true }
  | { readonly notification: number; readonly nth?: number; readonly effect: "lose" | "duplicate" };

/** The faults of one fake, with the count of what happened so far. */
export class FaultPlan {
  readonly #faults: Fault[] = [];
  readonly #counts = new Map<string, number>();
  readonly #hung = new Set<() => void>();

  add(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  clear(): void {
    this.#faults.length = 0;
    this.#counts.clear();
  }

  /** Calls that hang now. */
  get hung(): number {
    return this.#hung.size;
  }

  releaseHung(): void {
    for (const release of this.#hung) release();
    this.#hung.clear();
  }

  /** The faults of this call, which counts as one more. */
  forCall(call: string): Exclude<Fault, { notification: number }>[] {
    const count = this.#count(call);
    return this.#faults.filter(
      (fault): fault is Exclude<Fault, { notification: number }> =>
        "call" in fault && fault.call === call && (fault.nth ?? count) === count,
    );
  }

  /** How often this notification is to be delivered: 0, 1 or 2 times. */
  deliveries(notification: number): number {
    const count = this.#count(`notification ${notification}`);
    const fault = this.#faults.find(
      (entry) => "notification" in entry && entry.notification === notification && (entry.nth ?? count) === count,
    );
    if (!fault || !("notification" in fault)) return 1;
    return fault.effect === "lose" ? 0 : 2;
  }

  hang(): Promise<void> {
    return new Promise((resolve) => this.#hung.add(resolve));
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}
