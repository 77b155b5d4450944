import { HCS, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";

/**
 * Where a compute system stands. Starting, Pausing, Resuming and Stopping end by themselves, with a notification:
 *
 *   Created -> Starting -> Running <-> Pausing, Paused, Resuming
 *   any of them -> Stopping -> Stopped
 */
export type SystemState = "Created" | "Starting" | "Running" | "Pausing" | "Paused" | "Resuming" | "Stopping" | "Stopped";

/** What callers see of each: there is no word for what is under way. */
export const shownStates: Readonly<Record<SystemState, string>> = {
  Created: "Created",
  Starting: "Created",
  Running: "Running",
  Pausing: "Running",
  Paused: "Paused",
  Resuming: "Paused",
  Stopping: "Running",
  Stopped: "Stopped",
};

const notPaused: readonly SystemState[] = ["Created", "Starting", "Running", "Stopping"];

/** The states in which each request is taken. */
export const takenIn = {
  start: ["Created"],
  pause: ["Running"],
  resume: ["Paused"],
  "run a process": ["Running"],
  "shut down": notPaused,
  terminate: [...notPaused, "Pausing", "Paused", "Resuming"],
  "be modified": ["Created", "Starting", "Running", "Pausing", "Paused", "Resuming"],
} as const satisfies Readonly<Record<string, readonly SystemState[]>>;

export type SystemRequest = keyof typeof takenIn;

/** @throws HresultFailure: SYSTEM_ALREADY_STOPPED for what has ended or is about to, INVALID_STATE for the rest */
export function checkState(id: string, state: SystemState, request: SystemRequest): void {
  if ((takenIn[request] as readonly SystemState[]).includes(state)) return;
  if (state === "Stopped" || state === "Stopping") {
    throw new HresultFailure(HCS.SYSTEM_ALREADY_STOPPED, `the compute system ${id} is stopped`);
  }
  throw new HresultFailure(HCS.INVALID_STATE, `the compute system ${id} is ${state.toLowerCase()}: it cannot ${request} now`);
}

/** Only what is a virtual machine can be paused. */
export function checkPausable(id: string, isolated: boolean): void {
  if (isolated) return;
  throw new HresultFailure(
    hresultFromWin32(WIN32.NOT_SUPPORTED),
    `the compute system ${id} shares the host's kernel: only containers with Hyper-V isolation can be paused`,
  );
}
