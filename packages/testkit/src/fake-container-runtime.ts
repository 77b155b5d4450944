import { PassThrough, type Readable, type Writable } from "node:stream";
import {
  AlreadyExistsError,
  type ContainerRuntime,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  type ProcessSpec,
  type RestoredContainer,
  type RuntimeEvent,
  type RuntimeEventListener,
  type RuntimeExit,
  type RuntimeProcess,
  type RuntimeProcessInfo,
  type RuntimeSpec,
  type RuntimeStats,
  TERMINATED_EXIT_CODE,
  UnavailableError,
  UnimplementedError,
  unlessAborted,
} from "@oriel/contracts";

/** What a scripted process has to do with. */
export interface FakeProcessContext {
  readonly process: ProcessSpec;
  /** Resolves when the bytes were taken: a full pipe holds the process, as a real one. */
  stdout(data: string | Uint8Array): Promise<void>;
  stderr(data: string | Uint8Array): Promise<void>;
  readonly stdin: Readable;
  /** Resolves when the container is asked to shut down, with the signal's name. */
  readonly asked: Promise<string>;
  /** Says that the limit of memory ends the process. */
  outOfMemory(): void;
}

/** A process as a script: what it resolves with is its exit code. SIGKILL ends it whatever it waits for. */
export type FakeContainerProgram = (context: FakeProcessContext) => Promise<number>;

export type FakeRuntimeMethod =
  | "create"
  | "start"
  | "exec"
  | "signal"
  | "attachEndpoint"
  | "detachEndpoint"
  | "pause"
  | "resume"
  | "stats"
  | "processes"
  | "update"
  | "checkpoint"
  | "delete"
  | "restore";

export interface FakeContainerRuntime extends ContainerRuntime {
  /** Every call, in order: `create <id>`, `signal <id> init SIGTERM`. */
  readonly calls: readonly string[];
  /** Ids that were created and not deleted. */
  readonly live: readonly string[];
  /** The spec of each live container. */
  specOf(id: string): RuntimeSpec | undefined;
  /** Sizes that `resize` was called with, in order. */
  readonly sizes: readonly { readonly height: number; readonly width: number }[];
  /** The next call of this method does this first; what it throws is what the call throws. Calls queue up. */
  before(method: FakeRuntimeMethod, action: (id: string) => void | Promise<void>): void;
  /** The processes of the former daemon: as the host has them after a crash. A runtime made with it can adopt them. */
  survivors(): FakeSurvivors;
}

/** Containers that outlive the runtime that made them. */
export type FakeSurvivors = ReadonlyMap<string, { readonly spec: RuntimeSpec; readonly init: RuntimeProcess | undefined }>;

export interface FakeContainerRuntimeOptions {
  /** The program of a process; throws NotFoundError for one that does not exist. @default one that exits with 0 at once */
  readonly program?: (process: ProcessSpec) => FakeContainerProgram;
  /** The time of an exit. @default the system's */
  readonly now?: () => Date;
  /** What a container has used. @default 0 of everything */
  readonly stats?: (id: string) => Partial<RuntimeStats>;
  /** @default none: `restore` answers that everything is gone */
  readonly adopt?: FakeSurvivors;
}

interface FakeContainer {
  readonly spec: RuntimeSpec;
  init: FakeProcess | undefined;
  readonly execs: Map<string, FakeProcess>;
  isStopped: boolean;
  /** Settles when it is resumed; undefined while it is not paused. */
  paused: { readonly over: Promise<void>; end(): void } | undefined;
}

interface FakeProcess extends RuntimeProcess {
  readonly spec: ProcessSpec;
  readonly startedAt: Date;
  readonly isOver: boolean;
  ask(signal: string): void;
  terminate(): void;
}

/** Bytes that a pipe takes before it holds its writer. */
const pipeBytes = 4096;

/** A container runtime in memory that keeps every rule of the port; its processes are scripts. */
export function fakeContainerRuntime(options: FakeContainerRuntimeOptions = {}): FakeContainerRuntime {
  const program = options.program ?? (() => async () => 0);
  const now = options.now ?? (() => new Date());
  const containers = new Map<string, FakeContainer>();
  const calls: string[] = [];
  const sizes: { height: number; width: number }[] = [];
  const actions = new Map<FakeRuntimeMethod, ((id: string) => void | Promise<void>)[]>();
  const listeners = new Map<RuntimeEventListener, Map<string, Promise<void>>>();
  const toldGone = new Set<string>();
  let nextPid = 1000;

  const emit = (event: RuntimeEvent): void => {
    for (const [listener, tails] of listeners) {
      const tell = async () => {
        if (listeners.has(listener)) await listener(event);
      };
      tails.set(
        event.id,
        (tails.get(event.id) ?? Promise.resolve()).then(tell).catch(() => {}),
      );
    }
  };
  const enter = async (method: FakeRuntimeMethod, id: string, ...rest: string[]): Promise<void> => {
    calls.push([method, id, ...rest].join(" "));
    await actions.get(method)?.shift()?.(id);
  };
  const containerOf = (id: string, op: string): FakeContainer => {
    const container = containers.get(id);
    if (container === undefined) throw new NotFoundError(`no container ${id} in the runtime`, { op, resource: id });
    return container;
  };
  const run = (containerId: string, id: string, spec: ProcessSpec, afterExit: () => void | Promise<void>): FakeProcess => {
    nextPid += 4;
    const pid = nextPid;
    return startProcess({
      id,
      pid,
      spec,
      program: program(spec),
      now,
      awake: async () => containers.get(containerId)?.paused?.over,
      afterExit,
      onOutOfMemory: () => emit({ kind: "oom", id: containerId, at: now() }),
      onExit: (exit) => emit({ kind: "exit", id: containerId, at: exit.exitedAt, processId: id, pid, exit }),
      onResize: (size) => sizes.push(size),
    });
  };
  const aliveOf = (id: string, op: string): FakeContainer => {
    const container = containerOf(id, op);
    if (container.init !== undefined && !container.isStopped) return container;
    throw new FailedPreconditionError(`container ${id} does not run`, { op, resource: id });
  };

  return {
    name: "fake",
    calls,
    sizes,
    get live() {
      return [...containers.keys()];
    },
    specOf: (id) => containers.get(id)?.spec,
    before(method, action) {
      actions.set(method, [...(actions.get(method) ?? []), action]);
    },
    survivors: () => new Map([...containers].map(([id, { spec, init }]) => [id, { spec, init }])),

    async create({ id, spec, signal }) {
      await unlessAborted(enter("create", id), signal);
      checkSpec(id, spec);
      if (containers.has(id)) throw new AlreadyExistsError(`container ${id} exists`, { op: "runtime.create", resource: id });
      containers.set(id, { spec, init: undefined, execs: new Map(), isStopped: false, paused: undefined });
      toldGone.delete(id);
      emit({ kind: "created", id, at: now() });
    },
    async start(id, { signal } = {}) {
      const container = containerOf(id, "runtime.start");
      if (container.init !== undefined || container.spec.process === undefined) {
        throw new FailedPreconditionError(`container ${id} was started already`, { op: "runtime.start", resource: id });
      }
      const { process } = container.spec;
      try {
        await unlessAborted(enter("start", id), signal);
        container.init = run(id, "init", process, async () => {
          const execs = [...container.execs.values()];
          for (const exec of execs) exec.terminate();
          await Promise.all(execs.map((exec) => exec.exit));
          container.isStopped = true;
        });
        emit({ kind: "started", id, at: now(), pid: container.init.pid });
        return container.init;
      } catch (error) {
        containers.delete(id);
        throw error;
      }
    },
    async exec(id, execId, process, { signal } = {}) {
      await unlessAborted(enter("exec", id, execId), signal);
      const container = aliveOf(id, "runtime.exec");
      if (container.paused) throw new FailedPreconditionError(`container ${id} is paused`, { op: "runtime.exec", resource: id });
      const isTaken = execId === "init" || container.execs.get(execId)?.isOver === false;
      if (isTaken) throw new AlreadyExistsError(`exec ${execId} exists`, { op: "runtime.exec", resource: execId });
      const exec = run(id, execId, process, () => {});
      container.execs.set(execId, exec);
      emit({ kind: "exec-added", id, at: now(), processId: execId });
      emit({ kind: "exec-started", id, at: now(), processId: execId, pid: exec.pid });
      return exec;
    },
    async signal(id, processId, signal) {
      await enter("signal", id, processId, signal);
      const container = containerOf(id, "runtime.signal");
      const target = processId === "init" ? container.init : container.execs.get(processId);
      if (target === undefined) throw new NotFoundError(`no process ${processId} in ${id}`, { op: "runtime.signal", resource: processId });
      if (signal === "SIGKILL" || processId !== "init") target.terminate();
      else target.ask(signal);
    },
    async attachEndpoint(id, endpointId) {
      await enter("attachEndpoint", id, endpointId);
      aliveOf(id, "runtime.attach-endpoint");
    },
    async detachEndpoint(id, endpointId) {
      await enter("detachEndpoint", id, endpointId);
      aliveOf(id, "runtime.detach-endpoint");
    },
    async pause(id) {
      await enter("pause", id);
      const container = aliveOf(id, "runtime.pause");
      const isVirtual = container.spec.windows?.hyperv !== undefined;
      if (container.paused || !isVirtual) {
        const why = container.paused ? "is paused already" : "has process isolation and cannot be paused";
        throw new FailedPreconditionError(`container ${id} ${why}`, { op: "runtime.pause", resource: id });
      }
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      container.paused = { over, end };
      emit({ kind: "paused", id, at: now() });
    },
    async resume(id) {
      await enter("resume", id);
      const { paused } = containerOf(id, "runtime.resume");
      if (!paused) throw new FailedPreconditionError(`container ${id} is not paused`, { op: "runtime.resume", resource: id });
      aliveOf(id, "runtime.resume").paused = undefined;
      paused.end();
      emit({ kind: "resumed", id, at: now() });
    },
    async stats(id): Promise<RuntimeStats> {
      await enter("stats", id);
      const { init } = aliveOf(id, "runtime.stats");
      return {
        readAt: now(),
        startedAt: init?.startedAt,
        uptime100ns: 0,
        memory: { commit: 0, commitPeak: 0, privateWorkingSet: 0 },
        processor: { total100ns: 0, user100ns: 0, kernel100ns: 0 },
        storage: { readCount: 0, readBytes: 0, writeCount: 0, writeBytes: 0 },
        networks: [],
        ...options.stats?.(id),
      };
    },
    async processes(id): Promise<readonly RuntimeProcessInfo[]> {
      await enter("processes", id);
      const { init, execs } = aliveOf(id, "runtime.processes");
      const running = [init, ...execs.values()].filter((process) => process !== undefined && !process.isOver);
      return running.flatMap((process) => (process ? [infoOf(process)] : []));
    },
    async update(id) {
      await enter("update", id);
      containerOf(id, "runtime.update");
      throw new UnimplementedError("this runtime cannot change limits", { op: "runtime.update", resource: id });
    },
    async checkpoint(id) {
      await enter("checkpoint", id);
      containerOf(id, "runtime.checkpoint");
      throw new UnimplementedError("this runtime cannot save the state of a container", { op: "runtime.checkpoint", resource: id });
    },
    onEvent(listener) {
      // Of the same function given twice, each is a listener of its own.
      const own: RuntimeEventListener = (event) => listener(event);
      listeners.set(own, new Map());
      return () => void listeners.delete(own);
    },
    status(id) {
      const container = containers.get(id);
      if (container === undefined) return undefined;
      if (container.isStopped) return "stopped";
      if (container.paused) return "paused";
      return container.init === undefined ? "created" : "running";
    },
    async delete(id) {
      await enter("delete", id);
      const container = containers.get(id);
      container?.init?.terminate();
      containers.delete(id);
      await container?.init?.exit;
    },
    async restore(id, spec): Promise<RestoredContainer> {
      await enter("restore", id);
      const survivor = options.adopt?.get(id);
      if (survivor?.init === undefined) {
        const reason = "no such compute system";
        if (!toldGone.has(id)) {
          toldGone.add(id);
          const error = new UnavailableError(`container ${id} is gone: ${reason}`, { op: "runtime.restore", resource: id });
          const exit: RuntimeExit = { exitCode: 0xffffffff, exitedAt: now(), error };
          emit({ kind: "exit", id, at: exit.exitedAt, processId: "init", pid: 0, exit });
        }
        return { outcome: "gone", reason };
      }
      const init = survivor.init as FakeProcess;
      const container: FakeContainer = { spec, init, execs: new Map(), isStopped: false, paused: undefined };
      void init.exit.then((exit) => {
        container.isStopped = true;
        emit({ kind: "exit", id, at: exit.exitedAt, processId: "init", pid: init.pid, exit });
      });
      containers.set(id, container);
      return { outcome: "adopted", init };
    },
  };
}

interface StartProcessOptions {
  readonly id: string;
  readonly pid: number;
  readonly spec: ProcessSpec;
  readonly program: FakeContainerProgram;
  now(): Date;
  /** Waits while the container is paused. */
  awake(): Promise<void>;
  /** Before the exit is reported. */
  afterExit(): void | Promise<void>;
  onOutOfMemory(): void;
  onExit(exit: RuntimeExit): void;
  onResize(size: { readonly height: number; readonly width: number }): void;
}

function startProcess(options: StartProcessOptions): FakeProcess {
  const { id, pid, spec, program, now, awake, onResize } = options;
  const stdin = new PassThrough({ highWaterMark: pipeBytes });
  const stdout = new PassThrough({ highWaterMark: pipeBytes });
  const stderr = spec.terminal === true ? null : new PassThrough({ highWaterMark: pipeBytes });
  // A client that writes to a process that is gone is no fault of the test.
  stdin.on("error", () => {});

  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  let terminate: () => void = () => {};
  const terminated = new Promise<number>((resolve) => {
    terminate = () => resolve(TERMINATED_EXIT_CODE);
  });
  let isStarved = false;
  const context: FakeProcessContext = {
    process: spec,
    stdout: async (data) => {
      await awake();
      await write(stdout, data);
    },
    stderr: async (data) => {
      await awake();
      await write(stderr ?? stdout, data);
    },
    stdin,
    asked,
    outOfMemory: () => {
      isStarved = true;
    },
  };
  let isOver = false;
  const exit: Promise<RuntimeExit> = Promise.race([program(context), terminated]).then(async (exitCode) => {
    isOver = true;
    for (const stream of [stdout, stderr]) if (stream !== null && !stream.writableEnded) stream.end();
    stdin.destroy();
    await options.afterExit();
    const over: RuntimeExit = { exitCode, exitedAt: now() };
    if (isStarved) options.onOutOfMemory();
    options.onExit(over);
    return over;
  });
  return {
    id,
    pid,
    spec,
    startedAt: now(),
    stdin,
    stdout,
    stderr,
    exit,
    get isOver() {
      return isOver;
    },
    async closeStdin() {
      if (!stdin.destroyed) stdin.end();
    },
    async resize(size) {
      if (spec.terminal !== true) throw new FailedPreconditionError("the process has no terminal", { op: "process.resize", resource: id });
      onResize(size);
    },
    ask,
    terminate,
  };
}

function infoOf({ id, pid, spec, startedAt }: FakeProcess): RuntimeProcessInfo {
  const image = (spec.commandLine || spec.args?.[0] || "").split(" ")[0] ?? "";
  return {
    pid,
    processId: id,
    image: image.split("\\").at(-1) ?? "",
    createdAt: startedAt,
    user100ns: 0,
    kernel100ns: 0,
    commit: 0,
    privateWorkingSet: 0,
    sharedWorkingSet: 0,
  };
}

/** What a runtime cannot serve. */
function checkSpec(id: string, { process, windows, root, mounts = [] }: RuntimeSpec): void {
  const isHyperV = windows?.hyperv !== undefined;
  const fault =
    process === undefined || (!process.args?.length && !process.commandLine)
      ? "no command"
      : (windows?.layerFolders.length ?? 0) < 2
        ? "fewer than two layer folders"
        : !isHyperV && !root?.path.startsWith("\\\\?\\Volume{")
          ? "a root that is no volume"
          : root?.readonly === true
            ? "a read-only root"
            : mounts.some(({ source }) => !source)
              ? "a mount without source"
              : undefined;
  if (fault !== undefined) throw new InvalidArgumentError(`the spec of ${id} has ${fault}`, { op: "runtime.create", resource: id });
}

async function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  // A process that was terminated does nothing more, not even in a loop.
  if (stream.writableEnded || stream.destroyed) return new Promise(() => {});
  if (stream.write(data)) return;
  await new Promise<void>((resolve) => stream.once("drain", () => resolve()));
  if (stream.writableEnded) await new Promise(() => {});
}
