import type { ContainerGroup } from "../limits/container-group.ts";
import type { EndpointStatistics } from "../network/emulated-network.ts";
import { type HostProcess, readHostProcess } from "./host-process.ts";

/** Statistics of a container, as HCS's schema has them. */
export interface StatisticsDocument {
  readonly Timestamp: string;
  readonly ContainerStartTime: string;
  readonly Uptime100ns: number;
  readonly Memory: {
    readonly MemoryUsageCommitBytes: number;
    readonly MemoryUsageCommitPeakBytes: number;
    readonly MemoryUsagePrivateWorkingSetBytes: number;
  };
  readonly Processor: { readonly TotalRuntime100ns: number; readonly RuntimeUser100ns: number; readonly RuntimeKernel100ns: number };
  readonly Storage: {
    readonly ReadCountNormalized: number;
    readonly ReadSizeBytes: number;
    readonly WriteCountNormalized: number;
    readonly WriteSizeBytes: number;
  };
  readonly Network: readonly EndpointStatistics[];
}

/** Bytes that count as one operation: Windows normalises so what it limits (StorageIOPSMaximum). */
const operationSize = 8192;

/**
 * What a container has used, from the host's counts of its processes: its programs, and the few that make it a container. What
 * went through its endpoints is counted by their links.
 */
export class UsageMeter {
  readonly #startedAt = Date.now();
  readonly #group: ContainerGroup;
  #commitPeak = 0;
  /** Counts never go back, although a process that nobody waited for takes its own with it. */
  #user = 0;
  #kernel = 0;
  #read = 0;
  #written = 0;

  constructor(group: ContainerGroup) {
    this.#group = group;
  }

  async read(): Promise<Omit<StatisticsDocument, "Network">> {
    const found = await Promise.all((await this.#group.pids()).map((pid) => readHostProcess(pid)));
    const processes = found.filter((process) => process !== undefined);
    const sum = (of: (process: HostProcess) => number): number => processes.reduce((total, process) => total + of(process), 0);
    const commit = sum((process) => process.commit);
    const time = await this.#group.processorTime();
    this.#commitPeak = Math.max(this.#commitPeak, commit);
    this.#user = Math.max(this.#user, time?.user100ns ?? sum((process) => process.user100ns + process.endedUser100ns));
    this.#kernel = Math.max(this.#kernel, time?.kernel100ns ?? sum((process) => process.kernel100ns + process.endedKernel100ns));
    this.#read = Math.max(
      this.#read,
      sum((process) => process.readBytes),
    );
    this.#written = Math.max(
      this.#written,
      sum((process) => process.writtenBytes),
    );
    const now = Date.now();
    return {
      Timestamp: new Date(now).toISOString(),
      ContainerStartTime: new Date(this.#startedAt).toISOString(),
      Uptime100ns: (now - this.#startedAt) * 10_000,
      Memory: {
        MemoryUsageCommitBytes: commit,
        MemoryUsageCommitPeakBytes: this.#commitPeak,
        MemoryUsagePrivateWorkingSetBytes: sum((process) => process.privateMemory),
      },
      Processor: { TotalRuntime100ns: this.#user + this.#kernel, RuntimeUser100ns: this.#user, RuntimeKernel100ns: this.#kernel },
      Storage: {
        ReadCountNormalized: Math.ceil(this.#read / operationSize),
        ReadSizeBytes: this.#read,
        WriteCountNormalized: Math.ceil(this.#written / operationSize),
        WriteSizeBytes: this.#written,
      },
    };
  }
}
