import { InvalidArgumentError } from "@oriel/core";

/**
 * Options of Linux containers that dockerd for Windows refuses rather than ignores, with the values that ask for
 * nothing. @see https://github.com/moby/moby/blob/v27.5.1/daemon/daemon_windows.go
 */
const foreignOptions: Readonly<Record<string, readonly unknown[]>> = {
  BlkioDeviceReadBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceWriteIOps: [],
  BlkioWeight: [0],
  BlkioWeightDevice: [],
  CgroupParent: [""],
  CpuPeriod: [0],
  CpusetCpus: [""],
  CpusetMems: [""],
  KernelMemory: [0],
  MemoryReservation: [0],
  MemorySwap: [0],
  MemorySwappiness: [-1],
  OomKillDisable: [false],
  PidsLimit: [0, -1],
  Ulimits: [],
};

/** @throws InvalidArgumentError naming the option */
export function refuseForeignOptions(hostConfig: object): void {
  for (const [name, value] of Object.entries(hostConfig)) {
    const harmless = Object.hasOwn(foreignOptions, name) ? foreignOptions[name] : undefined;
    if (harmless === undefined || value === null || value === undefined) continue;
    if (Array.isArray(value) ? value.length === 0 : harmless.includes(value)) continue;
    // The one field whose name in dockerd's message is not that of the API.
    const shown = name === "CpuPeriod" ? "CPUPeriod" : name;
    throw new InvalidArgumentError(`invalid option: Windows does not support ${shown}`, { op: "container.create" });
  }
}
