import {
  ConflictError,
  FailedPreconditionError,
  isOrielError,
  LifecycleStack,
  type OrielError,
  type RuntimeProcess,
  type RuntimeSpec,
  toOrielError,
  UnavailableError,
} from "@oriel/core";
import { buildSpec } from "@oriel/oci-spec";
import type { Container } from "./container.ts";
import { credentialSpecLookups } from "./credential-spec-lookups.ts";
import { changeAndTell, type EngineContext, logPathOf } from "./engine-context.ts";
import { LogWriter } from "./log-writer.ts";
import { assertMountSources, mountPointsOf } from "./mount-points.ts";
import { mountScratch, unmountScratch } from "./scratch-mount.ts";
import { watchRun } from "./watch-run.ts";

export interface StartOptions {
  /** A restart by the container's policy: counted, where a start by the user begins the count anew. */
  readonly byPolicy?: boolean;
}

/**
 * Runs a container's process. Each step pushes its own undoing, and whatever fails undoes them in reverse; then the state
 * says why.
 */
export function startContainer(
  context: EngineContext,
  container: Container,
  options: StartOptions = {},
): Promise<{ readonly changed: boolean }> {
  if (options.byPolicy !== true) {
    container.pendingRestart?.abort();
    container.restartDelay = 0;
  }
  return container.lock.run(async () => {
    assertMayStart(context, container);
    if (container.isRunning) return { changed: false };
    const undo = new LifecycleStack();
    try {
      await startLocked(context, container, undo, options.byPolicy === true);
      return { changed: true };
    } catch (error) {
      const failure = toOrielError(await explainLoss(context, container, error), "container.start", container.id);
      await undoStart(context, container, undo, failure);
      context.runOver(container, { hasRun: false, ranFor: 0 });
      throw failure;
    }
  });
}

/** That there is no scratch tells little to somebody who has changed the storage: its folder tells whose it is. */
async function explainLoss({ storage }: EngineContext, { id, data }: Container, error: unknown): Promise<unknown> {
  if (!isOrielError(error, "NotFound")) return error;
  const isLost = await storage.getScratch(id).then(
    (scratch) => scratch === undefined,
    () => false,
  );
  if (!isLost) return error;
  return new FailedPreconditionError(
    `the storage ${JSON.stringify(storage.name)} does not have the disk of container ${data.name}, which was made in ${data.scratchFolder}`,
    { op: "container.start", resource: id, cause: error, remedy: "if the daemon had another storage then, start it with that" },
  );
}

function assertMayStart(context: EngineContext, container: Container): void {
  const { status } = container.data;
  if (status === "removing" || status === "dead") {
    throw new ConflictError(`container ${container.id} is marked for removal and cannot be started`, {
      op: "container.start",
      resource: container.id,
    });
  }
  if (status === "paused") {
    throw new ConflictError("cannot start a paused container, try unpause instead", { op: "container.start", resource: container.id });
  }
  if (context.closing.aborted) throw new UnavailableError("the engine is closing", { op: "container.start", resource: container.id });
}

async function startLocked(context: EngineContext, container: Container, undo: LifecycleStack, byPolicy: boolean): Promise<void> {
  const { registry, runtime, clock } = context;
  const { id } = container;
  await clearLeftovers(context, container);

  undo.push({ name: "mounted scratch", release: () => unmountScratch(context, container) });
  const volumePath = await mountScratch(context, container);

  const spec = await specOf(context, container, volumePath);
  // Written before the runtime hears of it: after a crash the row says that there may be something to look for.
  registry.change(container, { spec });
  undo.push({ name: "runtime container", release: () => forgetRuntime(context, container) });
  await runtime.create({ id, spec });

  const log = await LogWriter.open(logPathOf(context.root, id), () => clock.now());
  undo.push({ name: "log", release: () => log.close() });
  const process = await runtime.start(id);
  const state = {
    status: "running",
    startedAt: clock.now(),
    finishedAt: undefined,
    exitCode: 0,
    error: "",
    stoppedByUser: false,
    restartCount: byPolicy ? container.data.restartCount + 1 : 0,
  } as const;
  changeAndTell(context, container, state, "start");
  beginRun(context, container, process, log);
}

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
  container.run = { process, recorded: watchRun(context, container, process, log) };
}

/** A former run whose end could not be cleaned up would stand in the way of this one. */
async function clearLeftovers(context: EngineContext, container: Container): Promise<void> {
  if (container.data.spec !== undefined) await forgetRuntime(context, container);
  await unmountScratch(context, container);
}

async function forgetRuntime(context: EngineContext, container: Container): Promise<void> {
  await context.runtime.delete(container.id);
  context.registry.change(container, { spec: undefined });
}

async function specOf(context: EngineContext, container: Container, volumePath: string): Promise<RuntimeSpec> {
  const { config, hostConfig, imageOs, startedAt } = container.data;
  const mounts = mountPointsOf(hostConfig);
  await assertMountSources(mounts);
  const { spec } = await buildSpec(
    { id: container.id, config, hostConfig, os: imageOs, hasBeenStartedBefore: startedAt !== undefined },
    // That which it was made with: its checks were made for that one.
    { isolation: container.data.isolation, dnsSearch: context.dnsSearch },
    {
      processors: async () => (await context.host.inspect()).processors,
      layerFolders: (id) => context.storage.layerFolders(id),
      root: async () => ({ volumePath }),
      network: async () => ({ endpoints: [] }),
      mounts: async () => mounts,
      credentialSpecs: credentialSpecLookups(context),
    },
  );
  return spec;
}

async function undoStart(context: EngineContext, container: Container, undo: LifecycleStack, failure: OrielError): Promise<void> {
  for (const left of await undo.close()) {
    context.logger.error({ container: container.id, error: left }, "a failed start could not be undone whole");
  }
  const unwritten = context.registry.record(container, { exitCode: exitCodeOf(failure), error: failure.message });
  if (unwritten !== undefined) context.logger.error({ container: container.id, error: unwritten }, "a container's state cannot be written");
  container.output.end();
}

/** What a shell would answer: 127 for a program that is not there, 126 for one that may not be run; dockerd's 128 for the rest. */
function exitCodeOf(failure: OrielError): number {
  if (isOrielError(failure, "NotFound")) return 127;
  return isOrielError(failure, "PermissionDenied") ? 126 : 128;
}
