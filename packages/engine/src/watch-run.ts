import type { RuntimeExit, RuntimeProcess } from "@oriel/core";
import { carryOutput } from "./carry-output.ts";
import { settlesWithin } from "./clock.ts";
import type { Container } from "./container.ts";
import { type EngineContext, recordAndTell } from "./engine-context.ts";
import type { LogWriter } from "./log-writer.ts";
import { unmountScratch } from "./scratch-mount.ts";

/** Carries a process's output until it ends, and then records its exit. Settles when that is done; never rejects. */
export async function watchRun(context: EngineContext, container: Container, process: RuntimeProcess, log: LogWriter): Promise<void> {
  const { clock, logger, deadlines } = context;
  const about = { container: container.id };
  const exit = await carryOutput(process, container.output, { drain: deadlines.drain, clock, logger, about });
  container.input.end();
  container.output.end();
  await endExecs(context, container);
  await container.lock.run(() => recordExit(context, container, exit, log));
}

/** Its further processes have ended with it: that is told before its own end. Those that were never started never will be. */
async function endExecs({ clock, deadlines }: EngineContext, { execs }: Container): Promise<void> {
  for (const { id, status } of execs.values()) if (status === "created") execs.delete(id);
  const recorded = [...execs.values()].map((exec) => exec.recorded.promise);
  if (recorded.length > 0) await settlesWithin(Promise.all(recorded), deadlines.drain, clock);
}

async function recordExit(context: EngineContext, container: Container, exit: RuntimeExit, log: LogWriter): Promise<void> {
  const { runtime, logger } = context;
  const { id } = container;
  const report = (error: unknown, message: string): void => logger.error({ container: id, error }, message);

  let isForgotten = true;
  await runtime.delete(id).catch((error: unknown) => {
    isForgotten = false;
    report(error, "the runtime did not let go of an ended container");
  });
  // A system that may still live stands on its files.
  if (isForgotten) {
    await unmountScratch(context, container).catch((error: unknown) =>
      report(error, "the scratch of an ended container was not unmounted"),
    );
  }
  if (exit.error !== undefined) report(exit.error, "the exit of a container was not clean");

  const { startedAt } = container.data;
  const ranFor = exit.exitedAt.getTime() - (startedAt ?? exit.exitedAt).getTime();
  const state = {
    status: "exited",
    exitCode: exit.exitCode,
    error: exit.error?.message ?? "",
    finishedAt: exit.exitedAt,
    ...(isForgotten ? { spec: undefined } : {}),
  } as const;
  recordAndTell(context, container, state, "die", dieAttributes(exit.exitCode, ranFor));
  // Only now: who followed the log to its end finds the container exited, and can remove it.
  await log.close().catch((error: unknown) => report(error, "a container's log did not close"));
  container.run = undefined;
  // Whoever attached after the output ended waits for this run, not for the next.
  container.output.end();
  container.waiters.exited({ exitCode: exit.exitCode, error: exit.error?.message ?? "" });
  context.runOver(container, { hasRun: true, ranFor });
}

/** @param ranFor milliseconds */
export function dieAttributes(exitCode: number, ranFor: number): Readonly<Record<string, string>> {
  return { exitCode: String(exitCode), execDuration: String(Math.max(0, Math.floor(ranFor / 1000))) };
}
