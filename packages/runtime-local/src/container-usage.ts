import type { RuntimeNetworkStats, RuntimeProcessInfo, RuntimeStats } from "@oriel/contracts";
import type { ContainerProperties, NetworkStatistics } from "@oriel/hcs-bindings";

/** What a container has used, from the properties of its compute system. What the host leaves out counts as 0. */
export function containerStats({ Statistics = {} }: ContainerProperties, now: Date): RuntimeStats {
  const { Memory = {}, Processor = {}, Storage = {}, Network } = Statistics;
  return {
    readAt: timeOf(Statistics.Timestamp) ?? now,
    startedAt: timeOf(Statistics.ContainerStartTime),
    uptime100ns: Statistics.Uptime100ns ?? 0,
    memory: {
      commit: Memory.MemoryUsageCommitBytes ?? 0,
      commitPeak: Memory.MemoryUsageCommitPeakBytes ?? 0,
      privateWorkingSet: Memory.MemoryUsagePrivateWorkingSetBytes ?? 0,
    },
    processor: {
      total100ns: Processor.TotalRuntime100ns ?? 0,
      user100ns: Processor.RuntimeUser100ns ?? 0,
      kernel100ns: Processor.RuntimeKernel100ns ?? 0,
    },
    storage: {
      readCount: Storage.ReadCountNormalized ?? 0,
      readBytes: Storage.ReadSizeBytes ?? 0,
      writeCount: Storage.WriteCountNormalized ?? 0,
      writeBytes: Storage.WriteSizeBytes ?? 0,
    },
    networks: (Network ?? []).map(networkStats),
  };
}

/**
 * The processes of a container, oldest first; those of unknown age keep the host's order, after the others.
 * @param idOf The runtime's id of a process, by its pid.
 */
export function containerProcesses(
  { ProcessList }: ContainerProperties,
  idOf: (pid: number) => string | undefined,
): readonly RuntimeProcessInfo[] {
  const processes = (ProcessList ?? []).map((item) => ({
    pid: item.ProcessId,
    processId: idOf(item.ProcessId),
    image: item.ImageName ?? "",
    createdAt: timeOf(item.CreateTimestamp),
    user100ns: item.UserTime100ns ?? 0,
    kernel100ns: item.KernelTime100ns ?? 0,
    commit: item.MemoryCommitBytes ?? 0,
    privateWorkingSet: item.MemoryWorkingSetPrivateBytes ?? 0,
    sharedWorkingSet: item.MemoryWorkingSetSharedBytes ?? 0,
  }));
  const age = ({ createdAt }: RuntimeProcessInfo) => createdAt?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return processes.sort((left, right) => age(left) - age(right));
}

function networkStats(network: NetworkStatistics): RuntimeNetworkStats {
  return {
    endpointId: network.EndpointId ?? "",
    receivedBytes: network.BytesReceived ?? 0,
    receivedPackets: network.PacketsReceived ?? 0,
    receivedDropped: network.DroppedPacketsIncoming ?? 0,
    sentBytes: network.BytesSent ?? 0,
    sentPackets: network.PacketsSent ?? 0,
    sentDropped: network.DroppedPacketsOutgoing ?? 0,
  };
}

/** The time of an RFC 3339 text; undefined for none, for one that is no time, and for Go's year 1, which means none. */
function timeOf(text: string | undefined): Date | undefined {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() <= 1601 ? undefined : time;
}
