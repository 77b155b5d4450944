import { causesOf, isOrielError, LifecycleStack, type OrielError, type RuntimeSpec, toOrielError, unlessAborted } from "@oriel/contracts";
import { buildSpec } from "@oriel/oci-spec";
import { isDiskFull } from "@oriel/sqlite";
import { settlesWithin } from "../clock.ts";
import { changeOrLog, type EngineContext, logPathOf, recordAndLog, updateAndPublish } from "../engine-context.ts";
import { LogWriter } from "../logs/log-writer.ts";
import { type ConnectedNetworks, connectNetworks, planNetworks } from "../networks/connect-networks.ts";
import { releaseEndpoints } from "../networks/container-endpoints.ts";
import { publishMounted, publishUnmounted, specMountsOf } from "../volumes/container-volumes.ts";
import type { Container, ContainerStart } from "./container.ts";
import { credentialSpecLookups } from "./credential-spec-lookups.ts";
import { describeMissingScratch } from "./describe-missing-scratch.ts";
import { hasSpace } from "./disk-space.ts";
import { mountScratch, unmountScratch } from "./scratch-mount.ts";
import { beginRun } from "./watch-run.ts";

export interface AttemptOptions {
  /** A restart by the container's policy, which was counted when its last run ended. */
  readonly byPolicy: boolean;
}

/**
 * A start on its way. It ends in a run, or in a failure. Aborting it is a failure at once, whatever the host is doing:
 * what the attempt made, and what the host still makes late, is undone behind it as the container's cleanup. A crash in
 * between leaves the row's spec and the journals of storage and runtime, by which the next daemon cleans up.
 */
export class StartAttempt implements ContainerStart {
  /** Resolves when the process runs. Rejects with why it does not: when all is undone or, aborted, at once. */
  readonly result: Promise<void>;
  readonly #context: EngineContext;
  readonly #container: Container;
  readonly #byPolicy: boolean;
  readonly #hadSpace: boolean;
  readonly #control = new AbortController();
  /** Each step pushes its own undoing. */
  readonly #undo = new LifecycleStack();
  readonly #work: Promise<void>;

  constructor(context: EngineContext, container: Container, { byPolicy }: AttemptOptions) {
    this.#context = context;
    this.#container = container;
    this.#byPolicy = byPolicy;
    this.#hadSpace = hasSpace(context.root);
    container.attempt = this;
    this.#work = this.#bringUp();
    this.result = this.#waitForRun();
  }

  /** Gives the start up, for `reason`. */
  abort(reason: OrielError): void {
    this.#control.abort(reason);
    this.#fail(reason);
  }

  async #waitForRun(): Promise<void> {
    const { signal } = this.#control;
    try {
      await unlessAborted(this.#work, signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = toOrielError(
        await describeMissingScratch(this.#context, this.#container, error),
        "container.start",
        this.#container.id,
      );
      this.#fail(failure);
      const { cleanup = Promise.resolve() } = this.#container;
      await settlesWithin(cleanup, this.#context.deadlines.cleanup, this.#context.clock);
      throw failure;
    }
  }

  /** Once: after an abort there may be a failure of what was aborted. */
  #fail(failure: OrielError): void {
    const context = this.#context;
    const container = this.#container;
    if (container.attempt !== this) return;
    container.attempt = undefined;
    void container.cleanUp(this.#undoAll());
    const state = { exitCode: exitCodeOf(failure), error: failure.message };
    // A full disk has space again some time: the policy goes on then, unless the start was given up.
    const isGivenUp = this.#control.signal.aborted;
    const isShortOfSpace = !isGivenUp && (!this.#hadSpace || isDiskFull(failure) || !hasSpace(context.root));
    const isRetried = isShortOfSpace || (!isGivenUp && container.wasShortOfSpace);
    container.wasShortOfSpace = isShortOfSpace;
    const isOver = container.data.status === "restarting" && !isRetried;
    recordAndLog(context, container, isOver ? { ...state, status: "exited" } : state);
    container.output.end();
    if (isOver) container.waiters.exited(state);
    context.onRunEnded(container, { hasRun: false, ranFor: 0 });
  }

  /** In reverse, and only when nothing is made any more. */
  async #undoAll(): Promise<void> {
    await this.#work.catch(() => {});
    for (const error of await this.#undo.close()) {
      this.#context.logger.error({ container: this.#container.id, error }, "a failed start could not be undone whole");
    }
  }

  async #bringUp(): Promise<void> {
    const context = this.#context;
    const container = this.#container;
    const { runtime, registry, clock } = context;
    const { signal } = this.#control;
    const { id } = container;
    await clearLeftovers(context, container);
    const plan = planNetworks(context, container);
    signal.throwIfAborted();

    this.#undo.push({ name: "mounted scratch", release: () => unmountScratch(context, container) });
    const volumePath = await mountScratch(context, container);
    signal.throwIfAborted();

    const connected = await connectNetworks(context, container, plan, { undo: this.#undo, signal });
    const spec = await specOf(context, container, volumePath, connected);
    signal.throwIfAborted();
    this.#undo.push({ name: "volumes", release: () => publishUnmounted(context, container) });
    publishMounted(context, container);
    // Written before the runtime hears of it: after a crash the row says that there may be something to look for.
    registry.change(container, { spec, networks: connected.networks });
    this.#undo.push({ name: "runtime container", release: () => forgetRuntime(context, container) });
    container.step = "creating its compute system";
    await runtime.create({ id, spec, signal });

    const log = await LogWriter.open(logPathOf(context.root, id), () => clock.now());
    this.#undo.push({ name: "log", release: () => log.close() });
    container.step = "creating its process";
    const process = await runtime.start(id, { signal });
    // From here to the run nothing is awaited: an abort comes before it, or finds a run.
    signal.throwIfAborted();
    const state = {
      status: "running",
      startedAt: clock.now(),
      exitCode: 0,
      oomKilled: false,
      error: "",
      stoppedByUser: false,
      restartCount: this.#byPolicy ? container.data.restartCount : 0,
    } as const;
    updateAndPublish(context, container, state, "start");
    container.attempt = undefined;
    container.wasShortOfSpace = false;
    beginRun(context, container, process, log);
  }
}

/** A former run whose end could not be cleaned up would stand in the way of this one. */
async function clearLeftovers(context: EngineContext, container: Container): Promise<void> {
  if (container.data.spec !== undefined) await forgetRuntime(context, container);
  await releaseEndpoints(context, container);
  await unmountScratch(context, container);
}

async function forgetRuntime(context: EngineContext, container: Container): Promise<void> {
  container.step = "ending its compute system";
  await context.runtime.delete(container.id);
  changeOrLog(context, container, { spec: undefined });
}

async function specOf(
  context: EngineContext,
  container: Container,
  volumePath: string,
  { spec: network, linkedEnv, hostname }: ConnectedNetworks,
): Promise<RuntimeSpec> {
  const { hostConfig, imageOs, startedAt } = container.data;
  const config = { ...container.data.config, ...(hostname === undefined ? {} : { Hostname: hostname }) };
  const mounts = await specMountsOf(context, container);
  const { spec } = await buildSpec(
    { id: container.id, config, hostConfig, os: imageOs, hasBeenStartedBefore: startedAt !== undefined },
    // That which it was made with: its checks were made for that one.
    { isolation: container.data.isolation, dnsSearch: context.dnsSearch },
    {
      processors: async () => (await context.host.inspect()).processors,
      layerFolders: (id) => context.storage.layerFolders(id),
      root: async () => ({ volumePath }),
      network: async () => network,
      linkedEnv: async () => linkedEnv,
      mounts: async () => mounts,
      credentialSpecs: credentialSpecLookups(context),
    },
  );
  return spec;
}

/** As a shell has it: 127 for a program that is not there, 126 for one that may not be run; dockerd's 128 for the rest. */
function exitCodeOf(failure: OrielError): number {
  if (!isOfProcess(failure)) return 128;
  if (isOrielError(failure, "NotFound")) return 127;
  return isOrielError(failure, "PermissionDenied") ? 126 : 128;
}

/** Other parts of a start lack files and rights too; only the creation of the process is about the program. */
function isOfProcess(failure: unknown): boolean {
  return [...causesOf(failure)].some((found) => isOrielError(found) && /(CreateProcess|process\.create)$/.test(found.op));
}
