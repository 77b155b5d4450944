import { FailedPreconditionError, type RuntimeStatus } from "@oriel/contracts";

/**
 * Where a container is in its life.
 *
 * - `created`: its compute system runs, without a process of ours
 * - `starting`: its first process is being made
 * - `running`, `paused`
 * - `stopping`: its first process has ended, or never came to be; its compute system is being ended
 * - `stopped`: nothing of it is left
 */
export type ContainerState = "created" | "starting" | "running" | "paused" | "stopping" | "stopped";

/** Where each state can lead. */
export const transitions: Readonly<Record<ContainerState, readonly ContainerState[]>> = {
  created: ["starting", "stopping"],
  starting: ["running", "stopping"],
  running: ["paused", "stopping"],
  paused: ["running", "stopping"],
  stopping: ["stopped"],
  stopped: [],
};

/** What the runtime's port calls each state. */
export const statusOf: Readonly<Record<ContainerState, RuntimeStatus>> = {
  created: "created",
  starting: "created",
  running: "running",
  paused: "paused",
  // Its compute system still holds the layers and the id.
  stopping: "running",
  stopped: "stopped",
};

/**
 * `to`, where it can follow `from`.
 * @throws FailedPreconditionError naming the container and its state
 */
export function nextState(id: string, from: ContainerState, to: ContainerState): ContainerState {
  if (transitions[from].includes(to)) return to;
  throw new FailedPreconditionError(`container ${id} is ${from} and cannot become ${to}`, { op: "container.state", resource: id });
}
