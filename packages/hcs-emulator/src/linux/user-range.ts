import { createHash } from "node:crypto";

/** What a container has of users and groups. */
export const usersOfContainer = 65_536;

/** Above the single users of Windows containers, and below 2^31, which some programs take for negative. */
const first = 2_010_000_000;
const ranges = 2000;

/**
 * The host's number of user 0 of a Linux container: the same for a scratch each time. Two containers may have the same: they
 * are kept apart by their name spaces, not by this.
 */
export function userRangeOf(scratch: string): number {
  return first + (createHash("sha256").update(scratch).digest().readUInt32LE(0) % ranges) * usersOfContainer;
}
