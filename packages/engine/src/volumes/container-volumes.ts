import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError, InvalidArgumentError, isOrielError, type LifecycleStack } from "@oriel/contracts";
import type { SpecMount } from "@oriel/oci-spec";
import type { Container } from "../containers/container.ts";
import type { MountPoint } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { assertMountSources } from "./asked-mounts.ts";
import { anonymousLabel, createVolume } from "./create-volume.ts";
import type { AskedVolume } from "./mount-point.ts";
import { assertSteadySubpaths } from "./steady-subpath.ts";
import { volumeEvent } from "./volume-events.ts";
import type { VolumeFolders } from "./volume-folders.ts";

/** The mounts as users see them: with the folders of volumes. */
export function shownMounts(folders: VolumeFolders, mounts: readonly MountPoint[]): readonly MountPoint[] {
  return mounts.map((mount) => (mount.volume === undefined ? mount : { ...mount, source: folders.dataOf(mount.volume.name) }));
}

/** Makes the volumes of a container whose row names them already. Those that are new are taken back with the container. */
export async function createVolumesFor(
  context: EngineContext,
  container: Container,
  asked: ReadonlyMap<string, AskedVolume>,
  undo: LifecycleStack,
): Promise<void> {
  for (const [name, { name: given, driver, driverOptions, labels }] of asked) {
    const ownLabels = given === "" ? { ...labels, [anonymousLabel]: "" } : labels;
    const request = {
      name,
      ...(driver === undefined ? {} : { driver }),
      ...(driverOptions === undefined ? {} : { driverOptions }),
      ...(ownLabels === undefined ? {} : { labels: ownLabels }),
    };
    const { isNew } = await createVolume(context, request);
    if (isNew) undo.push({ name: `volume ${name}`, release: () => removeUnlessUsed(context, name, container.id) });
  }
}

/** The mounts for the runtime. @throws InvalidArgumentError, FailedPreconditionError for a folder that is not there; ConflictError */
export async function specMountsOf({ volumes, registry }: EngineContext, container: Container): Promise<SpecMount[]> {
  const { data } = container;
  assertSteadySubpaths(registry, container);
  await assertMountSources(data.mounts);
  return Promise.all(
    data.mounts.map(async ({ source, destination, readOnly, volume }) => {
      if (volume === undefined) return { source, destination, readOnly };
      const folder = volumes.folders.dataOf(volumes.get(volume.name).name);
      return { source: await sourceWithin(folder, volume.name, volume.subpath), destination, readOnly };
    }),
  );
}

/** The folder in a volume that is mounted; links do not lead out of the volume. */
async function sourceWithin(folder: string, name: string, subpath = ""): Promise<string> {
  const op = "container.start";
  const wanted = path.join(folder, ...subpath.split(/[\\/]+/));
  const found = await realpath(wanted).catch(() => undefined);
  if (found === undefined) {
    const message =
      subpath === "" ? `the folder of volume ${name} is gone: ${folder}` : `cannot access path ${wanted}: no such folder in volume ${name}`;
    throw new FailedPreconditionError(message, { op, resource: name });
  }
  const isInside = `${found}${path.sep}`.startsWith(`${await realpath(folder)}${path.sep}`);
  if (!isInside) throw new InvalidArgumentError(`cannot access path ${wanted}: it leads out of volume ${name}`, { op, resource: name });
  if (!(await stat(found)).isDirectory()) {
    throw new InvalidArgumentError(`cannot access path ${wanted}: only folders can be mounted`, { op, resource: name });
  }
  return subpath === "" ? folder : found;
}

/** Reports that a container has its volumes. */
export function publishMounted({ events, clock }: EngineContext, { id, data }: Container): void {
  for (const { volume, destination, readOnly } of data.mounts) {
    if (volume === undefined) continue;
    const attributes = { container: id, destination, "read/write": String(!readOnly), propagation: "" };
    events.publish(volumeEvent(clock, volume.name, "mount", attributes));
  }
}

/** Reports that a container has its volumes no more. */
export function publishUnmounted({ events, clock }: EngineContext, { id, data }: Container): void {
  for (const { volume } of data.mounts) {
    if (volume !== undefined) events.publish(volumeEvent(clock, volume.name, "unmount", { container: id }));
  }
}

/** The mounts with a mark on each volume that goes with the container, which also a restarted daemon finds. */
export function withAbandoned(mounts: readonly MountPoint[]): readonly MountPoint[] {
  return mounts.map((mount) => (mount.volume?.isAnonymous === true ? { ...mount, volume: { ...mount.volume, isAbandoned: true } } : mount));
}

/** Removes the volumes that go with a container, unless others use them. One that cannot be removed stays a volume: the log says so. */
export async function removeAbandoned(context: EngineContext, { id, data }: Container, mounts = data.mounts): Promise<void> {
  const isAutoRemove = data.hostConfig.AutoRemove === true;
  for (const { volume } of mounts) {
    if (volume === undefined || !(volume.isAbandoned === true || (isAutoRemove && volume.isAnonymous === true))) continue;
    await removeUnlessUsed(context, volume.name, id).catch((error: unknown) =>
      context.logger.warn({ container: id, volume: volume.name, error }, "the volume of a removed container could not be removed"),
    );
  }
}

async function removeUnlessUsed({ volumes }: EngineContext, name: string, except: string): Promise<void> {
  await volumes.remove(name, { except }).catch((error: unknown) => {
    if (!isOrielError(error, "Conflict") && !isOrielError(error, "NotFound")) throw error;
  });
}
