import { InvalidArgumentError } from "@oriel/contracts";

/** The error of a spec that the runtime cannot serve: where in it, and what is wrong. */
export function invalidSpec(where: string, problem: string, remedy?: string): InvalidArgumentError {
  return new InvalidArgumentError(`OCI spec is invalid - ${where}: ${problem}`, {
    op: "container.create",
    remedy,
  });
}
