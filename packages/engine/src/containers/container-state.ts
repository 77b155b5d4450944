import { InternalError } from "@oriel/contracts";
import type { ContainerStatus } from "../engine-api.ts";

/** `creating` is a container whose `create` has not returned yet: nobody sees it, but its name and image are taken. */
export type StoredStatus = ContainerStatus | "creating";

/**
 * Which state may follow which. A container that was made half-way or taken apart leaves the table through its removal
 * from the registry, not through a state. A start on its way is no state of its own: until the process runs, the state is
 * the one before, as in dockerd (see StartAttempt).
 *
 * `created` → `removing` and `exited` → `running` are the user's; `running` → `exited` is the process's own end;
 * `restarting` is the time between two runs of a restart policy, also when the disk has no space for the next one; `dead`
 * is a removal that failed, and that may be tried again.
 */
export const containerTransitions: Readonly<Record<StoredStatus, readonly StoredStatus[]>> = {
  creating: ["created"],
  created: ["running", "removing"],
  running: ["paused", "restarting", "exited"],
  paused: ["running", "restarting", "exited"],
  restarting: ["running", "exited"],
  exited: ["running", "restarting", "removing"],
  removing: ["dead"],
  dead: ["removing"],
};

function mayFollow(from: StoredStatus, to: StoredStatus): boolean {
  return from === to || containerTransitions[from].includes(to);
}

/** @throws InternalError for a transition that the table does not have. */
export function assertTransition(containerId: string, from: StoredStatus, to: StoredStatus): void {
  if (mayFollow(from, to)) return;
  throw new InternalError(`container ${containerId} cannot go from ${from} to ${to}`, {
    op: "container.transition",
    resource: containerId,
  });
}

/** Whether its process lives. */
export function hasProcess(status: StoredStatus): boolean {
  return status === "running" || status === "paused";
}

/** Whether it counts as running: as in dockerd also between two runs of a restart policy, until that is ended. */
export function isRunning(status: StoredStatus): boolean {
  return hasProcess(status) || status === "restarting";
}
