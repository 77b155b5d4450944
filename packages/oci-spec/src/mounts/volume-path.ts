import { invalidOption } from "../invalid-option.ts";

const volumeGuidPath = /^\\\\\?\\Volume\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}\\?$/i;

/** Whether the path has the form `\\?\Volume{GUID}\`, with or without the closing backslash. */
export function isVolumeGuidPath(path: string): boolean {
  return volumeGuidPath.test(path);
}

/**
 * The path of a container's volume as the runtime spec wants it: `\\?\Volume{GUID}\`, with the closing backslash.
 * @throws InvalidArgumentError for any other path, and for none.
 */
export function volumeRootPath(path: string | undefined): string {
  if (path === undefined || !isVolumeGuidPath(path)) {
    throw invalidOption(
      `root path ${JSON.stringify(path ?? "")} of a process-isolated container is no volume GUID path`,
      "It must have the form \\\\?\\Volume{GUID}\\, as GetLayerMountPath answers it for the mounted scratch layer.",
    );
  }
  return path.endsWith("\\") ? path : `${path}\\`;
}
