import { Writable } from "node:stream";
import { ConflictError, type ImageRecord, InvalidArgumentError, NotFoundError, UnimplementedError } from "@oriel/contracts";
import type {
  AttachSession,
  CommitContainerRequest,
  ContainerRecord,
  ContainerState,
  ContainerStats,
  CreateContainerRequest,
  DiskUsage,
  Engine,
  EngineEvent,
  EngineInfo,
  EventsRequest,
  LogFrame,
  OutputFrame,
  RemoveContainerRequest,
  UpdateContainerRequest,
} from "@oriel/engine";
import { Channel } from "./channel.ts";
import { FakeExecs } from "./fake-execs.ts";
import { FakeNetworks } from "./fake-networks.ts";
import { programs } from "./fake-programs.ts";
import { fakeProcesses, fakeUsage } from "./fake-usage.ts";
import { FakeVolumes } from "./fake-volumes.ts";

interface FakeContainer {
  record: ContainerRecord;
  readonly log: LogFrame[];
  readonly sessions: Set<Channel<OutputFrame>>;
  readonly stdin: Channel<Uint8Array>;
  readonly kill: AbortController;
  readonly exits: Set<(exitCode: number) => void>;
  readonly removals: Set<(exitCode: number, error: string) => void>;
  readonly followers: Set<Channel<LogFrame>>;
  readonly sizes: { height: number; width: number }[];
}

const fakeTime = new Date("2026-01-02T03:04:05.678Z");

const fakeImage: ImageRecord = {
  id: `sha256:${"ab".repeat(32)}`,
  tags: ["oriel/nano:latest"],
  digests: [],
  config: {
    created: "2026-01-01T00:00:00Z",
    architecture: "amd64",
    os: "windows",
    "os.version": "10.0.20348.2113",
    config: { Cmd: ["cmd.exe"], Env: ["A=1"], Labels: { role: "base" } },
    rootfs: { type: "layers", diff_ids: [`sha256:${"cd".repeat(32)}`] },
  },
  chainId: `sha256:${"cd".repeat(32)}`,
  size: 123_456_789,
  taggedAt: fakeTime,
};

const info: EngineInfo = {
  id: "fake-engine-id",
  name: "fakehost",
  version: "1.2.3",
  root: "/var/lib/oriel",
  host: {
    provider: "emulated",
    operatingSystem: "Windows (emulated by wine-8.0 on Debian 12)",
    osVersion: { major: 10, minor: 0, build: 20_348, revision: 2113 },
    imageBuilds: "matching",
    architecture: "amd64",
    hostname: "fakehost",
    processors: 2,
    memory: 4 * 1024 ** 3,
    securityOptions: ["name=seccomp,profile=oriel"],
    warnings: ["Containers are not contained on this host"],
    containerWarnings: [],
  },
  storage: { name: "windowsfilter", status: [["Windows", "emulated"]] },
  runtime: "local",
  networkDrivers: ["nat", "null"],
  isolation: "process",
  containers: { total: 0, running: 0, paused: 0, stopped: 0 },
  images: 1,
};

/** An engine in memory, whose containers run {@link programs}: enough for a gateway, a client and docker to talk to. */
export class FakeEngine implements Engine {
  readonly #containers = new Map<string, FakeContainer>();
  readonly #images = new Map<string, ImageRecord>([[fakeImage.id, fakeImage]]);
  readonly #listeners = new Set<Channel<EngineEvent>>();
  /** What attached clients did: for tests to look at. */
  readonly detached: string[] = [];
  readonly created: CreateContainerRequest[] = [];
  /** Events that were kept. */
  readonly past: EngineEvent[] = [];
  readonly committed: CommitContainerRequest[] = [];
  readonly updated: UpdateContainerRequest[] = [];
  readonly removed: (RemoveContainerRequest | undefined)[] = [];
  readonly volumes = new FakeVolumes();
  /** Replaces what `images.load` does. */
  onLoad: Engine["images"]["load"] | undefined;
  /** Awaited before a container is created. */
  onCreate: (() => Promise<void>) | undefined;
  /** Awaited before `info` answers. */
  onInfo: (() => Promise<void>) | undefined;

  get listeners(): number {
    return this.#listeners.size;
  }

  get logFollowers(): number {
    return [...this.#containers.values()].reduce((count, { followers }) => count + followers.size, 0);
  }

  sizes(ref: string): readonly { height: number; width: number }[] {
    return this.#find(ref).sizes;
  }

  readonly networks = new FakeNetworks();

  readonly execs = new FakeExecs({
    find: (ref) => this.#find(ref).record,
    emit: (action, id, execId) => this.emit("container", action, id, { execID: execId }),
  });

  readonly containers: Engine["containers"] = {
    create: async (request) => {
      this.created.push(request);
      await this.onCreate?.();
      const image = this.#image(request.config.Image);
      const name = (request.name ?? `fake_${this.#containers.size}`).replace(/^\//, "");
      const taken = [...this.#containers.values()].find(({ record }) => record.name === name);
      if (taken !== undefined) {
        const message = `Conflict. The container name "/${name}" is already in use by container "${taken.record.id}". You have to remove (or rename) that container to be able to reuse that name.`;
        throw new ConflictError(message, { op: "container.create" });
      }
      const id = (this.#containers.size + 1).toString(16).padStart(2, "0").repeat(32);
      const [path = "", ...args] = [...(request.config.Entrypoint ?? []), ...(request.config.Cmd ?? image.config.config?.Cmd ?? [])];
      this.#containers.set(id, {
        record: {
          id,
          name,
          createdAt: fakeTime,
          config: request.config,
          hostConfig: request.hostConfig,
          imageId: image.id,
          path,
          args,
          state: { status: "created", pid: 0, exitCode: 0, oomKilled: false, error: "", startedAt: undefined, finishedAt: undefined },
          restartCount: 0,
          isolation: request.hostConfig.Isolation === "hyperv" ? "hyperv" : "process",
          logPath: `/var/lib/oriel/logs/${id}.log`,
          storage: { name: "windowsfilter", data: { dir: `/var/lib/oriel/windowsfilter/${id}` } },
          execIds: [],
          mounts: [],
          networks: [],
        },
        log: [],
        sessions: new Set(),
        stdin: new Channel(1),
        kill: new AbortController(),
        exits: new Set(),
        removals: new Set(),
        followers: new Set(),
        sizes: [],
      });
      this.emit("container", "create", id, { name, image: request.config.Image });
      return { id, warnings: [] };
    },
    start: async (ref) => {
      const container = this.#find(ref);
      if (container.record.state.status === "running") return { changed: false };
      const { path, id } = container.record;
      if (path !== "cmd.exe" && programs[path] === undefined) {
        const message = `container ${id} encountered an error during hcs::System::CreateProcess: ${path}: failure in a Windows system call: The system cannot find the file specified. (0x2)`;
        this.#state(container, { error: message });
        if (container.record.hostConfig.AutoRemove === true) this.#remove(container);
        throw new NotFoundError(message, { op: "container.start", resource: id });
      }
      this.#state(container, { status: "running", pid: 1234, startedAt: new Date() });
      this.emit("container", "start", id);
      void this.#run(container);
      return { changed: true };
    },
    stop: async (ref) => {
      const container = this.#find(ref);
      if (container.record.state.status !== "running") return { changed: false };
      await this.#end(container);
      return { changed: true };
    },
    kill: async (ref) => {
      const container = this.#find(ref);
      if (container.record.state.status !== "running") {
        throw new ConflictError(`cannot kill container: ${ref}: container ${container.record.id} is not running`, { op: "container.kill" });
      }
      await this.#end(container);
    },
    restart: async (ref) => {
      const container = this.#find(ref);
      this.emit("container", "restart", container.record.id);
    },
    wait: async (ref, condition, signal) => {
      const container = this.#find(ref);
      const { status, exitCode, error } = container.record.state;
      if (condition === "not-running" && status !== "running") return { exitCode, error };
      const waiters = condition === "removed" ? container.removals : container.exits;
      return await new Promise((resolve, reject) => {
        const answer = (code: number, failure = "") => resolve({ exitCode: code, error: failure });
        waiters.add(answer);
        signal?.addEventListener("abort", () => {
          waiters.delete(answer);
          reject(signal.reason);
        });
      });
    },
    remove: async (ref, options) => {
      const container = this.#find(ref);
      this.removed.push(options);
      if (container.record.state.status === "running") {
        if (options?.force !== true) {
          const message = `cannot remove container "/${container.record.name}": container is running: stop the container before removing or force remove`;
          throw new ConflictError(message, { op: "container.remove" });
        }
        await this.#end(container);
      }
      this.#remove(container);
    },
    rename: async (ref, name) => {
      const container = this.#find(ref);
      container.record = { ...container.record, name };
    },
    inspect: async (ref) => {
      const { record } = this.#find(ref);
      return { ...record, execIds: this.execs.of(record.id) };
    },
    list: async (request) => {
      for (const name of Object.keys(request?.filters ?? {})) {
        if (name !== "name" && name !== "status") throw new InvalidArgumentError(`invalid filter '${name}'`, { op: "container.list" });
      }
      const records = [...this.#containers.values()].map(({ record }) => record);
      return records.filter(
        (record) =>
          (request?.all === true || record.state.status === "running") &&
          (request?.filters?.name ?? [record.name]).some((name) => record.name.includes(name)),
      );
    },
    attach: async (ref, request) => {
      const container = this.#find(ref);
      const channel = new Channel<OutputFrame>(16);
      if (request.logs === true) for (const { stream, data } of container.log) void channel.put({ stream, data });
      if (request.stream) container.sessions.add(channel);
      else channel.end();
      const wanted = (frame: OutputFrame) => (frame.stream === "stdout" ? request.stdout : request.stderr);
      const session: AttachSession = {
        tty: container.record.config.Tty ?? false,
        stdin: request.stdin && container.record.config.OpenStdin === true ? stdinOf(container) : undefined,
        output: filter(channel, wanted),
        detach: () => {
          if (container.sessions.delete(channel)) this.detached.push(container.record.id);
          channel.end();
        },
      };
      return session;
    },
    logs: async (ref, request) => {
      const container = this.#find(ref);
      const channel = new Channel<LogFrame>(Number.POSITIVE_INFINITY);
      const wanted = ({ stream, time }: LogFrame) =>
        (stream === "stdout" ? request.stdout : request.stderr) && (request.since === undefined || time >= request.since);
      const past = container.log.filter(wanted);
      for (const frame of request.tail === undefined ? past : past.slice(past.length - request.tail)) void channel.put(frame);
      const leave = () => {
        container.followers.delete(channel);
        channel.end();
      };
      if (request.follow === true && container.record.state.status === "running") container.followers.add(channel);
      else channel.end();
      request.signal?.addEventListener("abort", leave);
      return { tty: container.record.config.Tty ?? false, batches: oneByOne(filter(channel, wanted)) };
    },
    resize: async (ref, size) => {
      this.#find(ref).sizes.push(size);
    },
    pause: async (ref) => {
      const container = this.#running(ref);
      if (container.record.isolation !== "hyperv") {
        throw new UnimplementedError(`cannot pause container ${container.record.id}: not implemented`, { op: "container.pause" });
      }
      this.#state(container, { status: "paused" });
    },
    unpause: async (ref) => {
      const container = this.#find(ref);
      if (container.record.state.status !== "paused") {
        throw new ConflictError(`Container ${container.record.id} is not paused`, { op: "container.unpause" });
      }
      this.#state(container, { status: "running" });
    },
    processes: async (ref) => {
      this.#running(ref);
      return fakeProcesses;
    },
    stats: async (ref) => this.#stats(this.#find(ref), 0),
    watchStats: async (ref, signal) => this.#watch(this.#find(ref), signal),
    update: async (ref, request) => {
      this.#find(ref);
      this.updated.push(request);
      return { warnings: ["careful"] };
    },
    changes: async (ref) => {
      if (this.#find(ref).record.state.status === "running") {
        throw new ConflictError("Windows does not support diff of a running container", { op: "container.changes" });
      }
      return [
        { path: "\\app", kind: "modified" },
        { path: "\\app\\new.txt", kind: "added" },
        { path: "\\old.txt", kind: "deleted" },
      ];
    },
    size: async (ref) => ({ own: 5 * this.#find(ref).record.path.length, total: 1000 }),
    commit: async (ref, request = {}) => {
      const { record } = this.#find(ref);
      if (record.state.status === "running") {
        throw new ConflictError("windows does not support commit of a running container", { op: "container.commit" });
      }
      this.committed.push(request);
      const image = { ...fakeImage, id: `sha256:${"ef".repeat(32)}`, tags: request.reference === undefined ? [] : [request.reference] };
      this.#images.set(image.id, image);
      return image;
    },
    prune: async () => {
      const ended = [...this.#containers.values()].filter(({ record }) => record.state.status !== "running");
      for (const container of ended) this.#remove(container);
      return ended.map(({ record }) => record.id);
    },
  };

  readonly images: Engine["images"] = {
    load: async (options) => {
      if (this.onLoad !== undefined) return await this.onLoad(options);
      let size = 0;
      for await (const chunk of options.archive) size += chunk.length;
      options.onProgress?.({ status: "Loading layer", id: "abc", progressDetail: { current: size, total: size } });
      return [fakeImage];
    },
    get: async (reference) => this.#image(reference),
    list: async () => [...this.#images.values()],
    history: async (reference) => {
      const step = (createdBy: string, size: number) => ({ created: fakeTime, createdBy, comment: "", size });
      return { image: this.#image(reference), steps: [step("CMD", 0), step("base", 123_456_789)] };
    },
    tag: async (reference, target) => {
      const image = this.#image(reference);
      const name = target.includes(":") ? target : `${target}:latest`;
      this.#images.set(image.id, { ...image, tags: [...image.tags, name].sort() });
      return name;
    },
    remove: async (reference) => {
      const image = this.#image(reference);
      this.#images.delete(image.id);
      return { untagged: image.tags, deleted: [image.id] };
    },
  };

  async host(): Promise<EngineInfo["host"]> {
    await this.onInfo?.();
    return info.host;
  }

  async info(): Promise<EngineInfo> {
    await this.onInfo?.();
    const records = [...this.#containers.values()].map(({ record }) => record);
    const running = records.filter(({ state }) => state.status === "running").length;
    return {
      ...info,
      images: this.#images.size,
      containers: { total: records.length, running, paused: 0, stopped: records.length - running },
    };
  }

  beginClose(): void {}

  async diskUsage(): Promise<DiskUsage> {
    const containers = [...this.#containers.values()].map(({ record }) => ({ container: record, size: { own: 20, total: 1000 } }));
    return {
      layers: 123_456_789,
      images: [...this.#images.values()].map((image) => ({ image, shared: 0, containers: containers.length })),
      containers,
      volumes: (await this.volumes.list()).map((volume) => ({ volume, size: 5000, users: 1 })),
    };
  }

  events({ since, until, signal }: EventsRequest = {}): AsyncIterable<EngineEvent> {
    const channel = new Channel<EngineEvent>(Number.POSITIVE_INFINITY);
    this.#listeners.add(channel);
    if (since !== undefined || until !== undefined) {
      for (const event of this.past)
        if (event.time >= (since ?? new Date(0)) && event.time <= (until ?? event.time)) void channel.put(event);
    }
    signal?.addEventListener("abort", () => {
      this.#listeners.delete(channel);
      channel.end();
    });
    return channel;
  }

  emit(type: EngineEvent["type"], action: string, id: string, attributes: Record<string, string> = {}): void {
    for (const channel of this.#listeners) void channel.put({ type, action, actor: { id, attributes }, time: fakeTime });
  }

  async #run(container: FakeContainer): Promise<void> {
    const { path, args, config, hostConfig } = container.record;
    const write = (stream: OutputFrame["stream"]) => async (text: string | Uint8Array) => {
      const data = typeof text === "string" ? Buffer.from(text) : text;
      const frame = { stream, data, time: fakeTime };
      if (data.length < 1000) container.log.push(frame);
      await Promise.all([...container.sessions].map((channel) => channel.put(frame)));
      for (const channel of container.followers) void channel.put(frame);
    };
    if (config.OpenStdin !== true) container.stdin.end();
    const program = programs[path] ?? programs.echo;
    const exitCode = await program?.({
      args,
      out: write("stdout"),
      err: write("stderr"),
      input: container.stdin,
      killed: container.kill.signal,
    });
    this.#state(container, { status: "exited", pid: 0, exitCode: exitCode ?? 0, finishedAt: new Date() });
    for (const channel of [...container.sessions, ...container.followers]) channel.end();
    container.sessions.clear();
    container.followers.clear();
    for (const exited of container.exits) exited(exitCode ?? 0);
    this.emit("container", "die", container.record.id, { exitCode: String(exitCode) });
    if (hostConfig.AutoRemove === true) this.#remove(container);
  }

  async #end(container: FakeContainer): Promise<void> {
    const ended = this.containers.wait(container.record.id, "not-running");
    container.kill.abort();
    container.stdin.end();
    const waiting = new Promise((resolve) => container.exits.add(resolve));
    if (container.record.state.status === "running") await waiting;
    void ended.catch(() => {});
  }

  #remove(container: FakeContainer): void {
    this.#containers.delete(container.record.id);
    for (const channel of container.sessions) channel.end();
    for (const removed of container.removals) removed(container.record.state.exitCode, container.record.state.error);
    this.emit("container", "destroy", container.record.id);
  }

  #state(container: FakeContainer, change: Partial<ContainerState>): void {
    container.record = { ...container.record, state: { ...container.record.state, ...change } };
  }

  #stats({ record }: FakeContainer, sample: number): ContainerStats {
    return { id: record.id, name: record.name, processors: 2, usage: record.state.pid === 0 ? undefined : fakeUsage(sample) };
  }

  /** As quickly as they are read. */
  async *#watch(container: FakeContainer, signal?: AbortSignal): AsyncGenerator<ContainerStats, void> {
    for (let sample = 0; signal?.aborted !== true && this.#containers.has(container.record.id); sample += 1) {
      yield this.#stats(container, sample);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #running(ref: string): FakeContainer {
    const container = this.#find(ref);
    if (container.record.state.status === "running") return container;
    throw new ConflictError(`container ${container.record.id} is not running`, { op: "container.find" });
  }

  #find(ref: string): FakeContainer {
    const name = ref.replace(/^\//, "");
    const found = [...this.#containers.values()].find(({ record }) => record.name === name || record.id.startsWith(name));
    if (found === undefined) throw new NotFoundError(`No such container: ${ref}`, { op: "container.find" });
    return found;
  }

  #image(reference: string): ImageRecord {
    const found = [...this.#images.values()].find(
      ({ id, tags }) =>
        id === reference || id.startsWith(`sha256:${reference}`) || tags.includes(reference) || tags.includes(`${reference}:latest`),
    );
    if (found === undefined) throw new NotFoundError(`No such image: ${reference}`, { op: "image.get" });
    return found;
  }
}

function stdinOf(container: FakeContainer): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void container.stdin.put(chunk).then(() => done()),
    final: (done) => {
      // A terminal's input has no end of its own.
      if (container.record.config.Tty !== true) container.stdin.end();
      done();
    },
  });
}

async function* filter<Item>(items: AsyncIterable<Item>, wanted: (item: Item) => boolean): AsyncGenerator<Item> {
  for await (const item of items) if (wanted(item)) yield item;
}

async function* oneByOne<T>(values: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const value of values) yield [value];
}
