import type { RuntimeProcessInfo } from "@oriel/contracts";
import type { ContainerStats as EngineStats } from "@oriel/engine";
import type { ContainerStats, ContainerTop } from "../schemas/container-usage.ts";
import { never } from "./container-view.ts";

/** As dockerd for Windows shows processes. */
export function containerTop(processes: readonly RuntimeProcessInfo[]): ContainerTop {
  return {
    Titles: ["Name", "PID", "CPU", "Private Working Set"],
    Processes: processes.map(({ image, pid, kernel100ns, user100ns, privateWorkingSet }) => [
      image,
      String(pid),
      processorTime(kernel100ns + user100ns),
      humanSize(privateWorkingSet),
    ]),
  };
}

/**
 * What a container has used.
 * @param before The sample before, for those who make rates from two.
 */
export function containerStats({ id, name, processors, usage }: EngineStats, before?: EngineStats): ContainerStats {
  return {
    read: usage?.readAt.toISOString() ?? never,
    preread: before?.usage?.readAt.toISOString() ?? never,
    pids_stats: {},
    blkio_stats: noBlockStats,
    num_procs: usage === undefined ? 0 : processors,
    storage_stats:
      usage === undefined
        ? {}
        : {
            read_count_normalized: usage.storage.readCount,
            read_size_bytes: usage.storage.readBytes,
            write_count_normalized: usage.storage.writeCount,
            write_size_bytes: usage.storage.writeBytes,
          },
    cpu_stats: cpuStats(usage),
    precpu_stats: cpuStats(before?.usage),
    memory_stats:
      usage === undefined
        ? {}
        : {
            commitbytes: usage.memory.commit,
            commitpeakbytes: usage.memory.commitPeak,
            privateworkingset: usage.memory.privateWorkingSet,
          },
    name: `/${name}`,
    id,
    ...networks(usage),
  };
}

function cpuStats(usage: EngineStats["usage"]): ContainerStats["cpu_stats"] {
  const { total100ns = 0, kernel100ns = 0, user100ns = 0 } = usage?.processor ?? {};
  return {
    cpu_usage: { total_usage: total100ns, usage_in_kernelmode: kernel100ns, usage_in_usermode: user100ns },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
}

function networks(usage: EngineStats["usage"]): Pick<ContainerStats, "networks"> {
  if (usage === undefined || usage.networks.length === 0) return {};
  const byEndpoint = usage.networks.map((network) => [
    network.endpointId,
    {
      rx_bytes: network.receivedBytes,
      rx_packets: network.receivedPackets,
      rx_errors: 0,
      rx_dropped: network.receivedDropped,
      tx_bytes: network.sentBytes,
      tx_packets: network.sentPackets,
      tx_errors: 0,
      tx_dropped: network.sentDropped,
    },
  ]);
  return { networks: Object.fromEntries(byEndpoint) };
}

const noBlockStats: ContainerStats["blkio_stats"] = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** `00:01:02.345`; hours as many as there are. */
function processorTime(time100ns: number): string {
  const milliseconds = Math.floor(time100ns / 10_000);
  const seconds = Math.floor(milliseconds / 1000);
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.${pad(milliseconds % 1000, 3)}`;
}

/** `1.196MB`: four digits, powers of a thousand. */
function humanSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
