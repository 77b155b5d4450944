import { type Static, Type } from "typebox";
import { named, nullable } from "./common.ts";
import { foreignFields, hostConfigFields } from "./container-config.ts";

export const ContainerTop = Type.Object(
  {
    Titles: Type.Array(Type.String(), { examples: [["Name", "PID", "CPU", "Private Working Set"]] }),
    Processes: Type.Array(Type.Array(Type.String()), { description: "A row per process, as wide as the titles." }),
  },
  { $id: "ContainerTop" },
);
export type ContainerTop = Static<typeof ContainerTop>;

const Count = Type.Integer({ minimum: 0 });
const Time100ns = Type.Integer({ minimum: 0, description: "In units of 100 ns." });

const CpuStats = Type.Object(
  {
    cpu_usage: Type.Object({ total_usage: Time100ns, usage_in_kernelmode: Time100ns, usage_in_usermode: Time100ns }),
    throttling_data: Type.Object({ periods: Count, throttled_periods: Count, throttled_time: Count }, { description: "Linux only." }),
  },
  { $id: "ContainerCpuStats" },
);

const NetworkStats = Type.Object(
  {
    rx_bytes: Count,
    rx_packets: Count,
    rx_errors: Count,
    rx_dropped: Count,
    tx_bytes: Count,
    tx_packets: Count,
    tx_errors: Count,
    tx_dropped: Count,
  },
  { $id: "ContainerNetworkStats" },
);

const LinuxBlockCounters = nullable(Type.Array(Type.Record(Type.String(), Type.Unknown())));

export const ContainerStats = Type.Object(
  {
    id: Type.String(),
    name: Type.String({ description: "With a leading slash." }),
    read: Type.String({ description: "When; 0001-01-01T00:00:00Z of a container that does not run." }),
    preread: Type.String({ description: "Of the sample before; 0001-01-01T00:00:00Z: there is none." }),
    num_procs: Type.Integer({ minimum: 0, description: "Number of the host's processors." }),
    cpu_stats: named(CpuStats),
    precpu_stats: named(CpuStats),
    memory_stats: Type.Object({
      commitbytes: Type.Optional(Count),
      commitpeakbytes: Type.Optional(Count),
      privateworkingset: Type.Optional(Count),
    }),
    storage_stats: Type.Object({
      read_count_normalized: Type.Optional(Count),
      read_size_bytes: Type.Optional(Count),
      write_count_normalized: Type.Optional(Count),
      write_size_bytes: Type.Optional(Count),
    }),
    networks: Type.Optional(Type.Record(Type.String(), named(NetworkStats), { description: "By the endpoint's id." })),
    pids_stats: Type.Object({}, { description: "Linux only." }),
    blkio_stats: Type.Object(
      {
        io_service_bytes_recursive: LinuxBlockCounters,
        io_serviced_recursive: LinuxBlockCounters,
        io_queue_recursive: LinuxBlockCounters,
        io_service_time_recursive: LinuxBlockCounters,
        io_wait_time_recursive: LinuxBlockCounters,
        io_merged_recursive: LinuxBlockCounters,
        io_time_recursive: LinuxBlockCounters,
        sectors_recursive: LinuxBlockCounters,
      },
      { description: "Linux only." },
    ),
  },
  { $id: "ContainerStats", description: "What a container has used. A stream is a sequence of these, one a line." },
);
export type ContainerStats = Static<typeof ContainerStats>;

const { RestartPolicy, CpuShares, NanoCpus, CpuCount, CpuPercent, Memory, IOMaximumIOps, IOMaximumBandwidth } = hostConfigFields;
/** Limits that a running container could be given. */
export const limitFields = { CpuShares, NanoCpus, CpuCount, CpuPercent, Memory, IOMaximumIOps, IOMaximumBandwidth };

export const ContainerUpdateBody = Type.Object(
  { RestartPolicy, ...limitFields, ...foreignFields },
  { $id: "ContainerUpdateBody", description: "What is 0, empty or absent stays as it is." },
);
export type ContainerUpdateBody = Static<typeof ContainerUpdateBody>;

export const ContainerUpdated = Type.Object({ Warnings: Type.Array(Type.String()) }, { $id: "ContainerUpdated" });

export const usageSchemas = [ContainerTop, CpuStats, NetworkStats, ContainerStats, ContainerUpdateBody, ContainerUpdated];
