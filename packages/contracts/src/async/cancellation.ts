import { isOrielError, type OrielError, UnavailableError } from "../errors/errors.ts";

/** The error of work that a signal has ended: the signal's reason where that is one of Oriel's, and the cause otherwise. */
export function cancellation(reason: unknown, message: string, op: string): OrielError {
  return isOrielError(reason) ? reason : new UnavailableError(message, { op, cause: reason });
}
