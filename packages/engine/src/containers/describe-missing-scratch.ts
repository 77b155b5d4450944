import { FailedPreconditionError, isOrielError } from "@oriel/contracts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";

/** Returns an error that names the folder of a missing scratch: by it somebody who has changed the storage sees whose it is. */
export async function describeMissingScratch({ storage }: EngineContext, { id, data }: Container, error: unknown): Promise<unknown> {
  if (!isOrielError(error, "NotFound")) return error;
  const isLost = await storage.getScratch(id).then(
    (scratch) => scratch === undefined,
    () => false,
  );
  if (!isLost) return error;
  return new FailedPreconditionError(
    `the storage ${JSON.stringify(storage.name)} does not have the disk of container ${data.name}, which was made in ${data.scratchFolder}`,
    { op: "container.start", resource: id, cause: error, remedy: "if the daemon had another storage then, start it with that" },
  );
}
