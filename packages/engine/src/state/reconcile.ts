import { rm } from "node:fs/promises";
import type { RestoredContainer, RuntimeProcess, RuntimeSpec } from "@oriel/contracts";
import { afterExit, scheduleRestart } from "../containers/after-exit.ts";
import type { Container } from "../containers/container.ts";
import { hasProcess } from "../containers/container-state.ts";
import { hasSpace } from "../containers/disk-space.ts";
import { teardown } from "../containers/remove-container.ts";
import { shouldStartWithDaemon } from "../containers/restart-policy.ts";
import { startContainer } from "../containers/start-container.ts";
import { beginRun, dieAttributes } from "../containers/watch-run.ts";
import { changeOrLog, containerFolder, type EngineContext, forcePublish, logPathOf, recordAndLog } from "../engine-context.ts";
import { LogWriter } from "../logs/log-writer.ts";
import { reconcileNetworks } from "../networks/reconcile-networks.ts";
import { removeAbandoned, withAbandoned } from "../volumes/container-volumes.ts";

/** Of a run whose end nobody saw; dockerd has the same. */
const unknownExitCode = 255;

/**
 * Brings the rows in line with what a former process of the engine really left: adopts what still runs, finishes what was
 * half done, and says so in the log. Compute systems come first, as layers cannot be unmounted below them.
 */
export async function reconcile(context: EngineContext, containers: readonly Container[]): Promise<void> {
  const kept: Container[] = [];
  for (const container of containers) {
    if (container.data.status === "creating") await dropHalfMade(context, container);
    else kept.push(container);
  }
  const adopted = new Map<Container, RuntimeProcess>();
  await Promise.all(
    kept.map(async (container) => {
      if (container.data.spec !== undefined) await lookForRun(context, container, container.data.spec, adopted);
    }),
  );
  const { removed, failed } = await context.storage.reconcile({
    scratchIds: new Set(kept.map(({ id }) => id)),
    mountedIds: new Set(kept.filter(({ isMounted }) => isMounted).map(({ id }) => id)),
  });
  for (const line of removed) context.logger.info({}, `storage gave back what the former daemon left: ${line}`);
  for (const line of failed) context.logger.warn({}, `storage could not give back what the former daemon left: ${line}`);

  await reconcileNetworks(
    context,
    kept.filter(({ isMounted }) => isMounted),
  );
  for (const [container, process] of adopted) await adopt(context, container, process);
  for (const container of kept) await settle(context, container);
}

/** `create` never returned, so nobody knows of it: storage drops its scratch as one that no row has. */
async function dropHalfMade(context: EngineContext, container: Container): Promise<void> {
  await rm(containerFolder(context.root, container.id), { recursive: true, force: true });
  await removeAbandoned(context, container, withAbandoned(container.data.mounts));
  context.registry.delete(container);
  context.logger.info({ container: container.id, name: container.data.name }, "dropped a container whose creation was cut short");
}

async function lookForRun(
  context: EngineContext,
  container: Container,
  spec: RuntimeSpec,
  adopted: Map<Container, RuntimeProcess>,
): Promise<void> {
  const { runtime, logger } = context;
  const { id } = container;
  const { status } = container.data;
  let found: RestoredContainer;
  try {
    found = await runtime.restore(id, spec);
    if (found.outcome === "adopted" && status === "removing") {
      await runtime.delete(id);
      found = { outcome: "gone", reason: "it was being removed" };
    }
  } catch (error) {
    logger.error(
      { container: id, error },
      "whether a container still runs could not be found out; the next start of the daemon asks again",
    );
    // Its files stay mounted, as a system that may live stands on them.
    container.isMounted = true;
    recordLostRun(
      context,
      container,
      `whether it still runs could not be found out: ${error instanceof Error ? error.message : String(error)}`,
    );
    return;
  }
  if (found.outcome === "adopted") {
    container.isMounted = true;
    adopted.set(container, found.init);
    return;
  }
  logger.info({ container: id, name: container.data.name, reason: found.reason }, "a container of the former daemon is gone");
  recordLostRun(context, container, `the daemon ended while the container ran: ${found.reason}`);
  if (status === "created")
    changeOrLog(context, container, { error: `the daemon ended while the container was being started: ${found.reason}` });
  changeOrLog(context, container, { spec: undefined });
}

function recordLostRun(context: EngineContext, container: Container, error: string): void {
  const { status, startedAt } = container.data;
  if (!hasProcess(status)) return;
  const finishedAt = context.clock.now();
  const ranFor = finishedAt.getTime() - (startedAt ?? finishedAt).getTime();
  const state = { status: "exited", exitCode: unknownExitCode, error, finishedAt } as const;
  forcePublish(context, container, state, "die", dieAttributes(unknownExitCode, ranFor));
}

async function adopt(context: EngineContext, container: Container, process: RuntimeProcess): Promise<void> {
  const { runtime, clock, logger, root } = context;
  const log = await LogWriter.open(logPathOf(root, container.id), () => clock.now());
  const startedAt = hasProcess(container.data.status) ? container.data.startedAt : clock.now();
  const state = { status: "running", startedAt, error: "" } as const;
  // The former daemon ended between the start and telling of it.
  if (hasProcess(container.data.status)) changeOrLog(context, container, state);
  else forcePublish(context, container, state, "start");
  if (runtime.status(container.id) === "paused") changeOrLog(context, container, { status: "paused" });
  beginRun(context, container, process, log);
  logger.info({ container: container.id, name: container.data.name }, "adopted a container that still runs");
}

/** Finishes a removal, or begins the one that should have followed the run, or the start that should follow the daemon's. */
async function settle(context: EngineContext, container: Container): Promise<void> {
  const { data, id } = container;
  const { logger } = context;
  if (data.status === "removing" || data.status === "dead" || (data.status === "exited" && data.hostConfig.AutoRemove === true)) {
    try {
      await teardown(context, container);
      logger.info({ container: id, name: data.name }, "finished the removal of a container");
    } catch (error) {
      logger.error({ container: id, error }, "the removal of a container could not be finished");
    }
    return;
  }
  const { hostConfig, exitCode, stoppedByUser, restartCount } = data;
  if (data.status === "restarting") {
    container.wasShortOfSpace = !hasSpace(context.root);
    scheduleRestart(context, container);
    return;
  }
  if (data.status !== "exited" || !shouldStartWithDaemon(hostConfig.RestartPolicy, { exitCode, stoppedByUser, restartCount })) return;
  context.background.run(`start of container ${id}`, async () => {
    try {
      await startContainer(context, container);
    } catch (error) {
      if (!container.wasShortOfSpace) throw error;
      logger.warn(
        { container: id, error },
        "a container cannot be started by its restart policy while the disk is full; it is tried again",
      );
      recordAndLog(context, container, { status: "restarting" });
      afterExit(context, container, { hasRun: false, ranFor: 0 });
      return;
    }
    logger.info({ container: id, name: data.name }, "started a container by its restart policy");
  });
}
