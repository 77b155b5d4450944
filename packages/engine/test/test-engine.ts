import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type {
  ContainerConfig,
  EndpointSettings,
  HostConfig,
  HostFacts,
  HostInspector,
  ImageStore,
  Logger,
  ProcessSpec,
  RuntimeStats,
} from "@oriel/contracts";
import {
  type FakeContainerProgram,
  type FakeContainerRuntime,
  type FakeImage,
  type FakeNetworkBackend,
  type FakeStorageBackend,
  type FakeSurvivors,
  fakeContainerRuntime,
  fakeImageStore,
  fakeNetworkBackend,
  fakeStorageBackend,
} from "@oriel/testkit";
import { type EngineOptions, OrielEngine } from "../src/engine.ts";
import type { EngineEvent, OutputFrame } from "../src/engine-api.ts";
import { EngineDatabase } from "../src/state/database.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export const nano: FakeImage = {
  tags: ["oriel/nano:latest"],
  config: { Cmd: ["cmd.exe", "/c", "ver"], Env: ["PATH=C:\\Windows"], Labels: { from: "image" } },
};

/** An engine on fakes, in a root of its own. What is on "the host" outlives a crash; the rest does not. */
export interface TestEngine {
  readonly root: string;
  readonly storage: FakeStorageBackend;
  readonly images: ImageStore;
  readonly clock: ManualClock;
  readonly runtime: FakeContainerRuntime;
  readonly networks: FakeNetworkBackend;
  readonly engine: OrielEngine;
  readonly database: EngineDatabase;
  /** Lines of the log: level and message. */
  readonly log: readonly string[];
  /** A container of `oriel/nano`. */
  create(more?: {
    name?: string;
    config?: Partial<ContainerConfig>;
    hostConfig?: HostConfig;
    networks?: Readonly<Record<string, EndpointSettings>>;
  }): Promise<string>;
  /** The process is gone as by SIGKILL, and a new engine is made on what is left, not yet started. */
  crash(more?: { readonly adopt?: FakeSurvivors; readonly settings?: TestEngineOptions["settings"] }): TestEngine;
  dispose(): Promise<void>;
}

export interface TestEngineOptions {
  /** Beside `oriel/nano`. */
  readonly images?: readonly FakeImage[];
  /** What differs from {@link testHost}. */
  readonly host?: Partial<HostFacts> & Pick<HostInspector, "registryText">;
  /** The daemon's own settings. */
  readonly settings?: Pick<EngineOptions, "defaultIsolation" | "dnsSearch">;
  /** Put between the engine and its storage, its runtime and what changes networks, until the first crash. */
  readonly intercept?: <T extends object>(service: T) => T;
  /** Another class of database, until the first crash. */
  readonly openDatabase?: (file: string) => EngineDatabase;
  readonly program?: (process: ProcessSpec) => FakeContainerProgram;
  /** What a container has used. */
  readonly stats?: (id: string) => Partial<RuntimeStats>;
}

export const testHost: HostInspector = {
  inspect: async () => ({
    provider: "emulated",
    operatingSystem: "Windows (fake)",
    osVersion: { major: 10, minor: 0, build: 20348, revision: 2113 },
    imageBuilds: "matching",
    architecture: "amd64",
    hostname: "testhost",
    processors: 4,
    memory: 8 * 1024 ** 3,
    securityOptions: [],
    warnings: [],
    containerWarnings: [],
  }),
};

export async function testEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const root = await mkdtemp(path.join(tmpdir(), "oriel-engine-"));
  const storage = fakeStorageBackend();
  const images = fakeImageStore([nano, ...(options.images ?? [])], { storage });
  await images.ensureLayers((await images.get("oriel/nano")).id);
  const clock = manualClock();
  const test = compose({
    root,
    storage,
    images,
    networks: fakeNetworkBackend({ now: () => clock.now() }),
    clock,
    options,
    adopt: undefined,
  });
  await test.engine.start();
  return test;
}

interface Parts {
  readonly root: string;
  readonly storage: FakeStorageBackend;
  readonly images: ImageStore;
  readonly networks: FakeNetworkBackend;
  readonly clock: ManualClock;
  readonly options: TestEngineOptions;
  readonly adopt: FakeSurvivors | undefined;
}

function compose(parts: Parts): TestEngine {
  const { root, storage, images, networks, clock, options, adopt } = parts;
  const log: string[] = [];
  const note =
    (level: string) =>
    (_fields: unknown, message: string): void => {
      log.push(`${level}: ${message}`);
    };
  const logger: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const runtime = fakeContainerRuntime({ ...options, now: () => clock.now(), ...(adopt === undefined ? {} : { adopt }) });
  const { intercept = <T>(service: T): T => service, openDatabase = (file: string) => new EngineDatabase(file) } = options;
  const database = openDatabase(path.join(root, "oriel.db"));
  database.open();
  const engine = new OrielEngine({
    root,
    database,
    storage: intercept(storage),
    images,
    runtime: intercept(runtime),
    networks: changesThrough(intercept(networks), networks),
    host: hostOf(options.host),
    logger,
    clock,
    ...options.settings,
  });
  return {
    root,
    storage,
    images,
    clock,
    runtime,
    networks,
    engine,
    database,
    log,
    async create({ name, config, hostConfig = {}, networks: asked } = {}) {
      const request = { config: { Image: "oriel/nano", ...config }, hostConfig, ...(asked === undefined ? {} : { networks: asked }) };
      return (await engine.containers.create(name === undefined ? request : { ...request, name })).id;
    },
    crash({ adopt: survivors, settings } = {}) {
      database.close();
      const { program } = options;
      const kept = { ...(program === undefined ? {} : { program }), ...(settings === undefined ? {} : { settings }) };
      return compose({ ...parts, options: kept, adopt: survivors });
    },
    async dispose() {
      const closing = engine.close();
      // Time stands still, so that none of them would be terminated when it takes too long to end.
      for (const id of runtime.live) if (runtime.status(id) === "running") await runtime.signal(id, "init", "SIGKILL");
      await closing;
      database.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Reads of networks are the backend's own: they are of its memory. */
function changesThrough(intercepted: FakeNetworkBackend, networks: FakeNetworkBackend): FakeNetworkBackend {
  const changes: readonly (string | symbol)[] = ["create", "remove", "createEndpoint", "removeEndpoint", "reconcile"];
  return new Proxy(networks, { get: (target, key) => Reflect.get(changes.includes(key) ? intercepted : target, key) as unknown });
}

function hostOf({ registryText, ...facts }: NonNullable<TestEngineOptions["host"]> = {}): HostInspector {
  return {
    inspect: async () => ({ ...(await testHost.inspect()), ...facts }),
    ...(registryText === undefined ? {} : { registryText }),
  };
}

/** The values of lists, one by one. */
export async function* each<T>(lists: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const list of lists) yield* list;
}

/** Everything of a stream of frames, as text by stream. */
export async function textOf(frames: AsyncIterable<OutputFrame>): Promise<{ stdout: string; stderr: string }> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, data } of frames) chunks[stream].push(data);
  return { stdout: Buffer.concat(chunks.stdout).toString("utf8"), stderr: Buffer.concat(chunks.stderr).toString("utf8") };
}

/** Notes events until the engine closes; `actions` are those of containers and images, in their order. */
export function noteEvents(engine: OrielEngine): { readonly seen: readonly EngineEvent[]; readonly actions: () => string[] } {
  const seen: EngineEvent[] = [];
  const events = engine.events();
  void (async () => {
    for await (const event of events) seen.push(event);
  })();
  return { seen, actions: () => seen.filter(({ type }) => type !== "network").map(({ action }) => action) };
}

/** A program that prints, and exits. */
export function prints(text: string, exitCode = 0): FakeContainerProgram {
  return async ({ stdout }) => {
    await stdout(text);
    return exitCode;
  };
}

/** A program that runs until it is asked to end, and then exits with 0. */
export const waits: FakeContainerProgram = async ({ asked }) => {
  await asked;
  return 0;
};

/** A program that runs until it is terminated. */
export const stubborn: FakeContainerProgram = () => new Promise(() => {});

/** A program that gives its input back until that ends. */
export const cat: FakeContainerProgram = async ({ stdin, stdout }) => {
  for await (const chunk of stdin) await stdout(chunk as Uint8Array);
  return 0;
};
