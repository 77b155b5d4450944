/** Joins in the style of the folder: a Windows host has backslashes, the emulated one the paths of its own system. */
export function joinLayerPath(folder: string, name: string): string {
  const separator = folder.includes("\\") ? "\\" : "/";
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}

/** The last part of a path of either style. */
export function layerName(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}
