import type { EndedRun, EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";
import { removeContainer } from "./remove-container.ts";
import { nextRestartDelay } from "./restart-policy.ts";
import { startContainer } from "./start-container.ts";
import { untilIdle } from "./until-idle.ts";

/** Does what a container is set to do by itself once a run of it has ended, or could not begin. */
export function afterExit(context: EngineContext, container: Container, { hasRun, ranFor }: EndedRun): void {
  if (container.data.status === "restarting") {
    container.restartDelay = nextRestartDelay(container.restartDelay, ranFor);
    scheduleRestart(context, container);
    return;
  }
  if (hasRun && container.isManualRestart) return;
  if (container.data.hostConfig.AutoRemove !== true) return;
  context.background.run(`removal of container ${container.id}`, async () => {
    // Somebody else's removal that is on its way does as well.
    if (container.removal === undefined) await removeContainer(context, container, { isAutomatic: true });
  });
}

/** Starts the container after its delay, unless somebody stops or removes it, or the engine closes, before that. */
export function scheduleRestart(context: EngineContext, container: Container): void {
  const pending = new AbortController();
  container.pendingRestart = pending;
  context.background.run(`restart of container ${container.id}`, async () => {
    const signal = AbortSignal.any([pending.signal, context.closing]);
    await context.clock.sleep(container.restartDelay, signal);
    try {
      if (!signal.aborted) await untilIdle(context, container, "container.start");
    } catch (error) {
      // What its former run left is still being cleaned up.
      if (!signal.aborted && container.pendingRestart === pending) afterExit(context, container, { hasRun: false, ranFor: 0 });
      throw error;
    }
    if (container.pendingRestart === pending) container.pendingRestart = undefined;
    if (!signal.aborted) await startContainer(context, container, { byPolicy: true });
  });
}
