import type { HostConfig } from "@oriel/contracts";

/** The network that containers are connected to unless they ask for others. */
export const defaultNetwork = "nat";

/** What clients send when the user chose nothing, and `bridge`, as clients of Linux daemons call the default network. */
const defaultNames: readonly string[] = ["", "default", "bridge", defaultNetwork];

/** The name of a network with those of the default network made one. */
export function networkNameOf(name: string): string {
  return defaultNames.includes(name) ? defaultNetwork : name;
}

/** `nat`, `none`, the name or id of a network, or `container:` and the reference of one. */
export function networkModeOf({ NetworkMode: mode = "" }: HostConfig): string {
  return networkNameOf(mode);
}

/** The container whose network is shared in this mode; undefined in the others. */
export function sharedContainerOf(mode: string): string | undefined {
  return mode.startsWith("container:") ? mode.slice("container:".length) : undefined;
}

/** Whether it is neither the default network, nor `none`, nor that of another container. */
export function isUserDefined(mode: string): boolean {
  return mode !== defaultNetwork && mode !== "none" && sharedContainerOf(mode) === undefined;
}
