import type { Writable } from "node:stream";
import {
  type ContainerConfig,
  type EndpointSettings,
  type HostConfig,
  type HostFacts,
  type ImageRecord,
  type ImageStore,
  type LayerChange,
  type OrielError,
  type RemovedImage,
  type RestartPolicy,
  type RuntimeProcessInfo,
  type RuntimeStats,
  serviceToken,
} from "@oriel/contracts";
import type { ExecConfig } from "@oriel/oci-spec";
import type { ContainerNetworkRecord, Networks } from "./networks/networks-api.ts";

export type * from "./networks/networks-api.ts";

/**
 * `created` → `running` → `exited`; `restarting` between two runs of its restart policy; `removing` while it is taken apart;
 * `dead` when that failed.
 */
export type ContainerStatus = "created" | "running" | "paused" | "restarting" | "exited" | "removing" | "dead";

export interface ContainerState {
  readonly status: ContainerStatus;
  /** Windows process id of the first process; 0 when not running. */
  readonly pid: number;
  /** Of the last run; unsigned 32 bits. */
  readonly exitCode: number;
  /** Whether a limit of memory has ended a process of the last run. */
  readonly oomKilled: boolean;
  /** Why the last start failed or the last run was cut short; empty otherwise. */
  readonly error: string;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** Something of the host, or a volume, that a container has mounted. */
export interface MountPoint {
  readonly type: "bind" | "npipe" | "volume";
  /** Folder or pipe of the host; in a record, of a volume: the folder of its files. */
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
  readonly volume?: {
    readonly name: string;
    /** Nobody has named it. */
    readonly isAnonymous?: boolean;
    /** What the image has at its place is not copied into it. */
    readonly noCopy?: boolean;
    /** Folder within the volume that is mounted. */
    readonly subpath?: string;
    /** It is to be removed with the container. */
    readonly isAbandoned?: boolean;
  };
}

/** A container as `inspect` shows it. */
export interface ContainerRecord {
  /** 64 hex digits. */
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  readonly createdAt: Date;
  /** As configured, with what was taken over from the image at create. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** `sha256:…` */
  readonly imageId: string;
  /** In a list: the name that its image was given by or, where that means another image now or none, the image's id. */
  readonly imageName?: string;
  /** Program and arguments after image and container were merged. */
  readonly path: string;
  readonly args: readonly string[];
  readonly state: ContainerState;
  readonly restartCount: number;
  /** The isolation in effect. */
  readonly isolation: "process" | "hyperv";
  readonly logPath: string;
  /** Rows of the storage driver for `inspect`: folder of the scratch. */
  readonly storage: { readonly name: string; readonly data: Readonly<Record<string, string>> };
  /** Ids of its execs that have not ended. */
  readonly execIds: readonly string[];
  /** In the order of their destinations. */
  readonly mounts: readonly MountPoint[];
  /** In the order of their names. Empty where it has no network, or shares that of another container. */
  readonly networks: readonly ContainerNetworkRecord[];
}

export interface CreateContainerRequest {
  /** Without or with a leading slash; absent: a random one is given. */
  readonly name?: string;
  /** `os/architecture` that the image must have; absent: any. */
  readonly platform?: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** How it is to be connected, by names or ids of networks. Absent: to the one of its network mode. */
  readonly networks?: Readonly<Record<string, EndpointSettings>>;
}

export interface ListContainersRequest {
  /** Also those that do not run. */
  readonly all?: boolean | undefined;
  readonly limit?: number | undefined;
  /** Docker's filters: id, name, label, status, ancestor, exited, before, since, network, publish, expose. @throws InvalidArgumentError for others */
  readonly filters?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** In bytes. */
export interface ContainerSize {
  /** Of the files that it changed or added; undefined where they could not be measured, which the log then says. */
  readonly own: number | undefined;
  /** Its own, as far as known, and those of its image. */
  readonly total: number;
}

export interface CommitContainerRequest {
  /** What the image's configuration is to have in place of the container's. */
  readonly config?: Partial<ContainerConfig>;
  /** Build instructions that change the configuration further: `CMD ["app.exe"]`. */
  readonly changes?: readonly string[];
  readonly author?: string;
  readonly comment?: string;
  /** `name` or `name:tag`; absent: the image has no name. */
  readonly reference?: string;
  readonly signal?: AbortSignal;
}

/** What a container has used. */
export interface ContainerStats {
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  /** Number of the host's processors: what processor time is measured against. */
  readonly processors: number;
  /** Undefined while it does not run. */
  readonly usage: RuntimeStats | undefined;
}

export interface UpdateContainerRequest {
  readonly restartPolicy?: RestartPolicy;
  /** Those that are 0 or absent stay as they are. */
  readonly limits?: Pick<
    HostConfig,
    "CpuShares" | "NanoCpus" | "CpuCount" | "CpuPercent" | "Memory" | "IOMaximumIOps" | "IOMaximumBandwidth"
  >;
}

/** A piece of a container's output. */
export interface OutputFrame {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

export interface LogFrame extends OutputFrame {
  readonly time: Date;
}

export interface ContainerLogs {
  readonly tty: boolean;
  /** As many entries at once as came together. Readers of one container at the same place get the same list, and must not change it. */
  readonly batches: AsyncIterable<readonly LogFrame[]>;
}

export interface AttachRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Begin with what was logged so far. */
  readonly logs?: boolean;
  /** Stay for what comes. */
  readonly stream: boolean;
}

/** An attached client's view. Attaching to a created container waits for its start. */
export interface AttachSession {
  readonly tty: boolean;
  /** Present when stdin was asked for and the container has it open. Ending it ends the container's input if StdinOnce. */
  readonly stdin: Writable | undefined;
  /** Ends when the container's output has ended and all of it was delivered. A slow reader slows the container's output. */
  readonly output: AsyncIterable<OutputFrame>;
  /** Leaves; the container goes on. */
  detach(): void;
}

export interface LogsRequest {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow?: boolean | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Number of last lines; absent: all. */
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemoveContainerRequest {
  /** Also one that runs. */
  readonly force?: boolean;
  /** With the volumes that nobody has named, unless other containers use them. */
  readonly volumes?: boolean;
}

/** When `wait` answers: at once if it does not run, at its next exit, or once it is removed. */
export type WaitCondition = "not-running" | "next-exit" | "removed";

/**
 * Containers are named by id, by an unambiguous beginning of it, or by name with or without a leading slash; every
 * method throws NotFoundError (`No such container: x`) for others, InvalidArgumentError for an ambiguous beginning.
 */
export interface Containers {
  /** @throws ConflictError for a name in use; NotFoundError for an image that is not here; InvalidArgumentError naming the option. */
  create(request: CreateContainerRequest): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
  /** Starting one that runs, or that its policy is restarting, is no error: `changed` is false then. */
  start(ref: string): Promise<{ readonly changed: boolean }>;
  /**
   * Asks it to end and after `timeout` seconds (default: its StopTimeout, else 10; -1: waits for ever) ends it. Gives up a start
   * or restart on its way.
   */
  stop(
    ref: string,
    options?: { readonly timeout?: number | undefined; readonly signal?: string | undefined },
  ): Promise<{ readonly changed: boolean }>;
  /** Gives up a start or restart on its way. @throws ConflictError when it does not run; InvalidArgumentError for an unknown signal. */
  kill(ref: string, signal?: string): Promise<void>;
  restart(ref: string, options?: { readonly timeout?: number | undefined; readonly signal?: string | undefined }): Promise<void>;
  wait(ref: string, condition: WaitCondition, signal?: AbortSignal): Promise<{ readonly exitCode: number; readonly error: string }>;
  /**
   * @throws ConflictError while it runs, starts or is restarting, unless `force`; DeadlineExceededError where the host does not
   *   return from what a start made: the container is removed once it has.
   */
  remove(ref: string, options?: RemoveContainerRequest): Promise<void>;
  rename(ref: string, name: string): Promise<void>;
  inspect(ref: string): Promise<ContainerRecord>;
  list(request?: ListContainersRequest): Promise<readonly ContainerRecord[]>;
  attach(ref: string, request: AttachRequest): Promise<AttachSession>;
  logs(ref: string, request: LogsRequest): Promise<ContainerLogs>;
  resize(ref: string, size: { readonly height: number; readonly width: number }): Promise<void>;
  /**
   * Stops all its processes until it is unpaused. Stopping or killing it unpauses it where need be.
   * @throws ConflictError unless it runs, and when it is paused; UnimplementedError under process isolation.
   */
  pause(ref: string): Promise<void>;
  /** @throws ConflictError unless it is paused. */
  unpause(ref: string): Promise<void>;
  /** Its processes, in the order in which they were made. @throws ConflictError unless it runs. */
  processes(ref: string): Promise<readonly RuntimeProcessInfo[]>;
  /** What it has used so far. */
  stats(ref: string): Promise<ContainerStats>;
  /** The same at once and every second, until it is removed or `signal` aborts. */
  watchStats(ref: string, signal?: AbortSignal): Promise<AsyncIterable<ContainerStats>>;
  /**
   * Changes what can be changed of a container that is made.
   * @throws InvalidArgumentError naming the option; UnimplementedError for limits that the runtime cannot change.
   */
  update(ref: string, request: UpdateContainerRequest): Promise<{ readonly warnings: readonly string[] }>;
  /** What it changed against its image, in the order of the paths. @throws ConflictError while it runs. */
  changes(ref: string): Promise<readonly LayerChange[]>;
  /** @throws NotFoundError, also when it is removed meanwhile */
  size(ref: string): Promise<ContainerSize>;
  /** Makes an image of its image and what it changed. @throws ConflictError while it runs; InvalidArgumentError for a reference that is none, or naming the change */
  commit(ref: string, request?: CommitContainerRequest): Promise<ImageRecord>;
  /** Removes all that do not run; returns their ids. */
  prune(): Promise<readonly string[]>;
}

/** A further process of a container, in the Docker Engine API's names. What is absent is as the container has it. */
export interface CreateExecRequest extends ExecConfig {
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  /** Kept for whoever serves the client. */
  readonly DetachKeys?: string;
}

export interface ExecRecord {
  /** 64 hex digits. */
  readonly id: string;
  readonly containerId: string;
  readonly request: CreateExecRequest;
  /** `created` until it is started, once; `ended` also when it could not be started. */
  readonly status: "created" | "running" | "ended";
  /** Windows process id inside the container; 0 before it is started. */
  readonly pid: number;
  /** Unsigned 32 bits; 127 (no such program) or 126 when it could not be started. Undefined until it has ended. */
  readonly exitCode: number | undefined;
}

export interface StartExecRequest {
  /** Join the streams that it was created with; otherwise its input ends at once and its output is dropped. */
  readonly attach: boolean;
  /** Of its terminal, in place of the one given at create. */
  readonly consoleSize?: readonly [height: number, width: number];
}

/** A program that cannot be run is an answer and no fault of the call: it gives the exec its exit code. */
export type ExecStart =
  | { readonly outcome: "running"; readonly session: AttachSession }
  | { readonly outcome: "failed"; readonly error: OrielError };

/**
 * Further processes of running containers, named by their whole id. Every method throws NotFoundError (`No such exec
 * instance: x`) for one that does not exist, that ended a good while ago, or whose container was removed.
 */
export interface Execs {
  /**
   * @param ref The container, as for {@link Containers}.
   * @throws ConflictError when it does not run, or is paused; InvalidArgumentError naming the option.
   */
  create(ref: string, request: CreateExecRequest): Promise<{ readonly id: string }>;
  /** The session's output ends when the exit code is there. @throws ConflictError when started before, or when the container does not run. */
  start(id: string, request: StartExecRequest): Promise<ExecStart>;
  inspect(id: string): Promise<ExecRecord>;
  /** @throws InvalidArgumentError before it is started; ConflictError when it has ended, or has no terminal. */
  resize(id: string, size: { readonly height: number; readonly width: number }): Promise<void>;
}

/** A step of the making of an image. */
export interface ImageStep {
  readonly created: Date | undefined;
  readonly createdBy: string;
  readonly comment: string;
  /** Bytes of the layer that it added; 0 where it added none. */
  readonly size: number;
}

/** Images, with the engine's knowledge of which containers use them. */
export interface Images extends Omit<ImageStore, "remove" | "commit" | "ensureLayers"> {
  /** The latest step first. @throws NotFoundError; InvalidArgumentError */
  history(reference: string): Promise<{ readonly image: ImageRecord; readonly steps: readonly ImageStep[] }>;
  remove(reference: string, options: { readonly force: boolean }): Promise<RemovedImage>;
}

export interface VolumeRecord {
  /** In lower case. */
  readonly name: string;
  readonly createdAt: Date;
  /** Absolute path of the folder of its files. */
  readonly mountpoint: string;
  /** Undefined where none were given. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

export interface CreateVolumeRequest {
  /** Absent: a random one, and the label of a volume that nobody has named. */
  readonly name?: string;
  /** @default "local" */
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Folders for containers' data, which outlive them. Names have no case, as on Windows. */
export interface Volumes {
  /**
   * One of that name is returned as it is; a new one is durable.
   * @throws InvalidArgumentError for the name and for options of the driver; NotFoundError for another driver than `local`;
   *   ConflictError where a folder of that name is no volume's.
   */
  create(request: CreateVolumeRequest): Promise<VolumeRecord>;
  /** By name. @param filters Docker's: dangling, driver, label, name. @throws InvalidArgumentError for others */
  list(filters?: Readonly<Record<string, readonly string[]>>): Promise<readonly VolumeRecord[]>;
  /** @throws NotFoundError */
  inspect(name: string): Promise<VolumeRecord>;
  /** @throws ConflictError while containers use it; NotFoundError, unless `force`. */
  remove(name: string, options?: { readonly force?: boolean }): Promise<void>;
  /**
   * Removes the volumes that no container uses and nobody has named, or all that no container uses.
   * @param filters Docker's: all, label, label!. @throws InvalidArgumentError for others; ConflictError while another prune is under way.
   */
  prune(
    filters?: Readonly<Record<string, readonly string[]>>,
    signal?: AbortSignal,
  ): Promise<{ readonly removed: readonly string[]; readonly reclaimed: number }>;
}

export interface VolumeUsage {
  readonly volume: VolumeRecord;
  /** Bytes of its files. */
  readonly size: number;
  /** Number of containers that have it. */
  readonly users: number;
}

/** Something that happened, in the words of Docker's event stream. */
export interface EngineEvent {
  readonly type: "container" | "image" | "network" | "volume" | "daemon";
  readonly action: string;
  readonly actor: { readonly id: string; readonly attributes: Readonly<Record<string, string>> };
  readonly time: Date;
}

export interface EventsRequest {
  /** Begin with those that were kept from this time on: the last few thousand are, also across restarts. */
  readonly since?: Date | undefined;
  /** Later ones are left out; alone: begin with all that were kept. */
  readonly until?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EngineInfo {
  /** Unique and lasting: made on the first start. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly root: string;
  readonly host: HostFacts;
  readonly storage: { readonly name: string; readonly status: readonly (readonly [string, string])[] };
  readonly runtime: string;
  readonly networkDrivers: readonly string[];
  readonly isolation: "process" | "hyperv";
  readonly containers: { readonly total: number; readonly running: number; readonly paused: number; readonly stopped: number };
  readonly images: number;
  /** Followers of events. */
  readonly eventListeners?: number;
  /** Whether the log shows what is of use for debugging only. */
  readonly debug?: boolean;
}

/** What takes up space. */
export interface DiskUsage {
  /** Bytes of all layers, each counted once. */
  readonly layers: number;
  readonly images: readonly {
    readonly image: ImageRecord;
    /** Bytes of its layers that other images have, too. */
    readonly shared: number;
    /** Number of containers on it. */
    readonly containers: number;
  }[];
  readonly containers: readonly { readonly container: ContainerRecord; readonly size: ContainerSize }[];
  readonly volumes: readonly VolumeUsage[];
}

export interface Engine {
  readonly containers: Containers;
  readonly execs: Execs;
  readonly images: Images;
  readonly volumes: Volumes;
  readonly networks: Networks;
  /** Facts of the host, at most a few seconds old. */
  host(): Promise<HostFacts>;
  info(): Promise<EngineInfo>;
  diskUsage(): Promise<DiskUsage>;
  /** Events from now on, and those that were kept of a time given; ends when the signal aborts or the engine closes. */
  events(request?: EventsRequest): AsyncIterable<EngineEvent>;
  /** Starts nothing any more, and gives up the starts on their way: requests that wait for one end before the engine closes. */
  beginClose(): void;
}

export const engineToken = serviceToken<Engine>("oriel.engine");
