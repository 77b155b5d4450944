import { type Static, Type } from "typebox";
import { named, nullable, oneOf, StringMap } from "./common.ts";
import { ContainerSummary } from "./containers.ts";
import { ImageSummary } from "./images.ts";
import { Volume } from "./volumes.ts";

const Strings = Type.Array(Type.String());

export const VersionAnswer = Type.Object(
  {
    Platform: Type.Object({ Name: Type.String() }),
    Components: Type.Array(Type.Object({ Name: Type.String(), Version: Type.String(), Details: StringMap })),
    Version: Type.String(),
    ApiVersion: Type.String(),
    MinAPIVersion: Type.String(),
    GitCommit: Type.String(),
    GoVersion: Type.String({ description: "Docker clients print it; Oriel is run by Node.js." }),
    Os: Type.String(),
    Arch: Type.String(),
    KernelVersion: Type.String(),
    Experimental: Type.Boolean(),
    BuildTime: Type.String(),
  },
  { $id: "Version" },
);
export type VersionAnswer = Static<typeof VersionAnswer>;

export const InfoAnswer = Type.Object(
  {
    ID: Type.String(),
    Name: Type.String(),
    ServerVersion: Type.String(),
    Containers: Type.Integer(),
    ContainersRunning: Type.Integer(),
    ContainersPaused: Type.Integer(),
    ContainersStopped: Type.Integer(),
    Images: Type.Integer(),
    Driver: Type.String(),
    DriverStatus: Type.Array(Type.Array(Type.String(), { minItems: 2, maxItems: 2, description: "Name and value." })),
    Plugins: Type.Object({ Volume: Strings, Network: Strings, Authorization: Strings, Log: Strings }),
    LoggingDriver: Type.String(),
    SystemTime: Type.String(),
    KernelVersion: Type.String(),
    OperatingSystem: Type.String(),
    OSVersion: Type.String(),
    OSType: oneOf(["windows"]),
    Architecture: Type.String(),
    IndexServerAddress: Type.String(),
    RegistryConfig: Type.Record(Type.String(), Type.Unknown()),
    NCPU: Type.Integer(),
    MemTotal: Type.Integer({ description: "Bytes." }),
    DockerRootDir: Type.String(),
    HttpProxy: Type.String(),
    HttpsProxy: Type.String(),
    NoProxy: Type.String(),
    Labels: Strings,
    ExperimentalBuild: Type.Boolean(),
    LiveRestoreEnabled: Type.Boolean(),
    Isolation: oneOf(["process", "hyperv"]),
    DefaultRuntime: Type.String(),
    Runtimes: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
    Swarm: Type.Object({ LocalNodeState: Type.String(), ControlAvailable: Type.Boolean(), NodeID: Type.String(), NodeAddr: Type.String() }),
    InitBinary: Type.String(),
    SecurityOptions: Strings,
    ProductLicense: Type.String(),
    Warnings: nullable(Strings),
    Debug: Type.Boolean({ description: "Whether the log's level is debug." }),
    NEventsListener: Type.Integer({ description: "Followers of events." }),
  },
  { $id: "SystemInfo" },
);
export type InfoAnswer = Static<typeof InfoAnswer>;

export const DiskUsageAnswer = Type.Object(
  {
    LayersSize: Type.Integer({ description: "Bytes of all layers, each counted once." }),
    Images: nullable(Type.Array(named(ImageSummary))),
    Containers: nullable(Type.Array(named(ContainerSummary))),
    Volumes: nullable(Type.Array(named(Volume))),
    BuildCache: nullable(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
  },
  { $id: "DiskUsage" },
);
export type DiskUsageAnswer = Static<typeof DiskUsageAnswer>;

export const EventMessage = Type.Object(
  {
    Type: Type.String(),
    Action: Type.String(),
    Actor: Type.Object({ ID: Type.String(), Attributes: StringMap }),
    scope: oneOf(["local"]),
    time: Type.Integer({ description: "Seconds since 1970." }),
    timeNano: Type.Integer({ description: "Nanoseconds since 1970." }),
    status: Type.Optional(Type.String({ description: "As Action; containers and images only, for older clients." })),
    id: Type.Optional(Type.String()),
    from: Type.Optional(Type.String()),
  },
  { $id: "EventMessage", description: "The answer is a sequence of these, one a line." },
);
export type EventMessage = Static<typeof EventMessage>;
