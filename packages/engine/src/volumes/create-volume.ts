import { randomBytes } from "node:crypto";
import { InvalidArgumentError, NotFoundError } from "@oriel/contracts";
import type { CreateVolumeRequest } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { checkVolumeName, volumeNameOf } from "./volume-name.ts";
import type { VolumeData } from "./volume-store.ts";

const op = "volume.create";

/** The label by which dockerd knows volumes that nobody has named. */
export const anonymousLabel = "com.docker.volume.anonymous";

/** A name for a volume that nobody has named: 64 hex digits. */
export function newVolumeName(): string {
  return randomBytes(32).toString("hex");
}

/**
 * Makes a volume of the driver `local`; one of that name is returned as it is.
 * @throws InvalidArgumentError for the name and for options of the driver, NotFoundError for another driver, in dockerd's words
 */
export function createVolume(
  { volumes }: Pick<EngineContext, "volumes">,
  { name: given = "", driver = "", driverOptions = {}, labels }: CreateVolumeRequest,
): Promise<{ readonly volume: VolumeData; readonly isNew: boolean }> {
  const name = given === "" ? newVolumeName() : volumeNameOf(given);
  checkVolumeName(name);
  if (driver !== "" && driver !== "local") {
    const message = `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`;
    throw new NotFoundError(message, { op, resource: driver });
  }
  const isKnown = volumes.find(name) !== undefined;
  if (!isKnown && Object.keys(driverOptions).length > 0) {
    throw new InvalidArgumentError(`create ${name}: options are not supported on this platform`, { op, resource: name });
  }
  return volumes.create(name, given === "" ? { ...labels, [anonymousLabel]: "" } : labels);
}
