import { ConflictError, UnimplementedError } from "@oriel/contracts";
import { type EngineContext, forcePublish } from "../engine-context.ts";
import type { Container, ContainerRun } from "./container.ts";

type PauseContext = Pick<EngineContext, "registry" | "runtime" | "events" | "clock" | "logger">;

/** Stops all processes of a container until it is unpaused. A pause that hangs keeps nobody from ending the container. */
export function pauseContainer(context: PauseContext, container: Container): Promise<void> {
  return container.pausing.run(async () => {
    const { id } = container;
    const details = { op: "container.pause", resource: id };
    const run = runOf(container, details.op);
    if (container.data.status === "paused") throw new ConflictError(`Container ${id} is already paused`, details);
    // dockerd's words, which do not say what would be right.
    if (container.data.isolation !== "hyperv") throw new UnimplementedError(`cannot pause container ${id}: not implemented`, details);
    await context.runtime.pause(id);
    if (container.run !== run) throw notRunning(id, details.op);
    showPaused(context, container);
  });
}

/** Lets a paused container go on. */
export function unpauseContainer(context: PauseContext, container: Container): Promise<void> {
  return container.pausing.run(async () => {
    const { id } = container;
    const details = { op: "container.unpause", resource: id };
    if (container.data.status !== "paused") throw new ConflictError(`Container ${id} is not paused`, details);
    const run = runOf(container, details.op);
    await context.runtime.resume(id);
    if (container.run !== run) throw notRunning(id, details.op);
    showResumed(context, container);
  });
}

/** Shows and tells that a container is paused, whoever paused it; once. */
export function showPaused(context: PauseContext, container: Container): void {
  if (container.data.status === "running") forcePublish(context, container, { status: "paused" }, "pause");
}

/** Shows and tells that a container goes on; once. */
export function showResumed(context: PauseContext, container: Container): void {
  if (container.data.status === "paused") forcePublish(context, container, { status: "running" }, "unpause");
}

/** @throws ConflictError in dockerd's words unless the container runs or is paused. */
export function runOf({ id, run, data }: Container, op: string): ContainerRun {
  if (run !== undefined) return run;
  if (data.status !== "restarting") throw notRunning(id, op);
  throw new ConflictError(`Container ${id} is restarting, wait until the container is running`, { op, resource: id });
}

function notRunning(id: string, op: string): ConflictError {
  return new ConflictError(`container ${id} is not running`, { op, resource: id });
}
