import { type HostConfig, NotFoundError } from "@oriel/core";

/** What clients send when the user chose nothing. */
const unchosen = ["", "default"];

/** `bridge` is what clients of Linux daemons call the network that is `nat` on Windows. */
const defaultNetworks = ["nat", "bridge"];

export function networkModeOf({ NetworkMode: mode }: HostConfig): string {
  return mode ?? "";
}

/** Whether a network was asked for by its name that a container would be connected to, if this version had any. */
export function connectsToNothing(mode: string): boolean {
  return defaultNetworks.includes(mode);
}

/**
 * As in dockerd, a network that is not there is found out when the container starts, and its creation succeeds: clients take a 404 of a
 * creation for a missing image.
 * @throws NotFoundError
 */
export function assertNetworkExists(hostConfig: HostConfig): void {
  const mode = networkModeOf(hostConfig);
  if ([...unchosen, ...defaultNetworks, "none"].includes(mode) || mode.startsWith("container:")) return;
  throw new NotFoundError(`network ${mode} not found`, { op: "network.find", resource: mode });
}
