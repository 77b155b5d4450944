export type SystemState = "Created" | "Running" | "Paused" | "Stopped" | "SavedAsTemplate" | "Unknown";

/** What HcsGetComputeSystemProperties and HcsEnumerateComputeSystems answer for a system; all but `Id` can be absent. */
export interface ContainerProperties {
  readonly Id: string;
  readonly State?: SystemState;
  readonly Name?: string;
  readonly SystemType?: string;
  readonly RuntimeOsType?: string;
  readonly Owner?: string;
  readonly SiloGuid?: string;
  /** GUID, 36 characters. */
  readonly RuntimeId?: string;
  readonly IsRuntimeTemplate?: boolean;
  readonly RuntimeImagePath?: string;
  readonly Stopped?: boolean;
  readonly ExitType?: "None" | "GracefulExit" | "ForcedExit" | "UnexpectedExit" | "Unknown";
  readonly AreUpdatesPending?: boolean;
  readonly ObRoot?: string;
  readonly Statistics?: Statistics;
  readonly ProcessList?: readonly ProcessListItem[];
}

export interface Statistics {
  /** RFC 3339. */
  readonly Timestamp?: string;
  readonly ContainerStartTime?: string;
  readonly Uptime100ns?: number;
  readonly Memory?: {
    readonly MemoryUsageCommitBytes?: number;
    readonly MemoryUsageCommitPeakBytes?: number;
    readonly MemoryUsagePrivateWorkingSetBytes?: number;
  };
  readonly Processor?: { readonly TotalRuntime100ns?: number; readonly RuntimeUser100ns?: number; readonly RuntimeKernel100ns?: number };
  readonly Storage?: {
    readonly ReadCountNormalized?: number;
    readonly ReadSizeBytes?: number;
    readonly WriteCountNormalized?: number;
    readonly WriteSizeBytes?: number;
  };
  readonly Network?: readonly NetworkStatistics[];
}

export interface NetworkStatistics {
  readonly EndpointId?: string;
  readonly InstanceId?: string;
  readonly BytesReceived?: number;
  readonly BytesSent?: number;
  readonly PacketsReceived?: number;
  readonly PacketsSent?: number;
  readonly DroppedPacketsIncoming?: number;
  readonly DroppedPacketsOutgoing?: number;
}

export interface ProcessListItem {
  readonly ProcessId: number;
  readonly ImageName?: string;
  readonly CreateTimestamp?: string;
  readonly KernelTime100ns?: number;
  readonly UserTime100ns?: number;
  readonly MemoryCommitBytes?: number;
  readonly MemoryWorkingSetPrivateBytes?: number;
  readonly MemoryWorkingSetSharedBytes?: number;
}
