import type { ContainerLimits } from "./container-limits.ts";

/** A file of a control group and what to write into it. */
export interface CgroupSetting {
  readonly controller: "memory" | "cpu";
  readonly file: string;
  readonly value: string;
  /** Nothing is lost where the host has no such file. */
  readonly optional?: boolean;
  /** The limit in words. */
  readonly limit: string;
}

/** Microseconds; the kernel's own default. */
const period = 100_000;
/** The middle of Windows' weights, 1 to 10000, stands for what the host gives whoever asks for nothing. */
const middleWeight = 5000;

/** @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and ../scheduler/sched-bwc.html */
export function settingsOfV1(limits: ContainerLimits): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const { memory, processors, weight } = limits;
  if (memory !== undefined) {
    const one = { controller: "memory", value: String(memory), limit: memoryText(memory) } as const;
    settings.push({ ...one, file: "memory.limit_in_bytes" }, { ...one, file: "memory.memsw.limit_in_bytes", optional: true });
  }
  if (processors !== undefined) {
    const one = { controller: "cpu", limit: processorText(processors) } as const;
    settings.push(
      { ...one, file: "cpu.cfs_period_us", value: String(period) },
      { ...one, file: "cpu.cfs_quota_us", value: String(quota(processors)) },
    );
  }
  if (weight !== undefined) {
    settings.push({ controller: "cpu", file: "cpu.shares", value: String(share(weight, 1024, 2)), limit: weightText(weight) });
  }
  return settings;
}

/** @see https://docs.kernel.org/admin-guide/cgroup-v2.html */
export function settingsOfV2(limits: ContainerLimits): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const { memory, processors, weight } = limits;
  if (memory !== undefined) {
    const one = { controller: "memory", limit: memoryText(memory) } as const;
    settings.push({ ...one, file: "memory.max", value: String(memory) }, { ...one, file: "memory.swap.max", value: "0", optional: true });
  }
  if (processors !== undefined) {
    settings.push({ controller: "cpu", file: "cpu.max", value: `${quota(processors)} ${period}`, limit: processorText(processors) });
  }
  if (weight !== undefined) {
    settings.push({ controller: "cpu", file: "cpu.weight", value: String(share(weight, 100, 1)), limit: weightText(weight) });
  }
  return settings;
}

/** The kernel takes no quota below a millisecond. */
function quota(processors: number): number {
  return Math.max(1000, Math.round(processors * period));
}

function share(weight: number, standard: number, least: number): number {
  return Math.max(least, Math.round((weight * standard) / middleWeight));
}

function memoryText(bytes: number): string {
  return `memory limit of ${bytes / 1024 / 1024} MB`;
}

function processorText(processors: number): string {
  return `limit of ${Number(processors.toFixed(2))} processors`;
}

function weightText(weight: number): string {
  return `processor weight of ${weight}`;
}
