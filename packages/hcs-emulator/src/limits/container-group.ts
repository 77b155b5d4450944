import type { ContainerLimits } from "./container-limits.ts";

/** Processor time in units of 100 ns. */
export interface ProcessorTime {
  readonly user100ns: number;
  readonly kernel100ns: number;
}

/** The host's processes of one container: its programs and what runs them. */
export interface ContainerGroup {
  /** Words to put before a command, so that it and all that it starts is in the group from its first instruction. */
  readonly enter: readonly string[];
  /** Limits that are not kept, a sentence each. */
  readonly warnings: readonly string[];
  pids(): Promise<number[]>;
  /** Of all processes that were ever in the group; undefined where the host does not count it. */
  processorTime(): Promise<ProcessorTime | undefined>;
  /** How often the kernel has ended one of its processes, as all together had reached their limit of memory; 0 without one. */
  memoryKills(): Promise<number>;
  /** Stops all its processes. @throws Error when they do not stop */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends what is left in it, and takes it away. */
  remove(): Promise<void>;
}

/** Makes the groups of one engine's containers. */
export interface ContainerGroups {
  /** How limits are kept here; or why they are not, as the rest of a sentence. */
  support(): Promise<{ readonly kind: "cgroup v1" | "cgroup v2" } | { readonly kind: "none"; readonly why: string }>;
  /**
   * @param name the compute system's id
   * @param pids finds the container's processes where the host has no groups
   */
  create(name: string, limits: ContainerLimits, pids: () => Promise<number[]>): Promise<ContainerGroup>;
  /** Ends what is left in the groups of a former process of this engine; returns their names. */
  removeStale(): Promise<string[]>;
}
