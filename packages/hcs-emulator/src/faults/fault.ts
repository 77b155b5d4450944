import type { HResult } from "@oriel/contracts";

/** Which of the calls (or notifications) a fault is for, counted from 1; without both: every one. */
interface When {
  /** Only this one. */
  readonly nth?: number;
  /** Each whose count is a multiple of it. */
  readonly every?: number;
}

/** An export by its name, or `"*"` for all of them, which have a count of their own. */
interface OfCall extends When {
  readonly call: string;
}

/** Something that goes wrong on purpose. As JSON it is what the test DLL of `@oriel/hcs-bindings` takes too. */
export type Fault =
  /** Returns that HRESULT (a number, or text such as `"0x80070005"`) and that error document, or response of HNS, instead of doing the work. */
  | (OfCall & { readonly fail: HResult | `0x${string}`; readonly result?: string })
  /** Waits that many milliseconds, then does the work. */
  | (OfCall & { readonly delay: number })
  /** Waits until `releaseHung`, then does the work. */
  | (OfCall & { readonly hang: true })
  /**
   * A notification (its number, see `HcsNotification`) that is lost for good, that comes twice, or that comes early: one
   * that happened before a callback was registered arrives before the registration has answered.
   */
  | (When & { readonly notification: number; readonly effect: NotificationFault });

export type NotificationFault = "lose" | "duplicate" | "early";
