import { serviceToken } from "../plugins/token.ts";

/** Kinds of things outside the process that outlive it. */
export type ResourceKind = "compute-system" | "mounted-layer" | "layer" | "scratch" | "network" | "endpoint" | "volume" | "folder";

export interface JournalEntry {
  readonly kind: ResourceKind;
  /** Unique within its kind. */
  readonly id: string;
  /** What the owner needs to undo it after a crash; plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/**
 * The durable list of what was made outside the process. An owner records a resource **before** it makes it and clears
 * it **after** it is gone, so that after a crash the list is never shorter than the truth. Calls are synchronous. What is
 * recorded is on disk when the call returns. What is cleared stays so when the process ends, and may be there again when
 * the machine did.
 */
export interface ResourceJournal {
  /** Recording what is recorded already replaces its data. */
  record(kind: ResourceKind, id: string, data: Readonly<Record<string, unknown>>): void;
  /** Clearing what is not recorded does nothing. */
  clear(kind: ResourceKind, id: string): void;
  /** Oldest first. */
  list(kind?: ResourceKind): JournalEntry[];
}

export const resourceJournalToken = serviceToken<ResourceJournal>("oriel.resource-journal");
