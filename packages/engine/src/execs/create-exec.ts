import { ConflictError, InvalidArgumentError } from "@oriel/contracts";
import { createExecProcess } from "@oriel/oci-spec";
import type { Container, ContainerRun } from "../containers/container.ts";
import { newId } from "../containers/container-names.ts";
import { runOf } from "../containers/pause-container.ts";
import type { CreateExecRequest } from "../engine-api.ts";
import { type EngineContext, publishContainerEvent } from "../engine-context.ts";
import { Exec } from "./exec.ts";

/** Milliseconds for which an exec that has ended can still be inspected; dockerd keeps it for five to ten minutes. */
const keptFor = 10 * 60_000;

/** Notes a further process for a running container. Whatever is wrong with it is said here, not at its start. */
export function createExec(context: EngineContext, container: Container, request: CreateExecRequest): Exec {
  assertTakesExecs(container);
  if (request.Cmd.length === 0) throw new InvalidArgumentError("No exec command specified", { op: "exec.create", resource: container.id });
  createExecProcess(container.data.config, request);
  forgetEnded(context, container);
  const exec = new Exec(newId(), container.id, request, context.logger);
  container.execs.set(exec.id, exec);
  publishExecEvent(context, container, exec, `exec_create: ${commandText(exec)}`);
  return exec;
}

/** @returns its run. @throws ConflictError in dockerd's words unless the container runs. */
export function assertTakesExecs(container: Container): ContainerRun {
  const { id, data } = container;
  const op = "exec.create";
  if (data.status === "paused") {
    throw new ConflictError(`Container ${id} is paused, unpause the container before exec`, { op, resource: id });
  }
  return runOf(container, op);
}

/** Tells the listeners what happened to an exec, as an event of its container. */
export function publishExecEvent(
  context: Pick<EngineContext, "events" | "clock">,
  container: Container,
  exec: Exec,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  publishContainerEvent(context, container, action, { execID: exec.id, ...attributes });
}

/** As dockerd writes it into events: the space behind the program is there without arguments, too. */
export function commandText({ request: { Cmd } }: Exec): string {
  return `${Cmd[0]} ${Cmd.slice(1).join(" ")}`;
}

function forgetEnded({ clock }: EngineContext, { execs }: Container): void {
  const now = clock.now().getTime();
  for (const { id, endedAt } of execs.values()) {
    if (endedAt !== undefined && now - endedAt.getTime() > keptFor) execs.delete(id);
  }
}
