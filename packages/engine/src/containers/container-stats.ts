import { anySignal, isOrielError, type RuntimeProcessInfo } from "@oriel/contracts";
import type { ContainerStats } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";
import { runOf } from "./pause-container.ts";

/** Milliseconds from one sample to the next, as in dockerd. */
const interval = 1000;

/** @throws ConflictError unless it runs. */
export async function containerProcesses({ runtime }: EngineContext, container: Container): Promise<readonly RuntimeProcessInfo[]> {
  runOf(container, "container.processes");
  return runtime.processes(container.id);
}

/** What a container has used so far; nothing of one that does not run. */
export async function containerStats({ runtime, host }: EngineContext, container: Container): Promise<ContainerStats> {
  const { processors } = await host.inspect();
  const usage = container.run === undefined ? undefined : await runtime.stats(container.id).catch(unlessEnded);
  return { id: container.id, name: container.data.name, processors, usage };
}

/**
 * A sample at once and one every second, also while it does not run, until the container is removed, the signal aborts or
 * the engine closes. A sample that cannot be taken is one without figures: the next may succeed.
 */
export async function* watchStats(
  context: EngineContext,
  container: Container,
  signal?: AbortSignal,
): AsyncGenerator<ContainerStats, void> {
  const { registry, clock, logger, closing } = context;
  const over = anySignal(closing, signal);
  while (!over.aborted && registry.has(container)) {
    yield await containerStats(context, container).catch(async (error: unknown) => {
      logger.warn({ container: container.id, error }, "what a container uses could not be read");
      const { processors } = await context.host.inspect();
      return { id: container.id, name: container.data.name, processors, usage: undefined };
    });
    await clock.sleep(interval, over);
  }
}

/** It ended between the look at it and the question. */
function unlessEnded(error: unknown): undefined {
  if (isOrielError(error, "NotFound") || isOrielError(error, "FailedPrecondition")) return undefined;
  throw error;
}
