import { NotFoundError, PermissionDeniedError } from "@oriel/contracts";

const op = "network.create";

interface Driver {
  /** The host has the gateway address: containers can ask this engine for names there. */
  readonly hasHostGateway: boolean;
  /** Its subnets are of the host's own routing, so that no two may overlap. */
  readonly isRouted: boolean;
  /** Adopted when the host has such a network before the engine, as dockerd does. */
  readonly isAdoptable: boolean;
  /** The service maps ports, and chooses those that nobody named; for the others the engine does. */
  readonly choosesPorts: boolean;
}

/** Network types of Windows that dockerd has drivers for. */
const drivers: Readonly<Record<string, Driver>> = {
  ics: { hasHostGateway: false, isRouted: true, isAdoptable: true, choosesPorts: true },
  internal: { hasHostGateway: true, isRouted: true, isAdoptable: false, choosesPorts: true },
  l2bridge: { hasHostGateway: false, isRouted: false, isAdoptable: true, choosesPorts: false },
  l2tunnel: { hasHostGateway: false, isRouted: false, isAdoptable: true, choosesPorts: false },
  nat: { hasHostGateway: true, isRouted: true, isAdoptable: true, choosesPorts: true },
  private: { hasHostGateway: false, isRouted: false, isAdoptable: false, choosesPorts: true },
  transparent: { hasHostGateway: false, isRouted: false, isAdoptable: true, choosesPorts: true },
};

/** For `docker info`. */
export const driverNames: readonly string[] = [...Object.keys(drivers), "null"].sort();

export function driverOf(name: string): Driver | undefined {
  return Object.hasOwn(drivers, name) ? drivers[name] : undefined;
}

/**
 * The driver that a request means. Clients that were written for Linux name `bridge`, which is their word for the default.
 * @throws NotFoundError, PermissionDeniedError in dockerd's words
 */
export function chooseDriver(asked: string | undefined): string {
  const name = (asked ?? "").toLowerCase();
  if (name === "" || name === "default" || name === "bridge") return "nat";
  if (driverOf(name) !== undefined) return name;
  if (name === "null")
    throw new PermissionDeniedError(`only one instance of "null" network is allowed`, { op, remedy: "use the network none" });
  if (name === "overlay") {
    throw new PermissionDeniedError(
      `This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`,
      { op, remedy: "Oriel has no swarm; use the driver nat, or l2bridge" },
    );
  }
  const known = Object.keys(drivers).join(", ");
  throw new NotFoundError(`plugin "${asked}" not found`, { op, remedy: `use one of the drivers ${known}` });
}
