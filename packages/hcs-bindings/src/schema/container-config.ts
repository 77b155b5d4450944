/**
 * The document of HcsCreateComputeSystem (schema v1), in Microsoft's spelling and order of keys.
 * @see https://learn.microsoft.com/virtualization/api/hcs/schemareference
 */
export interface ContainerConfig {
  SystemType: "Container";
  Name: string;
  Owner?: string;
  /** Process isolation: `\\?\Volume{GUID}` without a closing backslash. */
  VolumePath?: string;
  /** Faster first start: the scratch need not survive a crash of the host then. */
  IgnoreFlushesDuringBoot?: boolean;
  /** Folder of the scratch. */
  LayerFolderPath?: string;
  /** Immediate parent first, base last. */
  Layers: Layer[] | null;
  /** A credential spec, as JSON in a string. */
  Credentials?: string;
  ProcessorCount?: number;
  /** 1 to 10000. */
  ProcessorWeight?: number;
  /** Hundredths of a percent: 1 to 10000. */
  ProcessorMaximum?: number;
  StorageIOPSMaximum?: number;
  /** Bytes a second. */
  StorageBandwidthMaximum?: number;
  /** Bytes. */
  StorageSandboxSize?: number;
  MemoryMaximumInMB?: number;
  HostName?: string;
  MappedDirectories?: MappedDirectory[];
  MappedPipes?: MappedPipe[];
  HvPartition: boolean;
  NetworkSharedContainerName?: string;
  /** Ids of HNS endpoints. */
  EndpointList?: string[];
  HvRuntime?: HvRuntime;
  Servicing?: boolean;
  AllowUnqualifiedDNSQuery?: boolean;
  /** Separated by commas. */
  DNSSearchList?: string;
  ContainerType?: "Linux";
  TerminateOnLastHandleClosed?: boolean;
  MappedVirtualDisks?: MappedVirtualDisk[];
  AssignedDevices?: AssignedDevice[];
}

export interface Layer {
  /** GUID of the layer's folder name (NameToGuid): lower case, no braces. */
  ID: string;
  Path: string;
}

export interface MappedDirectory {
  HostPath: string;
  ContainerPath: string;
  ReadOnly: boolean;
  BandwidthMaximum: number;
  IOPSMaximum: number;
  CreateInUtilityVM: boolean;
  LinuxMetadata?: boolean;
}

export interface MappedPipe {
  HostPath: string;
  /** The name alone, without `\\.\pipe\`. */
  ContainerPipeName: string;
}

export interface HvRuntime {
  ImagePath?: string;
  SkipTemplate?: boolean;
  LinuxInitrdFile?: string;
  LinuxKernelFile?: string;
  LinuxBootParameters?: string;
  BootSource?: "Vhd";
  WritableBootSource?: boolean;
}

export interface MappedVirtualDisk {
  HostPath?: string;
  ContainerPath: string;
  CreateInUtilityVM?: boolean;
  ReadOnly?: boolean;
  Cache?: "" | "Disabled" | "Enabled" | "Private" | "PrivateAllowSharing";
  AttachOnly?: boolean;
}

export interface AssignedDevice {
  InterfaceClassGuid?: string;
}
