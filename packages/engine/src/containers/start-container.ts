import { ConflictError, UnavailableError } from "@oriel/contracts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";
import { hasProcess } from "./container-state.ts";
import { StartAttempt } from "./start-attempt.ts";
import { isBusy, untilIdle } from "./until-idle.ts";

export interface StartOptions {
  /** A restart by the container's policy; one that was given up meanwhile does nothing. @default false */
  readonly byPolicy?: boolean;
}

/** Runs a container's process. A call while a start is on its way waits for the same one. */
export async function startContainer(
  context: EngineContext,
  container: Container,
  { byPolicy = false }: StartOptions = {},
): Promise<{ readonly changed: boolean }> {
  assertMayStart(context, container);
  if (isBusy(container)) {
    await untilIdle(context, container, "container.start");
    assertMayStart(context, container);
  }
  const { status } = container.data;
  if (hasProcess(status) || (status === "restarting") !== byPolicy) return { changed: false };
  if (container.attempt !== undefined) {
    await container.attempt.result;
    return { changed: false };
  }
  if (!byPolicy) container.restartDelay = 0;
  await new StartAttempt(context, container, { byPolicy }).result;
  return { changed: true };
}

function assertMayStart(context: EngineContext, container: Container): void {
  const { id, removal, data } = container;
  const details = { op: "container.start", resource: id };
  if (removal !== undefined || data.status === "removing" || data.status === "dead") {
    throw new ConflictError(`container ${id} is marked for removal and cannot be started`, details);
  }
  if (data.status === "paused") throw new ConflictError("cannot start a paused container, try unpause instead", details);
  if (context.closing.aborted) throw new UnavailableError("the engine is closing", details);
}
