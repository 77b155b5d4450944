import type { ContainerState } from "@oriel/engine";
import { humanDuration } from "./human-duration.ts";

/** The `STATUS` column of `docker ps`. */
export function statusText(state: ContainerState, now: Date): string {
  const since = (time: Date | undefined) => humanDuration(time === undefined ? 0 : now.getTime() - time.getTime());
  switch (state.status) {
    case "created":
      return "Created";
    case "running":
      return `Up ${since(state.startedAt)}`;
    case "paused":
      return `Up ${since(state.startedAt)} (Paused)`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "exited":
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
  }
}
