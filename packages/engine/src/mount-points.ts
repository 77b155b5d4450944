import { stat } from "node:fs/promises";
import path from "node:path";
import { type HostConfig, InvalidArgumentError, UnimplementedError } from "@oriel/core";
import { isPipePath, type SpecMount, windowsPlace } from "@oriel/oci-spec";

const op = "container.create";

// The destination begins at a drive letter or a pipe prefix; what stands before it is the source, whatever host it is of.
const bindPattern = /^(?<source>.+?):(?<destination>[a-z]:(?:[\\/].*?)?|[\\/]{2}\.[\\/]pipe[\\/].+?)(?::(?<mode>[a-z,]+))?$/i;

const destinationPattern = /^(?:[a-z]:(?:[\\/]|$)|[\\/]{2}\.[\\/]pipe[\\/].)/i;

/**
 * Folders and pipes of the host that a container asks for.
 * @throws InvalidArgumentError for a malformed one, and for two at one place; UnimplementedError for named and anonymous volumes.
 */
export function mountPointsOf(hostConfig: HostConfig): SpecMount[] {
  const binds = (hostConfig.Binds ?? []).map(parseBind);
  const mounts = (hostConfig.Mounts ?? []).map((mount): SpecMount => {
    if (mount.Type !== "bind" && mount.Type !== "npipe") {
      throw new UnimplementedError(`Mounts: type ${JSON.stringify(mount.Type)} at ${mount.Target} is not supported`, {
        op,
        resource: mount.Target,
        remedy: "mount a folder of the host (type bind) or a named pipe (type npipe)",
      });
    }
    const given = `${mount.Source ?? ""}:${mount.Target}`;
    return checkMount(given, { source: mount.Source ?? "", destination: mount.Target, readOnly: mount.ReadOnly === true });
  });
  const all = [...binds, ...mounts];
  const taken = new Set<string>();
  for (const { destination } of all) {
    const place = windowsPlace(destination);
    if (taken.has(place)) throw invalid(`Duplicate mount point: ${destination}`, destination);
    taken.add(place);
  }
  return all;
}

/** Whether one of the mounts is at this place of the container, however that is spelled. */
export function isMountedAt(mounts: readonly SpecMount[], path: string): boolean {
  return mounts.some(({ destination }) => windowsPlace(destination) === windowsPlace(path));
}

/** @throws InvalidArgumentError for a source that is not there. */
export async function assertMountSources(mounts: readonly SpecMount[]): Promise<void> {
  for (const { source } of mounts) {
    if (isPipePath(source)) continue;
    const found = await stat(source).catch(() => undefined);
    if (found === undefined) throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${source}`, source);
    if (!found.isDirectory()) throw invalid(`invalid mount config for type "bind": source path must be a directory: ${source}`, source);
  }
}

function parseBind(bind: string): SpecMount {
  const { source, destination, mode } = bindPattern.exec(bind)?.groups ?? {};
  if (source === undefined || destination === undefined) {
    throw invalid(`invalid volume specification: '${bind}': must be source:C:\\destination, with :ro behind it or not`, bind);
  }
  if (mode !== undefined && !/^(?:ro|rw)$/i.test(mode)) throw invalid(`invalid mode: ${mode} in '${bind}': must be ro or rw`, bind);
  return checkMount(bind, { source, destination, readOnly: mode?.toLowerCase() === "ro" });
}

function checkMount(given: string, mount: SpecMount): SpecMount {
  if (!destinationPattern.test(mount.destination)) {
    throw invalid(
      `invalid volume specification: '${given}': the destination must be a path with a drive, such as C:\\data, or a pipe`,
      given,
    );
  }
  if (windowsPlace(mount.destination) === "C:") {
    throw invalid(`invalid volume specification: '${given}': destination path cannot be 'c:' or 'c:\\'`, given);
  }
  if (isPipePath(mount.source) !== isPipePath(mount.destination)) {
    throw invalid(`invalid volume specification: '${given}': a pipe can only be mounted at a pipe`, given);
  }
  if (isPipePath(mount.source) || path.isAbsolute(mount.source)) return mount;
  if (/^[a-z0-9][a-z0-9_.-]*$/i.test(mount.source)) {
    throw new UnimplementedError(`named volume ${JSON.stringify(mount.source)} in '${given}': this version has no volumes`, {
      op,
      resource: mount.source,
      remedy: "mount a folder of the host by its absolute path",
    });
  }
  throw invalid(`invalid volume specification: '${given}': source must be an absolute path of the host`, given);
}

function invalid(message: string, resource: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, resource });
}
