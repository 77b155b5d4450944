import type { Readable, Writable } from "node:stream";
import type { OrielError } from "../errors/errors.ts";
import { serviceToken } from "../plugins/token.ts";
import type { ProcessSpec, RuntimeSpec, WindowsSpec } from "./runtime-spec.ts";

/** How a process or compute system ended. */
export interface RuntimeExit {
  /** Unsigned 32 bits, as Windows has them. */
  readonly exitCode: number;
  readonly exitedAt: Date;
  /** A failure around the exit (properties that could not be read, a handle that did not close); the code is kept. */
  readonly error?: OrielError;
}

/** A process of a container, with the ends of its standard streams. Each stream has one consumer. */
export interface RuntimeProcess {
  /** `init`, or the exec id. */
  readonly id: string;
  /** Windows process id inside the container. */
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** null with a terminal: both streams are one then. */
  readonly stderr: Readable | null;
  /** Settles once and never rejects. For `init` it settles after its compute system is gone and closed. */
  readonly exit: Promise<RuntimeExit>;
  /** Ends the input; the process sees end of file. A process that is gone already is no error. */
  closeStdin(): Promise<void>;
  /** @throws FailedPreconditionError without a terminal. */
  resize(size: { readonly height: number; readonly width: number }): Promise<void>;
}

/** What a container has used, as the host counts it. Times are in units of 100 ns. */
export interface RuntimeStats {
  readonly readAt: Date;
  /** undefined where the host does not say. */
  readonly startedAt: Date | undefined;
  readonly uptime100ns: number;
  /** In bytes. */
  readonly memory: { readonly commit: number; readonly commitPeak: number; readonly privateWorkingSet: number };
  readonly processor: { readonly total100ns: number; readonly user100ns: number; readonly kernel100ns: number };
  readonly storage: { readonly readCount: number; readonly readBytes: number; readonly writeCount: number; readonly writeBytes: number };
  readonly networks: readonly RuntimeNetworkStats[];
}

export interface RuntimeNetworkStats {
  readonly endpointId: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receivedDropped: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sentDropped: number;
}

/** A process inside a container, as the host lists it. */
export interface RuntimeProcessInfo {
  readonly pid: number;
  /** `init`, or the exec id; undefined for a process that another one started. */
  readonly processId: string | undefined;
  /** Name of its program's file. */
  readonly image: string;
  readonly createdAt: Date | undefined;
  readonly user100ns: number;
  readonly kernel100ns: number;
  /** In bytes. */
  readonly commit: number;
  readonly privateWorkingSet: number;
  readonly sharedWorkingSet: number;
}

/**
 * Something that happened to a container. Of one container they come in order and each once: `created`, `started`, then what
 * happens to it and its further processes, and the exit of `init` last. `oom` comes before the exit of a process during which
 * the host ended it, or another process of the container, as the container had reached its limit of memory; the exit code of
 * that process is not 0. What could not be started is not reported, and has no
 * exit. Of a container that `restore` finds gone only the exit of `init` is told, with exit code 0xffffffff and an error that says
 * why: at least once across restarts, as nobody knows whether the former process of the engine wrote it down.
 */
export type RuntimeEvent =
  | { readonly kind: "created" | "paused" | "resumed" | "oom"; readonly id: string; readonly at: Date }
  | { readonly kind: "started"; readonly id: string; readonly at: Date; readonly pid: number }
  | { readonly kind: "exec-added"; readonly id: string; readonly at: Date; readonly processId: string }
  | { readonly kind: "exec-started"; readonly id: string; readonly at: Date; readonly processId: string; readonly pid: number }
  | {
      readonly kind: "exit";
      readonly id: string;
      readonly at: Date;
      /** `init`, or the exec id. */
      readonly processId: string;
      readonly pid: number;
      readonly exit: RuntimeExit;
    };

/** The next event of the same container waits until the promise settles; one that rejects is logged, and not repeated. */
export type RuntimeEventListener = (event: RuntimeEvent) => void | Promise<void>;

export type RuntimeStatus = "created" | "running" | "paused" | "stopped";

export interface CreateContainerOptions {
  readonly id: string;
  readonly spec: RuntimeSpec;
  /** Gives it up, as {@link StartProcessOptions.signal} does. */
  readonly signal?: AbortSignal;
}

/** Options of making a process. */
export interface StartProcessOptions {
  /**
   * Gives it up: what the host was asked for is not waited for any more, and once what was made is undone the call rejects with
   * the signal's reason. What the host makes late is ended as soon as it is there.
   */
  readonly signal?: AbortSignal;
}

/** What became of a container that a former process of the engine started. */
export type RestoredContainer =
  | { readonly outcome: "adopted"; readonly init: RuntimeProcess }
  | { readonly outcome: "gone"; readonly reason: string };

/**
 * Runs containers from OCI specs. Work flow: `create` makes and starts the compute system (without a process); `start`
 * runs the spec's process in it; when that process ends the compute system is ended too, and `init.exit` settles;
 * `delete` forgets the container. A `create` or `start` that fails leaves nothing behind.
 */
export interface ContainerRuntime {
  /** `local` or `containerd`. */
  readonly name: string;
  /**
   * @throws InvalidArgumentError for a spec that the runtime cannot serve; AlreadyExistsError for an id in use;
   *   DeadlineExceededError when the service does not answer in time.
   */
  create(options: CreateContainerOptions): Promise<void>;
  /** @throws NotFoundError for an unknown id, or for a program that does not exist; FailedPreconditionError when started already. */
  start(id: string, options?: StartProcessOptions): Promise<RuntimeProcess>;
  /** @throws NotFoundError; FailedPreconditionError unless running; AlreadyExistsError for an exec id in use. */
  exec(id: string, execId: string, process: ProcessSpec, options?: StartProcessOptions): Promise<RuntimeProcess>;
  /**
   * `SIGKILL` terminates; any other signal asks the container to shut down. An exec'd process is terminated by any
   * signal. What ended already is no error. @throws NotFoundError
   */
  signal(id: string, processId: string, signal: string): Promise<void>;
  /**
   * Gives a running container one more endpoint of the host network service.
   * @throws NotFoundError for the container or the endpoint; UnimplementedError where the host cannot
   */
  attachEndpoint(id: string, endpointId: string): Promise<void>;
  /** Takes an endpoint from a running container; one that it does not have is no error. @throws as `attachEndpoint` */
  detachEndpoint(id: string, endpointId: string): Promise<void>;
  /**
   * Stops all its processes until `resume`. Only what is a virtual machine can be paused.
   * @throws NotFoundError; FailedPreconditionError unless it runs, or under process isolation.
   */
  pause(id: string): Promise<void>;
  /** @throws NotFoundError; FailedPreconditionError unless it is paused. */
  resume(id: string): Promise<void>;
  /** @throws NotFoundError; FailedPreconditionError unless it runs or is paused. */
  stats(id: string): Promise<RuntimeStats>;
  /** Its processes, in the order in which they were made. @throws NotFoundError; FailedPreconditionError unless it runs or is paused. */
  processes(id: string): Promise<readonly RuntimeProcessInfo[]>;
  /** Changes limits while it runs. @throws NotFoundError; UnimplementedError where the host cannot. */
  update(id: string, resources: WindowsSpec["resources"]): Promise<void>;
  /** Saves its state. @throws NotFoundError; UnimplementedError where the host cannot. */
  checkpoint(id: string, folder: string): Promise<void>;
  /** Calls back for all that happens from now on, `restore` included: its exit if it is gone. Answers what ends it. */
  onEvent(listener: RuntimeEventListener): () => void;
  status(id: string): RuntimeStatus | undefined;
  /** Forgets a container; one that still has a compute system is terminated first. Unknown ids are no error. */
  delete(id: string): Promise<void>;
  /** Looks for a container of a former process of the engine, and takes it over or says why not. Ends what it cannot take over. */
  restore(id: string, spec: RuntimeSpec): Promise<RestoredContainer>;
}

export const containerRuntimeToken = serviceToken<ContainerRuntime>("oriel.container-runtime");
