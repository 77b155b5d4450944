import type { HostConfig, WindowsSpec } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";
import type { Isolation } from "./isolation.ts";

type WindowsResources = NonNullable<WindowsSpec["resources"]>;
type CpuResources = NonNullable<WindowsResources["cpu"]>;

const maxCpuShares = 10_000;
const maxCpuPercent = 100;
/** HCS counts a processor limit in ten-thousandths of what there is. */
const wholeMaximum = 10_000;
const nanosPerCpu = 1_000_000_000;
const mebibyte = 1024 * 1024;

/**
 * The limits of a container. Only what was asked for is there.
 * @throws InvalidArgumentError for a value out of its range, or for options that exclude each other.
 */
export function windowsResources(
  hostConfig: HostConfig,
  isolation: Isolation,
  processors: number,
  warnings: string[],
): WindowsResources | undefined {
  const memory = memoryLimit(hostConfig);
  const cpu = cpuResources(hostConfig, isolation, processors, warnings);
  const iops = wholeNumber("IOMaximumIOps", hostConfig.IOMaximumIOps);
  const bps = wholeNumber("IOMaximumBandwidth", hostConfig.IOMaximumBandwidth);
  if (memory === 0 && cpu === undefined && iops === 0 && bps === 0) return undefined;
  return {
    ...(memory === 0 ? {} : { memory: { limit: memory } }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(iops === 0 && bps === 0 ? {} : { storage: { ...(iops === 0 ? {} : { iops }), ...(bps === 0 ? {} : { bps }) } }),
  };
}

/**
 * Processor limits. `--cpus` becomes a share of all processors under process isolation (`maximum`, ten-thousandths), and under
 * Hyper-V a number of virtual processors with, for a fraction, a share of these.
 */
export function cpuResources(
  hostConfig: HostConfig,
  isolation: Isolation,
  processors: number,
  warnings: string[],
): CpuResources | undefined {
  const shares = inRange("CPUShares", hostConfig.CpuShares, 1, maxCpuShares);
  const percent = inRange("CPUPercent", hostConfig.CpuPercent, 1, maxCpuPercent);
  const count = wholeNumber("CPUCount", hostConfig.CpuCount);
  const nanoCpus = nanoCpuLimit(hostConfig.NanoCpus, processors);
  refuseConflicts({ shares, percent, count, nanoCpus }, isolation);

  if (nanoCpus > 0) return limitOfNanoCpus(nanoCpus, isolation, processors, warnings);
  if (count === 0 && shares === 0 && percent === 0) return undefined;
  if (count > processors) {
    warnings.push(`CPU count ${count} is more than this host has; ${processors} are used.`);
  }
  return {
    ...(count === 0 ? {} : { count: Math.min(count, processors) }),
    ...(shares === 0 ? {} : { shares }),
    ...(percent === 0 ? {} : { maximum: percent * (wholeMaximum / maxCpuPercent) }),
  };
}

function limitOfNanoCpus(nanoCpus: number, isolation: Isolation, processors: number, warnings: string[]): CpuResources {
  if (isolation === "hyperv") {
    const count = Math.ceil(nanoCpus / nanosPerCpu);
    if (nanoCpus % nanosPerCpu === 0) return { count };
    return { count, maximum: smallestIsOne(nanoCpus, count, warnings) };
  }
  return { maximum: smallestIsOne(nanoCpus, processors, warnings) };
}

function smallestIsOne(nanoCpus: number, processors: number, warnings: string[]): number {
  const maximum = Math.floor(nanoCpus / processors / (nanosPerCpu / wholeMaximum));
  if (maximum >= 1) return maximum;
  warnings.push(
    `a limit of ${nanoCpus / nanosPerCpu} CPUs is below the smallest that can be set on ${processors} processors: ${processors / wholeMaximum} CPUs are used.`,
  );
  return 1;
}

function refuseConflicts(given: { shares: number; percent: number; count: number; nanoCpus: number }, isolation: Isolation): void {
  const { shares, percent, count, nanoCpus } = given;
  const refuse = (first: string, second: string, values: string, where = ""): never => {
    throw invalidOption(`conflicting options: ${first} and ${second} cannot both be set${where} (${values})`, "Give one of them.");
  };
  if (nanoCpus > 0 && percent > 0) refuse("Nano CPUs", "CPU Percent", `${nanoCpus}, ${percent}`);
  if (nanoCpus > 0 && shares > 0) refuse("Nano CPUs", "CPU Shares", `${nanoCpus}, ${shares}`);
  if (nanoCpus > 0 && count > 0) refuse("Nano CPUs", "CPU Count", `${nanoCpus}, ${count}`);
  if (isolation === "hyperv") return;
  // HCS takes one of the three for a process-isolated container.
  const where = " under process isolation";
  if (count > 0 && shares > 0) refuse("CPU Count", "CPU Shares", `${count}, ${shares}`, where);
  if (count > 0 && percent > 0) refuse("CPU Count", "CPU Percent", `${count}, ${percent}`, where);
  if (shares > 0 && percent > 0) refuse("CPU Shares", "CPU Percent", `${shares}, ${percent}`, where);
}

function nanoCpuLimit(value: number | undefined, processors: number): number {
  const nanoCpus = value ?? 0;
  if (Number.isSafeInteger(nanoCpus) && nanoCpus >= 0 && nanoCpus <= processors * nanosPerCpu) return nanoCpus;
  throw invalidOption(
    `NanoCPUs ${nanoCpus}: range of CPUs is from 0.01 to ${processors}.00, as there are only ${processors} CPUs available`,
  );
}

/** HCS counts memory in whole MiB, so the limit is rounded up to one; less than one would come out as no limit at all. */
function memoryLimit(hostConfig: HostConfig): number {
  const memory = wholeNumber("Memory", hostConfig.Memory);
  if (memory === 0) return 0;
  if (memory < mebibyte) throw invalidOption(`Memory ${memory}: the smallest limit is ${mebibyte} bytes (1 MiB)`, "Give 0 for no limit.");
  return Math.ceil(memory / mebibyte) * mebibyte;
}

function inRange(option: string, value: number | undefined, least: number, most: number): number {
  const given = value ?? 0;
  if (given === 0) return 0;
  if (!Number.isInteger(given) || given < least || given > most) {
    throw invalidOption(`${option} ${given}: range of ${option} is from ${least} to ${most}`, "Give 0 for no limit.");
  }
  return given;
}

function wholeNumber(option: string, value: number | undefined): number {
  const given = value ?? 0;
  if (!Number.isSafeInteger(given) || given < 0) {
    throw invalidOption(`${option} ${given}: must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`, "Give 0 for no limit.");
  }
  return given;
}
