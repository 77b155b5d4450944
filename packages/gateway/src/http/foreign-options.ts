import { InvalidArgumentError } from "@oriel/contracts";

/** How an option that Windows containers do not have is met, and the values with which it asks for nothing. */
interface ForeignOption {
  /** dockerd's words for the refusal; absent: it is taken, with a warning, as it has no effect. */
  readonly refusal?: string;
  /** The docker command line's option, for the warning. */
  readonly flag?: string;
  /** Beside null and what is empty, which never ask for anything. */
  readonly idle?: readonly unknown[];
  /** Of its value, where it is taken: inspect shows it, and clients written in Go read nothing of an answer with another kind. */
  readonly kind?: Kind;
}

type Kind = "string" | "integer" | "boolean" | "strings" | "objects" | "map of strings";

const isString = (value: unknown): boolean => typeof value === "string";
const isRecord = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
const kinds: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: isString,
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === "boolean",
  strings: (value) => Array.isArray(value) && value.every(isString),
  objects: (value) => Array.isArray(value) && value.every(isRecord),
  "map of strings": (value) => isRecord(value) && Object.values(value).every(isString),
};

const refused = (name: string, ...idle: readonly unknown[]): ForeignOption => ({
  refusal: `invalid option: Windows does not support ${name}`,
  idle,
});
const refusedAs = (refusal: string, ...idle: readonly unknown[]): ForeignOption => ({ refusal, idle });
const without = (flag: string, kind: Kind, ...idle: readonly unknown[]): ForeignOption => ({ flag, kind, idle });

/**
 * Of `HostConfig`. What dockerd for Windows refuses is refused in its words; what it takes is taken.
 * @see https://github.com/moby/moby/blob/v27.5.1/daemon/daemon_windows.go
 * @see https://github.com/moby/moby/blob/v27.5.1/runconfig/hostconfig_windows.go
 */
export const foreignOptions: Readonly<Record<string, ForeignOption>> = {
  BlkioDeviceReadBps: refused("BlkioDeviceReadBps"),
  BlkioDeviceReadIOps: refused("BlkioDeviceReadIOps"),
  BlkioDeviceWriteBps: refused("BlkioDeviceWriteBps"),
  BlkioDeviceWriteIOps: refused("BlkioDeviceWriteIOps"),
  BlkioWeight: refused("BlkioWeight", 0),
  BlkioWeightDevice: refused("BlkioWeightDevice"),
  CgroupParent: refused("CgroupParent"),
  CpuPeriod: refused("CPUPeriod", 0),
  CpuRealtimePeriod: refusedAs("Windows does not support CPU real-time period", 0),
  CpuRealtimeRuntime: refusedAs("Windows does not support CPU real-time runtime", 0),
  CpusetCpus: refused("CpusetCpus"),
  CpusetMems: refused("CpusetMems"),
  KernelMemory: refused("KernelMemory", 0),
  MemoryReservation: refused("MemoryReservation", 0),
  MemorySwap: refused("MemorySwap", 0),
  MemorySwappiness: refused("MemorySwappiness", -1),
  OomKillDisable: refused("OomKillDisable", false),
  PidsLimit: refused("PidsLimit", 0, -1),
  Privileged: refusedAs("Windows does not support privileged mode", false),
  ReadonlyRootfs: refusedAs("Windows does not support root filesystem in read-only mode", false),
  Ulimits: refused("Ulimits"),

  Cgroup: without("--cgroup", "string"),
  CgroupnsMode: without("--cgroupns", "string"),
  CpuQuota: without("--cpu-quota", "integer", 0),
  DeviceCgroupRules: without("--device-cgroup-rule", "strings"),
  DeviceRequests: without("--gpus", "objects"),
  GroupAdd: without("--group-add", "strings"),
  Init: without("--init", "boolean", false),
  IpcMode: without("--ipc", "string", "private"),
  KernelMemoryTCP: without("--kernel-memory-tcp", "integer", 0),
  MaskedPaths: without("--security-opt systempaths", "strings"),
  OomScoreAdj: without("--oom-score-adj", "integer", 0),
  PidMode: without("--pid", "string"),
  ReadonlyPaths: without("--security-opt systempaths", "strings"),
  Runtime: without("--runtime", "string"),
  ShmSize: without("--shm-size", "integer", 0),
  Sysctls: without("--sysctl", "map of strings"),
  Tmpfs: without("--tmpfs", "map of strings"),
  UsernsMode: without("--userns", "string"),
  UTSMode: without("--uts", "string"),
};

/**
 * Checks the options of Linux containers. Returns a warning for each that is taken and has no effect.
 * @throws InvalidArgumentError naming the option
 */
export function checkForeignOptions(hostConfig: object): string[] {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(hostConfig)) {
    const option = Object.hasOwn(foreignOptions, name) ? foreignOptions[name] : undefined;
    if (option === undefined || isEmpty(value) || option.idle?.includes(value)) continue;
    if (option.refusal !== undefined) throw new InvalidArgumentError(option.refusal, { op: "container.create", resource: name });
    assertKind(name, value, option.kind);
    warnings.push(`${name} (${option.flag}) has no effect on Windows containers.`);
  }
  return [...warnings, ...checkCapabilities(hostConfig)];
}

/** The options that are taken without effect, as given: dockerd stores them, and inspect shows them. */
export function takenOptions(hostConfig: object): object {
  const given = Object.entries(hostConfig).filter(([name, value]) => {
    const option = Object.hasOwn(foreignOptions, name) ? foreignOptions[name] : undefined;
    return !isEmpty(value) && (option?.flag !== undefined || capabilityLists.some((list) => list === name));
  });
  return Object.fromEntries(given);
}

function assertKind(name: string, value: unknown, kind: Kind | undefined): void {
  if (kind === undefined || kinds[kind](value)) return;
  const wanted = kind === "strings" || kind === "objects" ? `a list of ${kind}` : `of the kind ${kind}`;
  throw new InvalidArgumentError(`invalid parameter: HostConfig.${name} must be ${wanted}`, { op: "container.create", resource: name });
}

const capabilityLists = ["CapAdd", "CapDrop"] as const;

/** The only name of capabilities that is known where there are none. */
const allCapabilities = "ALL";

/** dockerd knows no capability on Windows, and so takes none by its name, to be dropped or added. */
function checkCapabilities(hostConfig: { readonly CapAdd?: unknown; readonly CapDrop?: unknown }): string[] {
  return capabilityLists.flatMap((name) => {
    const given = hostConfig[name];
    if (isEmpty(given)) return [];
    for (const text of Array.isArray(given) ? given : [given]) {
      const wanted = String(text).toUpperCase();
      if (wanted === allCapabilities) continue;
      const capability = wanted.startsWith("CAP_") ? wanted : `CAP_${wanted}`;
      throw new InvalidArgumentError(`invalid ${name}: unknown capability: "${capability}"`, { op: "container.create", resource: name });
    }
    return [`${name} (--cap-${name === "CapAdd" ? "add" : "drop"}) has no effect on Windows containers.`];
  });
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
