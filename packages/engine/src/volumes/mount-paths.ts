import { canonicalPipePath, isPipePath, windowsPlace } from "@oriel/oci-spec";

/** What dockerd takes for a place in a container: a path with a drive, or a pipe. */
const destinationPattern = /^(?:(?:\\\\\?\\)?[a-z]:(?:[\\/][^\\/:*?"<>|\r\n]+)*[\\/]?|[\\/]{2}\.[\\/]pipe[\\/][^:*?"<>|\r\n]+)$/i;

export function isDestination(path: string): boolean {
  return destinationPattern.test(path);
}

/** Whether a path is the drive that the container's own files are on. */
export function isSystemDrive(path: string): boolean {
  return windowsPlace(path) === "C:";
}

/** Whether a source is an absolute path of a host: of this one, or of Windows, where binds are written for both. */
export function isHostPath(source: string): boolean {
  return /^(?:\\\\\?\\)?[a-z]:[\\/]/i.test(source) || (process.platform !== "win32" && source.startsWith("/"));
}

/** A place in a container with the slashes of Windows, and none at its end. */
export function destinationOf(path: string): string {
  return trimmed(canonicalPipePath(path).replaceAll("/", "\\"));
}

/** A folder or pipe of the host as dockerd keeps it. Paths of other hosts than Windows stay as they are. */
export function sourceOf(source: string): string {
  if (isPipePath(source)) return canonicalPipePath(source).replaceAll("/", "\\");
  return source.startsWith("/") ? source : trimmed(source.replaceAll("/", "\\"));
}

/** The same for a bind, which dockerd reads without case. */
export function bindSourceOf(source: string): string {
  const path = sourceOf(source);
  return path.startsWith("/") ? path : path.toLowerCase();
}

function trimmed(path: string): string {
  return path.length > 3 && path.endsWith("\\") ? path.slice(0, -1) : path;
}
