import {
  ConflictError,
  type HostConfig,
  InvalidArgumentError,
  isOrielError,
  type RestartPolicy,
  UnimplementedError,
} from "@oriel/contracts";
import { validateHostConfig, windowsResources } from "@oriel/oci-spec";
import type { UpdateContainerRequest } from "../engine-api.ts";
import { type EngineContext, updateAndPublish } from "../engine-context.ts";
import type { Container } from "./container.ts";
import { cancelRestart } from "./end-starts.ts";
import { checkRestartPolicy, shouldRestart } from "./restart-policy.ts";

/** Changes a container's restart policy, and its limits where the runtime can. Answers warnings. */
export async function updateContainer(
  context: EngineContext,
  container: Container,
  { restartPolicy, limits = {} }: UpdateContainerRequest,
): Promise<readonly string[]> {
  const { id, data } = container;
  if (data.status === "removing" || data.status === "dead") {
    throw new ConflictError(`Cannot update container ${id}: container is marked for removal and cannot be "update"`, detailsOf(id));
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== 0));
  const hostConfig = { ...data.hostConfig, ...given };
  if (restartPolicy !== undefined) checkNewPolicy(container, restartPolicy);
  const { processors } = await context.host.inspect();
  const warnings = validateHostConfig(hostConfig, { defaultIsolation: data.isolation, processors, os: data.imageOs });
  if (Object.keys(given).length > 0) await changeLimits(context, container, hostConfig, processors);

  const next = { ...container.data.hostConfig, ...given, ...(restartPolicy === undefined ? {} : { RestartPolicy: restartPolicy }) };
  updateAndPublish(context, container, { hostConfig: next }, "update");
  const { exitCode, stoppedByUser, restartCount } = container.data;
  // The restart that is waiting for its time is counted already.
  const run = { exitCode, stoppedByUser, restartCount: restartCount - 1 };
  if (container.pendingRestart !== undefined && !shouldRestart(next.RestartPolicy, run)) cancelRestart(context, container);
  return warnings;
}

function checkNewPolicy({ id, data }: Container, policy: RestartPolicy): void {
  if (data.hostConfig.AutoRemove === true && policy.Name !== "" && policy.Name !== "no") {
    throw new InvalidArgumentError(
      `Cannot update container ${id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
      detailsOf(id),
    );
  }
  checkRestartPolicy({ RestartPolicy: policy });
}

/** @throws UnimplementedError in dockerd's words, also for a container that does not run. */
async function changeLimits(context: EngineContext, container: Container, hostConfig: HostConfig, processors: number): Promise<void> {
  const { id, data, run } = container;
  const refusal = (cause?: unknown) =>
    new UnimplementedError(`Cannot update container ${id}: resource updating isn't supported on Windows`, { ...detailsOf(id), cause });
  if (run === undefined) throw refusal();
  try {
    await context.runtime.update(id, windowsResources(hostConfig, data.isolation, processors, []));
  } catch (error) {
    throw isOrielError(error, "Unimplemented") ? refusal(error) : error;
  }
}

function detailsOf(id: string) {
  return { op: "container.update", resource: id };
}
