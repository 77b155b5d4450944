import { settlesWithin } from "./clock.ts";
import type { Container } from "./containers/container.ts";
import { stopContainer } from "./containers/stop-container.ts";
import type { EngineContext } from "./engine-context.ts";

const defaultStopTimeout = 10;

/** Ends every container, all at the same time, each with the time it asks for but none with more than the deadline allows. */
export async function stopAll(context: EngineContext): Promise<void> {
  await Promise.all(context.registry.visible().map((container) => stopOne(context, container)));
  if (!(await settlesWithin(context.background.settled(), context.deadlines.terminate, context.clock))) {
    context.logger.warn({}, "work in the background was not finished when the engine closed");
  }
}

async function stopOne(context: EngineContext, container: Container): Promise<void> {
  const most = context.deadlines.close / 1000;
  const wanted = container.data.config.StopTimeout ?? defaultStopTimeout;
  const timeout = wanted < 0 ? most : Math.min(wanted, most);
  try {
    await stopContainer(context, container, { timeout });
  } catch (error) {
    context.logger.error({ container: container.id, error }, "a container did not stop when the engine closed");
  }
}
