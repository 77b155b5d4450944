import type { ContainerStats } from "@oriel/client";
import { formatTable } from "./table.ts";
import { formatBinaryBytes, formatBytes, shortId } from "./units.ts";

/** The table of `docker stats` for Windows containers. */
export function formatStats(samples: readonly ContainerStats[]): string {
  const rows = samples.map((sample) => {
    const networks = Object.values(sample.networks ?? {});
    const sum = (key: "rx_bytes" | "tx_bytes"): number => networks.reduce((total, network) => total + network[key], 0);
    const { read_size_bytes: read = 0, write_size_bytes: written = 0 } = sample.storage_stats;
    return [
      shortId(sample.id),
      sample.name.replace(/^\//, ""),
      `${cpuPercent(sample).toFixed(2)}%`,
      formatBinaryBytes(sample.memory_stats.privateworkingset ?? 0),
      `${formatBytes(sum("rx_bytes"))} / ${formatBytes(sum("tx_bytes"))}`,
      `${formatBytes(read)} / ${formatBytes(written)}`,
    ];
  });
  return formatTable(["CONTAINER ID", "NAME", "CPU %", "PRIV WORKING SET", "NET I/O", "BLOCK I/O"], rows);
}

/** Of all processors together, since the sample before; 0 where there is none. */
function cpuPercent({ read, preread, num_procs: processors, cpu_stats: now, precpu_stats: before }: ContainerStats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const possible = (Date.parse(read) - Date.parse(preread)) * 10_000 * processors;
  const isFirst = Date.parse(preread) < 0;
  return isFirst || possible <= 0 ? 0 : Math.max(0, (used / possible) * 100);
}
