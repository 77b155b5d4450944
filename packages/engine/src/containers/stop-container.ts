import { ConflictError, DeadlineExceededError, InvalidArgumentError, isOrielError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import { changeOrLog, type EngineContext, publishContainerEvent } from "../engine-context.ts";
import type { Container, ContainerRun } from "./container.ts";
import { endStarts, untilUndone } from "./end-starts.ts";
import { unpauseContainer } from "./pause-container.ts";
import { parseSignal, type Signal } from "./signals.ts";

const defaultStopTimeout = 10;
const sigkill: Signal = { name: "SIGKILL", number: 9 };

export interface StopOptions {
  /** Seconds; -1 waits for ever. */
  readonly timeout?: number | undefined;
  readonly signal?: string | undefined;
}

/** Asks a container to end, and ends it when it has not after the timeout. One that is being started or restarted has no process to ask. */
export async function stopContainer(
  context: EngineContext,
  container: Container,
  options: StopOptions = {},
): Promise<{ readonly changed: boolean }> {
  const { config } = container.data;
  const signal = parseSignal(options.signal ?? config.StopSignal ?? "SIGTERM");
  const timeout = options.timeout ?? config.StopTimeout ?? defaultStopTimeout;
  if (Number.isNaN(timeout)) throw new InvalidArgumentError("the timeout of a stop must be a number of seconds", { op: "container.stop" });

  const { run, wasStarting } = markStopped(context, container);
  if (wasStarting) {
    await untilUndone(context, container);
    publishContainerEvent(context, container, "stop");
    return { changed: true };
  }
  if (run === undefined) return { changed: false };
  const isOver = await askToEnd(context, container, run, signal, timeout < 0 ? Number.POSITIVE_INFINITY : timeout * 1000);
  if (!isOver) await terminate(context, container, run);
  publishContainerEvent(context, container, "stop");
  return { changed: true };
}

/** @throws ConflictError when it does not run; InvalidArgumentError for an unknown signal. */
export async function killContainer(context: EngineContext, container: Container, ref: string, signalName = "SIGKILL"): Promise<void> {
  const signal = parseSignal(signalName === "" ? "SIGKILL" : signalName);
  const { run, wasStarting } = markStopped(context, container);
  if (wasStarting) return untilUndone(context, container);
  if (run === undefined) {
    throw new ConflictError(`cannot kill container: ${ref}: container ${container.id} is not running`, {
      op: "container.kill",
      resource: container.id,
    });
  }
  if (signal.name === "SIGKILL") await terminate(context, container, run);
  else await sendSignal(context, container, signal);
}

/** Ends a container's process at once, if there is one, and waits until the exit is recorded. A start on its way is given up. */
export async function endRun(context: EngineContext, container: Container): Promise<void> {
  const { run } = markStopped(context, container);
  if (run !== undefined) await terminate(context, container, run);
}

/**
 * Gives up a start or restart that is on its way, and notes that the user wants the container ended, so that no policy starts
 * it again.
 * @returns its run, where it has one
 */
function markStopped(
  context: EngineContext,
  container: Container,
): { readonly run: ContainerRun | undefined; readonly wasStarting: boolean } {
  const wasStarting = endStarts(context, container);
  const { run, data } = container;
  // A container that the closing engine ends is to run again with the next daemon, where its policy says so.
  if ((run !== undefined || wasStarting) && !data.stoppedByUser && !context.closing.aborted) {
    changeOrLog(context, container, { stoppedByUser: true });
  }
  return { run, wasStarting };
}

async function askToEnd(context: EngineContext, container: Container, run: ContainerRun, signal: Signal, ms: number): Promise<boolean> {
  // The signal may hang as the container may: the timeout is counted from here, not from when the signal was taken.
  const refused = sendSignal(context, container, signal).then(
    () => new Promise<never>(() => {}),
    (error: unknown) => {
      context.logger.warn({ container: container.id, error }, `${signal.name} did not reach the container; it is terminated`);
    },
  );
  await settlesWithin(Promise.race([run.recorded, refused]), ms, context.clock);
  return container.run !== run;
}

async function terminate(context: EngineContext, container: Container, run: ContainerRun): Promise<void> {
  const sent = sendSignal(context, container, sigkill);
  // Its own end will do, whatever becomes of the call that was to bring it about.
  const ended = Promise.race([run.recorded, sent.then(() => run.recorded)]);
  if (await settlesWithin(ended, context.deadlines.terminate, context.clock)) {
    if (container.run === run) await sent;
    return;
  }
  throw new DeadlineExceededError(
    `container ${container.id} was terminated but has not ended after ${context.deadlines.terminate / 1000} seconds`,
    { op: "container.kill", resource: container.id, remedy: "try again; a restart of the daemon looks for it anew" },
  );
}

async function sendSignal(context: EngineContext, container: Container, signal: Signal): Promise<void> {
  // What is paused cannot do what it is asked for; terminating it needs nothing of it.
  if (signal.name !== sigkill.name && container.data.status === "paused") {
    await unpauseContainer(context, container).catch((error: unknown) => {
      context.logger.warn({ container: container.id, error }, "a paused container that is to end could not be unpaused");
    });
  }
  try {
    await context.runtime.signal(container.id, "init", signal.name);
  } catch (error) {
    // It ended meanwhile, and its exit is being recorded.
    if (isOrielError(error, "NotFound")) return;
    throw error;
  }
  publishContainerEvent(context, container, "kill", { signal: String(signal.number) });
}
