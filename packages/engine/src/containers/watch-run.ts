import { type RuntimeExit, type RuntimeProcess, UnavailableError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import { type EngineContext, forcePublish } from "../engine-context.ts";
import { carryOutput } from "../io/carry-output.ts";
import type { LogWriter } from "../logs/log-writer.ts";
import { releaseEndpoints } from "../networks/container-endpoints.ts";
import { publishUnmounted } from "../volumes/container-volumes.ts";
import type { Container } from "./container.ts";
import { shouldRestart } from "./restart-policy.ts";
import { unmountScratch } from "./scratch-mount.ts";

/** Connects a running process with the container's input, output and end. */
export function beginRun(context: EngineContext, container: Container, process: RuntimeProcess, log: LogWriter): void {
  container.output.begin(log);
  container.input.begin(process);
  // A terminal without anybody at it is no end of input: programs would take it for one and leave.
  if (container.data.config.OpenStdin !== true && container.data.config.Tty !== true) {
    process.closeStdin().catch((error: unknown) => {
      context.logger.warn({ container: container.id, error }, "the input of a container without stdin could not be closed");
    });
  }
  const ended = new AbortController();
  void process.exit.then(() => {
    ended.abort(new UnavailableError(`container ${container.id} has ended`, { op: "container.run", resource: container.id }));
  });
  container.run = { process, ended: ended.signal, recorded: watchRun(context, container, process, log) };
}

/** Carries a process's output until it ends, and then records its exit. Settles when that is done; never rejects. */
async function watchRun(context: EngineContext, container: Container, process: RuntimeProcess, log: LogWriter): Promise<void> {
  const { clock, logger, deadlines } = context;
  const about = { container: container.id };
  const exit = await carryOutput(process, container.output, { drain: deadlines.drain, clock, logger, about });
  container.input.end();
  container.output.end();
  await endExecs(context, container);
  await recordExit(context, container, exit, log);
}

/** Its further processes have ended with it: that is told before its own end. Those that were never started never will be. */
async function endExecs({ clock, deadlines }: EngineContext, { execs }: Container): Promise<void> {
  for (const { id, status } of execs.values()) if (status === "created") execs.delete(id);
  const recorded = [...execs.values()].map((exec) => exec.recorded);
  if (recorded.length > 0) await settlesWithin(Promise.all(recorded), deadlines.drain, clock);
}

async function recordExit(context: EngineContext, container: Container, exit: RuntimeExit, log: LogWriter): Promise<void> {
  const { logger, clock, deadlines } = context;
  const report = (error: unknown, message: string): void => logger.error({ container: container.id, error }, message);

  let isForgotten = false;
  const cleanup = container.cleanUp(
    cleanUpRun(context, container, () => {
      isForgotten = true;
    }),
  );
  // The exit is recorded also when the host does not return; the next start or removal waits for it then.
  if (!(await settlesWithin(cleanup, deadlines.cleanup, clock))) {
    logger.warn(
      { container: container.id },
      `an ended container is still being cleaned up; the host has not returned from ${container.step}`,
    );
  }
  if (exit.error !== undefined) report(exit.error, "the exit of a container was not clean");

  const { startedAt, hostConfig, restartCount, stoppedByUser } = container.data;
  const { exitCode, exitedAt } = exit;
  const ranFor = exitedAt.getTime() - (startedAt ?? exitedAt).getTime();
  const isRestarted =
    !container.isManualRestart &&
    container.removal === undefined &&
    !context.closing.aborted &&
    shouldRestart(hostConfig.RestartPolicy, { exitCode, stoppedByUser, restartCount });
  const error = exit.error?.message ?? "";
  const state = {
    status: isRestarted ? "restarting" : "exited",
    exitCode,
    error,
    finishedAt: exitedAt,
    ...(isRestarted ? { restartCount: restartCount + 1 } : {}),
    ...(isForgotten ? { spec: undefined } : {}),
  } as const;
  forcePublish(context, container, state, "die", dieAttributes(exitCode, ranFor));
  // Only now: who followed the log to its end finds the container exited, and can remove it.
  await log.close().catch((failure: unknown) => report(failure, "a container's log did not close"));
  container.run = undefined;
  // Whoever attached after the output ended waits for this run, not for the next.
  container.output.end();
  container.waiters.exited({ exitCode, error });
  context.onRunEnded(container, { hasRun: true, ranFor });
}

/** Calls `onForgotten` when the runtime has let go of it. Never rejects. */
async function cleanUpRun(context: EngineContext, container: Container, onForgotten: () => void): Promise<void> {
  const { runtime, logger } = context;
  const { id } = container;
  try {
    container.step = "ending its compute system";
    await runtime.delete(id);
    onForgotten();
  } catch (error) {
    // A system that may still live stands on its files.
    logger.error({ container: id, error }, "the runtime did not let go of an ended container");
    return;
  }
  await releaseEndpoints(context, container).catch((error: unknown) =>
    logger.error({ container: id, error }, "the endpoints of an ended container were not removed"),
  );
  await unmountScratch(context, container).catch((error: unknown) =>
    logger.error({ container: id, error }, "the scratch of an ended container was not unmounted"),
  );
  publishUnmounted(context, container);
}

/** @param ranFor milliseconds */
export function dieAttributes(exitCode: number, ranFor: number): Readonly<Record<string, string>> {
  return { exitCode: String(exitCode), execDuration: String(Math.max(0, Math.floor(ranFor / 1000))) };
}
