import { type HostConfig, InvalidArgumentError, type RestartPolicy } from "@oriel/contracts";

/** Milliseconds before the first restart; each further one waits twice as long, up to a minute, as in dockerd. */
const firstDelay = 100;
const longestDelay = 60_000;
/** A run of this many milliseconds shows that the container works: the delay begins anew. */
const healthyRun = 10_000;

export interface RunOutcome {
  readonly exitCode: number;
  readonly stoppedByUser: boolean;
  /** Restarts by the policy so far. */
  readonly restartCount: number;
}

/** Whether a container whose run has ended is to run again. */
export function shouldRestart(policy: RestartPolicy | undefined, run: RunOutcome): boolean {
  if (run.stoppedByUser) return false;
  switch (policy?.Name) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure": {
      const most = policy.MaximumRetryCount ?? 0;
      return run.exitCode !== 0 && (most === 0 || run.restartCount < most);
    }
    default:
      return false;
  }
}

/** Whether a container that has run before and does not run now is started when the daemon starts. */
export function shouldStartWithDaemon(policy: RestartPolicy | undefined, run: RunOutcome): boolean {
  return policy?.Name === "always" || shouldRestart(policy, run);
}

/** Milliseconds to wait before the next restart, after `previous` before the last one and a run of `ranFor`. */
export function nextRestartDelay(previous: number, ranFor: number): number {
  if (previous === 0 || ranFor >= healthyRun) return firstDelay;
  return Math.min(previous * 2, longestDelay);
}

/** @throws InvalidArgumentError in dockerd's words. */
export function checkRestartPolicy({ RestartPolicy: policy, AutoRemove }: HostConfig): void {
  if (policy === undefined) return;
  const { Name: name = "", MaximumRetryCount: count = 0 } = policy;
  const fail = (reason: string): never => {
    throw new InvalidArgumentError(reason, { op: "container.create", resource: "RestartPolicy" });
  };
  if (!["", "no", "always", "on-failure", "unless-stopped"].includes(name)) {
    fail(`invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
  if (name !== "on-failure" && count !== 0) fail("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  if (!Number.isInteger(count) || count < 0) fail("invalid restart policy: maximum retry count cannot be negative");
  if (AutoRemove === true && name !== "" && name !== "no") fail("can't create 'AutoRemove' container with restart policy");
}
