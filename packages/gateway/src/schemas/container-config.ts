import type { RestartPolicy } from "@oriel/contracts";
import { type Static, Type } from "typebox";
import { foreignOptions } from "../http/foreign-options.ts";
import { named, nullable, oneOf, StringMap, StringSet } from "./common.ts";
import { EndpointSettingsSchema } from "./networks.ts";

const Strings = Type.Array(Type.String());
const Integer = Type.Integer();

/** Docker takes a command as a list, and for the oldest clients as one string. */
const Command = Type.Union([Strings, Type.String(), Type.Null()]);

const Healthcheck = Type.Object({
  Test: Type.Optional(nullable(Strings)),
  Interval: Type.Optional(Type.Integer({ description: "Nanoseconds." })),
  Timeout: Type.Optional(Type.Integer({ description: "Nanoseconds." })),
  StartPeriod: Type.Optional(Type.Integer({ description: "Nanoseconds." })),
  StartInterval: Type.Optional(Type.Integer({ description: "Nanoseconds." })),
  Retries: Type.Optional(Integer),
});

/** The fields of a container's own configuration. Go clients send null for a list or map that is not given. */
export const containerConfigFields = {
  Hostname: Type.Optional(Type.String()),
  Domainname: Type.Optional(Type.String()),
  User: Type.Optional(Type.String()),
  AttachStdin: Type.Optional(Type.Boolean()),
  AttachStdout: Type.Optional(Type.Boolean()),
  AttachStderr: Type.Optional(Type.Boolean()),
  ExposedPorts: Type.Optional(nullable(StringSet)),
  Tty: Type.Optional(Type.Boolean({ description: "Give the program a terminal; its output is one stream then." })),
  OpenStdin: Type.Optional(Type.Boolean({ description: "Keep the program's input open." })),
  StdinOnce: Type.Optional(Type.Boolean({ description: "End the input when the first attached client goes." })),
  Env: Type.Optional(nullable(Strings)),
  Cmd: Type.Optional(Command),
  Entrypoint: Type.Optional(Command),
  ArgsEscaped: Type.Optional(Type.Boolean({ description: "Cmd or Entrypoint is one ready Windows command line." })),
  Image: Type.Optional(Type.String({ description: "Reference or id of the image.", examples: ["oriel/nano:latest"] })),
  Volumes: Type.Optional(nullable(StringSet)),
  WorkingDir: Type.Optional(Type.String()),
  NetworkDisabled: Type.Optional(Type.Boolean()),
  OnBuild: Type.Optional(nullable(Strings)),
  Labels: Type.Optional(nullable(StringMap)),
  StopSignal: Type.Optional(Type.String()),
  StopTimeout: Type.Optional(nullable(Type.Integer({ description: "Seconds." }))),
  Shell: Type.Optional(Command),
  Healthcheck: Type.Optional(nullable(Healthcheck)),
};

export const ContainerConfigSchema = Type.Object(containerConfigFields, { $id: "ContainerConfig" });
export type ContainerConfigSchema = Static<typeof ContainerConfigSchema>;

/** The document's dialect of JSON Schema and the validator's write tuples differently: a list of two is the same in both. */
export const ConsoleSize = Type.Unsafe<[height: number, width: number]>(
  Type.Array(Integer, { minItems: 2, maxItems: 2, description: "Height and width, in characters." }),
);

const PortBinding = Type.Object({ HostIp: Type.Optional(Type.String()), HostPort: Type.Optional(Type.String()) });

const BindOptions = Type.Object(
  {
    Propagation: Type.Optional(Type.String()),
    NonRecursive: Type.Optional(Type.Boolean()),
    CreateMountpoint: Type.Optional(Type.Boolean()),
    ReadOnlyNonRecursive: Type.Optional(Type.Boolean()),
    ReadOnlyForceRecursive: Type.Optional(Type.Boolean()),
  },
  { description: "Taken and without effect." },
);

const VolumeOptions = Type.Object({
  NoCopy: Type.Optional(Type.Boolean({ description: "Do not copy what the image has at the place into the volume." })),
  Labels: Type.Optional(nullable(StringMap)),
  DriverConfig: Type.Optional(nullable(Type.Object({ Name: Type.Optional(Type.String()), Options: Type.Optional(nullable(StringMap)) }))),
  Subpath: Type.Optional(Type.String({ description: "Folder within the volume that is mounted." })),
});

const Mount = Type.Object({
  Type: oneOf(["bind", "volume", "npipe", "tmpfs", "cluster", "image"], { description: "bind, volume or npipe; others are refused." }),
  Source: Type.Optional(Type.String()),
  Target: Type.String(),
  ReadOnly: Type.Optional(Type.Boolean()),
  Consistency: Type.Optional(Type.String()),
  BindOptions: Type.Optional(nullable(BindOptions)),
  VolumeOptions: Type.Optional(nullable(VolumeOptions)),
});

const Device = Type.Object({
  PathOnHost: Type.String({ examples: ["class/5B45201D-F2F2-4F3B-85BB-30FF1F953599"] }),
  PathInContainer: Type.Optional(Type.String()),
  CgroupPermissions: Type.Optional(Type.String()),
});

/** The fields that concern the host, as far as a Windows container can have them. */
export const hostConfigFields = {
  Binds: Type.Optional(nullable(Strings)),
  Mounts: Type.Optional(nullable(Type.Array(Mount))),
  ContainerIDFile: Type.Optional(Type.String()),
  LogConfig: Type.Optional(Type.Object({ Type: Type.Optional(Type.String()), Config: Type.Optional(nullable(StringMap)) })),
  NetworkMode: Type.Optional(Type.String()),
  PortBindings: Type.Optional(nullable(Type.Record(Type.String(), nullable(Type.Array(PortBinding))))),
  PublishAllPorts: Type.Optional(Type.Boolean()),
  RestartPolicy: Type.Optional(
    Type.Object({
      // Another name is refused by the engine, in dockerd's words.
      Name: Type.Optional(Type.Unsafe<RestartPolicy["Name"]>({ type: "string", description: "no, always, unless-stopped or on-failure." })),
      MaximumRetryCount: Type.Optional(Integer),
    }),
  ),
  AutoRemove: Type.Optional(Type.Boolean()),
  VolumesFrom: Type.Optional(nullable(Strings)),
  VolumeDriver: Type.Optional(Type.String({ description: "Of volumes that it makes: local." })),
  ConsoleSize: Type.Optional(nullable(ConsoleSize)),
  Annotations: Type.Optional(nullable(StringMap)),
  Dns: Type.Optional(nullable(Strings)),
  DnsOptions: Type.Optional(nullable(Strings)),
  DnsSearch: Type.Optional(nullable(Strings)),
  ExtraHosts: Type.Optional(nullable(Strings)),
  Links: Type.Optional(nullable(Strings)),
  SecurityOpt: Type.Optional(nullable(Strings)),
  StorageOpt: Type.Optional(nullable(StringMap)),
  Isolation: Type.Optional(Type.String({ description: "default, process or hyperv, in any case." })),
  Devices: Type.Optional(nullable(Type.Array(Device))),
  CpuShares: Type.Optional(Type.Integer({ description: "Relative weight." })),
  NanoCpus: Type.Optional(Type.Integer({ description: "Billionths of a processor." })),
  CpuCount: Type.Optional(Integer),
  CpuPercent: Type.Optional(Type.Integer({ description: "Percent of all processors." })),
  Memory: Type.Optional(Type.Integer({ description: "Bytes." })),
  IOMaximumIOps: Type.Optional(Type.Integer({ description: "Operations a second on the system drive." })),
  IOMaximumBandwidth: Type.Optional(Type.Integer({ description: "Bytes a second on the system drive." })),
};

/** Taken to be refused or warned of by their names, whatever their values are. */
export const foreignFields = Object.fromEntries(
  [...Object.keys(foreignOptions), "CapAdd", "CapDrop"].map((name) => {
    const isRefused = foreignOptions[name]?.refusal !== undefined;
    const description = isRefused ? "Refused unless empty." : "Taken with a warning: it has no effect on Windows.";
    return [name, Type.Optional(Type.Unknown({ description }))];
  }),
);

const NetworkingConfig = Type.Object(
  { EndpointsConfig: Type.Optional(nullable(Type.Record(Type.String(), nullable(named(EndpointSettingsSchema))))) },
  { description: "How the container is connected, by names or ids of networks; absent: to the one of its NetworkMode." },
);

export const HostConfigSchema = Type.Object(hostConfigFields, { $id: "HostConfig" });

/** Unknown fields are let through the validation and not looked at, as dockerd does not. */
export const ContainerCreateBody = Type.Object(
  {
    ...containerConfigFields,
    MacAddress: Type.Optional(Type.String({ description: "Of its first network; newer clients give it in NetworkingConfig." })),
    HostConfig: Type.Optional(nullable(Type.Object({ ...hostConfigFields, ...foreignFields }))),
    NetworkingConfig: Type.Optional(nullable(NetworkingConfig)),
  },
  { $id: "ContainerCreateBody" },
);

export type ContainerCreateBody = Static<typeof ContainerCreateBody>;
