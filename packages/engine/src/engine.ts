import {
  type ContainerRuntime,
  type HostFacts,
  type HostInspector,
  type ImageStore,
  type Logger,
  type NetworkBackend,
  type StorageBackend,
  UnavailableError,
} from "@oriel/contracts";
import { type Clock, systemClock } from "./clock.ts";
import { stopAll } from "./close-engine.ts";
import { afterExit } from "./containers/after-exit.ts";
import { ContainerRegistry } from "./containers/container-registry.ts";
import { ContainerStore } from "./containers/container-store.ts";
import { endStarts } from "./containers/end-starts.ts";
import { engineContainers } from "./containers/engine-containers.ts";
import { followRuntime } from "./containers/runtime-events.ts";
import { diskUsage } from "./disk-usage.ts";
import type {
  Containers,
  DiskUsage,
  Engine,
  EngineEvent,
  EngineInfo,
  EventsRequest,
  Execs,
  Images,
  Networks,
  Volumes,
} from "./engine-api.ts";
import { BackgroundTasks, type EngineContext, type EngineDeadlines } from "./engine-context.ts";
import { EngineEvents } from "./events/engine-events.ts";
import { EventLog } from "./events/event-log.ts";
import { EventBus } from "./events/events.ts";
import { engineExecs } from "./execs/engine-execs.ts";
import { engineImages } from "./images/engine-images.ts";
import { engineNetworks } from "./networks/engine-networks.ts";
import { recentHost } from "./recent-host.ts";
import type { EngineDatabase } from "./state/database.ts";
import { loadEngineId } from "./state/engine-id.ts";
import { SqliteResourceJournal } from "./state/journal.ts";
import { reconcile } from "./state/reconcile.ts";
import { engineVersion } from "./version.ts";
import { engineVolumes } from "./volumes/engine-volumes.ts";
import { VolumeFolders } from "./volumes/volume-folders.ts";
import { VolumeRegistry } from "./volumes/volume-registry.ts";
import { VolumeStore } from "./volumes/volume-store.ts";

export interface EngineOptions {
  /** Folder of the daemon's files. Absolute. */
  readonly root: string;
  /** Open from before `start` until after `close`; its owner closes it. */
  readonly database: EngineDatabase;
  readonly storage: StorageBackend;
  readonly images: ImageStore;
  readonly runtime: ContainerRuntime;
  readonly networks: NetworkBackend;
  readonly host: HostInspector;
  readonly logger: Logger;
  /** @default "process" */
  readonly defaultIsolation?: "process" | "hyperv";
  /** Search list of containers that have none. @default [] */
  readonly dnsSearch?: readonly string[];
  /** Shown in `info`. @default false */
  readonly debug?: boolean;
  /** @default see EngineDeadlines */
  readonly deadlines?: Partial<EngineDeadlines>;
  /** @default the system's */
  readonly clock?: Clock;
}

const defaultDeadlines: EngineDeadlines = { terminate: 60_000, drain: 2000, cleanup: 5000, close: 10_000 };

/** The engine with its life cycle: `start` before anything else, `close` at the end. */
export class OrielEngine implements Engine {
  readonly containers: Containers;
  readonly execs: Execs;
  readonly images: Images;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly #context: EngineContext;
  readonly #closing = new AbortController();
  readonly #debug: boolean;
  #id = "";
  #unfollow = (): void => {};
  #closed: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    const { root, database, storage, images, runtime, networks, host, logger, clock = systemClock } = options;
    const log = new EventLog(database);
    const registry = new ContainerRegistry(new ContainerStore(database, log), logger);
    const events = new EngineEvents(new EventBus(), log, clock, logger);
    const context: EngineContext = {
      root,
      storage,
      images,
      runtime,
      networks,
      host: recentHost(host),
      logger,
      clock,
      registry,
      events,
      volumes: new VolumeRegistry({
        folders: new VolumeFolders(root),
        store: new VolumeStore(database, log),
        journal: new SqliteResourceJournal(database, clock),
        events,
        clock,
        logger,
        usersOf: (name) => registry.usersOfVolume(name),
      }),
      deadlines: { ...defaultDeadlines, ...options.deadlines },
      defaultIsolation: options.defaultIsolation ?? "process",
      dnsSearch: options.dnsSearch ?? [],
      background: new BackgroundTasks(logger),
      onRunEnded: (container, run) => afterExit(context, container, run),
      closing: this.#closing.signal,
    };
    this.#context = context;
    this.#debug = options.debug ?? false;
    this.containers = engineContainers(context);
    this.execs = engineExecs(context);
    this.images = engineImages(context);
    this.volumes = engineVolumes(context);
    this.networks = engineNetworks(context);
  }

  /**
   * Takes over what the database holds, and brings it in line with what a former process left behind.
   * @throws what storage throws when it cannot be reconciled; a single container never keeps the engine from starting.
   */
  async start(): Promise<void> {
    this.#id = await loadEngineId(this.#context.root);
    const containers = this.#context.registry.load();
    this.#unfollow = followRuntime(this.#context);
    await this.#context.volumes.start();
    await reconcile(this.#context, containers);
  }

  beginClose(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new UnavailableError("the engine is closing", { op: "engine.close" }));
    for (const container of this.#context.registry.visible()) endStarts(this.#context, container);
  }

  /** Stops the containers and lets every listener go. Never rejects; safe to call again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  host(): Promise<HostFacts> {
    return this.#context.host.inspect();
  }

  async info(): Promise<EngineInfo> {
    const { host, storage, images, runtime, networks, registry, root, defaultIsolation } = this.#context;
    const [facts, status, imageList] = await Promise.all([host.inspect(), storage.status(), images.list()]);
    let [total, running, paused] = [0, 0, 0];
    for (const { data } of registry.visible()) {
      total += 1;
      if (data.status === "running") running += 1;
      else if (data.status === "paused") paused += 1;
    }
    return {
      id: this.#id,
      name: facts.hostname,
      version: engineVersion,
      root,
      host: facts,
      storage: { name: storage.name, status },
      runtime: runtime.name,
      networkDrivers: networks.drivers,
      isolation: defaultIsolation,
      containers: { total, running, paused, stopped: total - running - paused },
      images: imageList.length,
      eventListeners: this.#context.events.listeners,
      debug: this.#debug,
    };
  }

  diskUsage(): Promise<DiskUsage> {
    return diskUsage(this.#context);
  }

  events(request?: EventsRequest): AsyncIterable<EngineEvent> {
    return this.#context.events.subscribe(request);
  }

  async #close(): Promise<void> {
    this.beginClose();
    await stopAll(this.#context);
    for (const container of this.#context.registry.visible()) container.output.end();
    this.#unfollow();
    this.#context.events.close();
  }
}
