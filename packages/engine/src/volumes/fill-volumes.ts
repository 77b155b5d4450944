import path from "node:path";
import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";

/**
 * Copies what the image of a new container has at the places of its volumes into those that are empty, as Docker on Linux does.
 * The engine's closing ends it, and so does whatever else ends the creation: a volume is then as empty as before.
 */
export async function fillVolumes({ volumes, storage, closing }: EngineContext, { id, data }: Container): Promise<void> {
  for (const { destination, volume } of data.mounts) {
    const names = namesOnSystemDrive(destination);
    if (volume === undefined || volume.noCopy === true || volume.subpath !== undefined || names.length === 0) continue;
    const copy = (target: string) => storage.copyFolder({ scratchId: id, names, target, signal: closing });
    await volumes.fill(volume.name, { names, copy, signal: closing });
  }
}

/** Names of the folders that lead to a place on C:, which is all that an image has; none for another drive. */
function namesOnSystemDrive(destination: string): string[] {
  const [drive = "", ...names] = path.win32.normalize(destination.replace(/^\\\\\?\\/, "")).split("\\");
  return drive.toLowerCase() === "c:" ? names.filter((name) => name !== "") : [];
}
