/**
 * A container's own configuration, in the Docker Engine API's names. Absent means "not given": the image's value or the
 * daemon's default holds then.
 * @see https://docs.docker.com/reference/api/engine/version/v1.50/#tag/Container/operation/ContainerCreate
 */
export interface ContainerConfig {
  Hostname?: string;
  Domainname?: string;
  User?: string;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  ExposedPorts?: Record<string, Record<string, never>>;
  Tty?: boolean;
  OpenStdin?: boolean;
  /** stdin ends when the first attached client goes. */
  StdinOnce?: boolean;
  /** `NAME=value`, or `NAME` to remove what the image sets. */
  Env?: string[];
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  /** Cmd or Entrypoint is one ready command line. */
  ArgsEscaped?: boolean;
  /** Reference or id, as the user wrote it. */
  Image: string;
  Volumes?: Record<string, Record<string, never>>;
  WorkingDir?: string;
  NetworkDisabled?: boolean;
  OnBuild?: string[] | null;
  Labels?: Record<string, string>;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  Shell?: string[];
  Healthcheck?: { Test?: string[]; Interval?: number; Timeout?: number; StartPeriod?: number; StartInterval?: number; Retries?: number };
}

export interface RestartPolicy {
  Name: "" | "no" | "always" | "unless-stopped" | "on-failure";
  MaximumRetryCount?: number;
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer?: string;
  CgroupPermissions?: string;
}

export interface MountConfig {
  Type: "bind" | "volume" | "npipe" | "tmpfs" | "cluster" | "image";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: Record<string, unknown>;
  VolumeOptions?: Record<string, unknown>;
}

/** How a container is connected to one network, as asked for. */
export interface EndpointSettings {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] | null } | null;
  /** `container:alias` */
  Links?: string[] | null;
  Aliases?: string[] | null;
  MacAddress?: string;
  DriverOpts?: Record<string, string> | null;
  /** The connection with the highest one has the default gateway. */
  GwPriority?: number;
}

/** The part of a container's configuration that concerns the host; only what a Windows container can have. */
export interface HostConfig {
  Binds?: string[] | null;
  Mounts?: MountConfig[];
  ContainerIDFile?: string;
  LogConfig?: { Type?: string; Config?: Record<string, string> };
  NetworkMode?: string;
  PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[] | null>;
  PublishAllPorts?: boolean;
  RestartPolicy?: RestartPolicy;
  AutoRemove?: boolean;
  VolumesFrom?: string[] | null;
  /** Of the volumes that it makes by `Binds` and `Config.Volumes`. */
  VolumeDriver?: string;
  ConsoleSize?: [height: number, width: number];
  Annotations?: Record<string, string>;
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  ExtraHosts?: string[] | null;
  Links?: string[] | null;
  SecurityOpt?: string[] | null;
  StorageOpt?: Record<string, string>;
  Isolation?: "" | "default" | "process" | "hyperv";
  Devices?: DeviceMapping[] | null;
  /** Relative weight. */
  CpuShares?: number;
  /** Billionths of a processor. */
  NanoCpus?: number;
  CpuCount?: number;
  /** Percent of all processors. */
  CpuPercent?: number;
  /** Bytes. */
  Memory?: number;
  /** I/O operations a second on the system drive. */
  IOMaximumIOps?: number;
  /** Bytes a second on the system drive. */
  IOMaximumBandwidth?: number;
}
