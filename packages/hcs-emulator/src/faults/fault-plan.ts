import { type HResult, hresultFromWin32 } from "@oriel/contracts";
import type { Fault, NotificationFault } from "./fault.ts";
import { checkFaults } from "./parse-faults.ts";

/** What tests turn at run time. */
export interface FaultControls {
  /**
   * Replaces all faults and counts from 1 again; `[]` takes them away. Calls that hang go on hanging.
   * @throws InvalidArgumentError naming what is no fault
   */
  set(faults: readonly Fault[]): void;
  /** Lets the calls that hang go on, and returns how many there were. */
  releaseHung(): number;
  /** Calls that hang now. */
  readonly hung: number;
}

/** What becomes of a call in place of its work. */
export interface FailedCall {
  readonly hresult: HResult;
  readonly result: string | null;
}

/** ERROR_OPERATION_ABORTED: for calls that waited when the service was closed. */
const aborted: FailedCall = { hresult: hresultFromWin32(995), result: null };

/** The faults of one service, with the count of what happened so far. */
export class FaultPlan implements FaultControls {
  readonly #counts = new Map<string, number>();
  readonly #hung = new Set<(end?: FailedCall) => void>();
  readonly #delayed = new Set<(end?: FailedCall) => void>();
  #faults: readonly Fault[];

  constructor(faults: readonly Fault[] = []) {
    this.#faults = checkFaults(faults);
  }

  set(faults: readonly Fault[]): void {
    this.#faults = checkFaults(faults);
    this.#counts.clear();
  }

  get hung(): number {
    return this.#hung.size;
  }

  releaseHung(): number {
    return releaseAll(this.#hung);
  }

  /** Calls that wait answer that they were aborted. */
  close(): void {
    this.#faults = [];
    releaseAll(this.#hung, aborted);
    releaseAll(this.#delayed, aborted);
  }

  /** Counts the call, waits as long as its faults want it, and returns what it is to answer; undefined: its work. */
  async forCall(call: string): Promise<FailedCall | undefined> {
    if (this.#faults.length === 0) return undefined;
    const own = this.#count(call);
    const all = this.#count("*");
    let hangs = false;
    let delay = 0;
    let failed: FailedCall | undefined;
    for (const fault of this.#faults) {
      if (!("call" in fault) || !(fault.call === "*" ? applies(fault, all) : fault.call === call && applies(fault, own))) continue;
      if ("hang" in fault) hangs = true;
      else if ("delay" in fault) delay += fault.delay;
      else failed = { hresult: Number(fault.fail) >>> 0, result: fault.result ?? null };
    }
    const end = (hangs ? await this.#hang() : undefined) ?? (delay > 0 ? await this.#delay(delay) : undefined);
    return end ?? failed;
  }

  /** Counts the notification and returns what goes wrong with it. */
  forNotification(notification: number): NotificationFault | undefined {
    if (this.#faults.length === 0) return undefined;
    const count = this.#count(`notification ${notification}`);
    let effect: NotificationFault | undefined;
    for (const fault of this.#faults) {
      if ("notification" in fault && fault.notification === notification && applies(fault, count)) effect = fault.effect;
    }
    return effect;
  }

  #hang(): Promise<FailedCall | undefined> {
    return new Promise((resolve) => this.#hung.add(resolve));
  }

  #delay(milliseconds: number): Promise<FailedCall | undefined> {
    return new Promise((resolve) => {
      const end = (failed?: FailedCall): void => {
        clearTimeout(timer);
        this.#delayed.delete(end);
        resolve(failed);
      };
      const timer = setTimeout(end, milliseconds);
      this.#delayed.add(end);
    });
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

function applies({ nth, every }: Fault, count: number): boolean {
  return (nth === undefined || nth === count) && (every === undefined || count % every === 0);
}

function releaseAll(waiting: Set<(end?: FailedCall) => void>, end?: FailedCall): number {
  const ends = [...waiting];
  waiting.clear();
  for (const release of ends) release(end);
  return ends.length;
}
