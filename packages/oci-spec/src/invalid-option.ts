import { InvalidArgumentError } from "@oriel/contracts";

/** An option of the container that cannot be: the message names the option, its value, and what is allowed. */
export function invalidOption(message: string, remedy?: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    op: "spec.build",
    remedy,
    cause,
  });
}
