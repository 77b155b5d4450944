import path from "node:path";
import {
  type ContainerRuntime,
  type HostInspector,
  type ImageStore,
  isOrielError,
  type Logger,
  type NetworkBackend,
  type StorageBackend,
} from "@oriel/contracts";
import type { Clock } from "./clock.ts";
import type { Container } from "./containers/container.ts";
import type { ContainerPatch, ContainerRegistry } from "./containers/container-registry.ts";
import type { EngineEvent } from "./engine-api.ts";
import type { EngineEvents } from "./events/engine-events.ts";
import type { VolumeRegistry } from "./volumes/volume-registry.ts";

/** How long the engine waits for others, in milliseconds. */
export interface EngineDeadlines {
  /** For a process to be gone after it was terminated. @default 60 s */
  readonly terminate: number;
  /** For what is left in the pipes of a process that is gone, which another may hold open for ever. @default 2 s, as dockerd */
  readonly drain: number;
  /** For what a start or a run that is over left on the host to be cleaned up: who waits for it does not wait longer. @default 5 s */
  readonly cleanup: number;
  /** For all containers to end when the engine closes; after that they are terminated. @default 10 s */
  readonly close: number;
}

export interface EndedRun {
  /** False for a start that failed. */
  readonly hasRun: boolean;
  /** Milliseconds. */
  readonly ranFor: number;
}

/** What the operations on containers work with. */
export interface EngineContext {
  readonly root: string;
  readonly registry: ContainerRegistry;
  readonly storage: StorageBackend;
  readonly images: ImageStore;
  readonly runtime: ContainerRuntime;
  readonly networks: NetworkBackend;
  readonly host: HostInspector;
  readonly events: EngineEvents;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly deadlines: EngineDeadlines;
  readonly defaultIsolation: "process" | "hyperv";
  readonly dnsSearch: readonly string[];
  readonly background: BackgroundTasks;
  readonly volumes: VolumeRegistry;
  /** Called when a run has ended, or could not begin: what the container is set to do then is done above. */
  readonly onRunEnded: (container: Container, run: EndedRun) => void;
  /** Aborts when the engine begins to close: nothing is started after that. */
  readonly closing: AbortSignal;
}

/** Folder of a container's own files. */
export function containerFolder(root: string, id: string): string {
  return path.join(root, "containers", id);
}

export function logPathOf(root: string, id: string): string {
  return path.join(containerFolder(root, id), `${id}-json.log`);
}

/** Tells what happened to a container. */
export function publishContainerEvent(
  context: Pick<EngineContext, "events" | "clock">,
  container: Container,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  context.events.publish(containerEvent(context.clock, container, action, attributes));
}

type ChangeContext = Pick<EngineContext, "registry" | "events" | "clock" | "logger">;

/** Changes a container and tells so; both are on disk then, or neither. @throws what changing it throws */
export function updateAndPublish(
  { registry, events, clock }: ChangeContext,
  container: Container,
  patch: ContainerPatch,
  action: string,
  attributes?: Readonly<Record<string, string>>,
): void {
  const event = containerEvent(clock, container, action, attributes);
  registry.change(container, patch, event);
  events.tell(event);
}

/** As {@link updateAndPublish}, for what has happened whether it can be written down or not: where it cannot, the log says so. */
export function forcePublish(
  { registry, events, clock, logger }: ChangeContext,
  container: Container,
  patch: ContainerPatch,
  action: string,
  attributes?: Readonly<Record<string, string>>,
): void {
  const event = containerEvent(clock, container, action, attributes);
  const unwritten = registry.record(container, patch, event);
  if (unwritten !== undefined) {
    logger.error({ container: container.id, action, error: unwritten }, "a container's state cannot be written");
    events.note(event);
  }
  events.tell(event);
}

/** Changes what has happened to a container, whether it can be written down or not: where it cannot, the log says so. */
export function recordAndLog(
  { registry, logger }: Pick<EngineContext, "registry" | "logger">,
  container: Container,
  patch: ContainerPatch,
): void {
  const unwritten = registry.record(container, patch);
  if (unwritten !== undefined) logger.error({ container: container.id, error: unwritten }, "a container's state cannot be written");
}

/** As the registry's `change`; but that it cannot be written down, as on a full disk, is no reason not to do it: the log says so. */
export function changeOrLog(context: Pick<EngineContext, "registry" | "logger">, container: Container, patch: ContainerPatch): void {
  try {
    context.registry.change(container, patch);
  } catch (error) {
    if (isOrielError(error)) throw error;
    recordAndLog(context, container, patch);
  }
}

export function containerEvent(
  clock: Clock,
  container: Container,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): EngineEvent {
  const { config, name } = container.data;
  return {
    type: "container",
    action,
    actor: { id: container.id, attributes: { ...config.Labels, image: config.Image, name, ...attributes } },
    time: clock.now(),
  };
}

/** Work that nobody waits for, until the engine closes. */
export class BackgroundTasks {
  readonly #tasks = new Set<Promise<void>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A failure is logged with `what`. */
  run(what: string, task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => this.#logger.error({ error }, `${what} failed`))
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  /** Resolves when there is none left, those that others began meanwhile included. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }
}
