import type { ErrorCode } from "@oriel/contracts";

/** What is known of one result code. */
export interface HresultEntry {
  /** Name in Microsoft's headers: `HCS_E_INVALID_STATE`, `ERROR_ACCESS_DENIED`. */
  readonly symbol: string;
  /** The kind of Oriel error that it becomes. */
  readonly code: ErrorCode;
  /** What the system says of it, in one sentence. */
  readonly meaning: string;
  /** What usually leads to it. */
  readonly cause: string;
  /** What a user can do about it. */
  readonly remedy: string;
  /** Cause and remedy for calls other than HcsCreateProcess, where the above is about a program. */
  readonly elsewhere?: Pick<HresultEntry, "cause" | "remedy">;
}
