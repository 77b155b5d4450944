import type { WindowsSpec } from "@oriel/contracts";
import type { ContainerConfig } from "@oriel/hcs-bindings";
import { invalidSpec } from "./invalid-spec.ts";

const mebibyte = 1024 * 1024;

export type LimitFields = Pick<
  ContainerConfig,
  | "ProcessorCount"
  | "ProcessorWeight"
  | "ProcessorMaximum"
  | "StorageIOPSMaximum"
  | "StorageBandwidthMaximum"
  | "StorageSandboxSize"
  | "MemoryMaximumInMB"
>;

/**
 * The limits of a container in HCS's units. What is absent or 0 in the spec is absent here, and so not limited.
 * @param warnings Takes a sentence for each limit that could not be set as it was asked for.
 * @throws InvalidArgumentError naming the field and its range.
 */
export function resourceLimits(resources: NonNullable<WindowsSpec["resources"]>, processors: number, warnings: string[]): LimitFields {
  const { cpu = {}, memory = {}, storage = {} } = resources;
  const count = within("cpu.count", cpu.count, Number.MAX_SAFE_INTEGER);
  if (count !== undefined && count > processors) {
    warnings.push(`the container asks for ${count} processors; the host has ${processors}, which it gets`);
  }
  return {
    ...given("ProcessorCount", count === undefined ? undefined : Math.min(count, processors)),
    ...given("ProcessorWeight", within("cpu.shares", cpu.shares, 10_000)),
    ...given("ProcessorMaximum", within("cpu.maximum", cpu.maximum, 10_000)),
    ...given("StorageIOPSMaximum", within("storage.iops", storage.iops, Number.MAX_SAFE_INTEGER)),
    ...given("StorageBandwidthMaximum", within("storage.bps", storage.bps, Number.MAX_SAFE_INTEGER)),
    ...given("StorageSandboxSize", within("storage.sandboxSize", storage.sandboxSize, Number.MAX_SAFE_INTEGER)),
    ...given("MemoryMaximumInMB", wholeMebibytes(within("memory.limit", memory.limit, Number.MAX_SAFE_INTEGER))),
  };
}

/** HCS counts memory in MiB and takes 0 for no limit: rounded up, a small limit stays one. */
function wholeMebibytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.ceil(bytes / mebibyte);
}

function within(field: string, value: number | undefined, most: number): number | undefined {
  if (value === undefined || value === 0) return undefined;
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? "a whole number, 0 for no limit" : `a whole number from 1 to ${most}, 0 for no limit`;
  throw invalidSpec(`windows.resources.${field}`, `${value} is not ${range}`);
}

function given<K extends keyof LimitFields>(key: K, value: number | undefined): Pick<LimitFields, K> | Record<string, never> {
  return value === undefined ? {} : ({ [key]: value } as Pick<LimitFields, K>);
}
