/** What is compared. Each is a column of the table. */
export type Aspect = "exit codes" | "output" | "documents" | "calls";

/** Something that a docker user or HCS sees, in which Oriel is not like the dockerd that was recorded. */
export interface Difference {
  readonly aspect: Aspect;
  /** Where: a command's stream, a field of a document, the name of a call. */
  readonly where: string;
  /** What dockerd had there, and what Oriel has: JSON, or words. */
  readonly dockerd: string;
  readonly oriel: string;
}

/** For what one side has and the other has not. */
export const absent = "absent";
