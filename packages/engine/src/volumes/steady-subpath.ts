import { ConflictError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { ContainerRegistry } from "../containers/container-registry.ts";

/**
 * A folder within a volume is looked up when a container starts, and mounted by its path a moment later: a program that put a link in
 * its place between the two would be given any folder of the host.
 * @throws ConflictError while a container that can write to what the folder lies in runs or starts
 */
export function assertSteadySubpaths(registry: ContainerRegistry, container: Container): void {
  for (const { volume } of container.data.mounts) {
    if (volume?.subpath === undefined) continue;
    const writer = registry.visible().find((other) => other !== container && canMove(other, volume.name, volume.subpath ?? ""));
    if (writer === undefined) continue;
    throw new ConflictError(
      `cannot mount folder ${volume.subpath} of volume ${volume.name}: container ${writer.data.name} can write to what it lies in`,
      {
        op: "container.start",
        resource: volume.name,
        remedy: `stop that container until this one runs, mount the volume read-only there, or mount the whole volume here`,
      },
    );
  }
}

function canMove(other: Container, name: string, subpath: string): boolean {
  if (!other.isRunning && other.attempt === undefined) return false;
  return other.data.mounts.some(
    ({ volume, readOnly }) => volume?.name === name && !readOnly && liesWithin(namesOf(subpath), namesOf(volume.subpath ?? "")),
  );
}

function liesWithin(names: readonly string[], above: readonly string[]): boolean {
  return above.length < names.length && above.every((name, index) => name === names[index]);
}

/** Without case, as names of Windows: two that differ in nothing else count as one folder. */
function namesOf(subpath: string): string[] {
  return subpath.split(/[\\/]+/).flatMap((name) => (name === "" || name === "." ? [] : [name.toLowerCase()]));
}
