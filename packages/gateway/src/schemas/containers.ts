import { type Static, Type } from "typebox";
import { named, nullable, oneOf, StringMap } from "./common.ts";
import { ContainerConfigSchema, hostConfigFields } from "./container-config.ts";
import { EndpointInspect } from "./networks.ts";
import { constantFields, optionsWithoutEffect, settingsWithoutNetwork } from "./without-effect.ts";

const ContainerStatusName = oneOf(["created", "running", "paused", "restarting", "exited", "removing", "dead"]);

export const MountPoint = Type.Object(
  {
    Type: oneOf(["bind", "npipe", "volume"]),
    Name: Type.Optional(Type.String({ description: "Of the volume." })),
    Source: Type.String({ description: "Folder or pipe of the host." }),
    Destination: Type.String(),
    Driver: Type.Optional(Type.String({ description: "Of the volume." })),
    Mode: Type.String({ description: "Empty: Windows has no modes of mounts." }),
    RW: Type.Boolean(),
    Propagation: Type.String({ description: "Empty: Windows has none." }),
  },
  { $id: "MountPoint" },
);

export const PortSummary = Type.Object(
  {
    PrivatePort: Type.Integer({ description: "The container's." }),
    Type: Type.String({ examples: ["tcp", "udp"] }),
    IP: Type.Optional(Type.String()),
    PublicPort: Type.Optional(Type.Integer({ description: "The host's, for a port that is published." })),
  },
  { $id: "PortSummary" },
);

const Mounts = Type.Array(named(MountPoint));
const Ports = Type.Record(Type.String(), nullable(Type.Array(Type.Object({ HostIp: Type.String(), HostPort: Type.String() }))), {
  description: "Of a container that runs: where each is published, or null.",
});

export const HostConfigInspect = Type.Object(
  { ...hostConfigFields, ...constantFields(optionsWithoutEffect) },
  {
    $id: "HostConfigInspect",
    description: "With the options that no Windows container can have: as given where they were taken, else empty.",
  },
);
const Networks = Type.Record(Type.String(), named(EndpointInspect));

export const ContainerCreated = Type.Object({ Id: Type.String(), Warnings: Type.Array(Type.String()) }, { $id: "ContainerCreated" });

export const ContainerSummary = Type.Object(
  {
    Id: Type.String(),
    Names: Type.Array(Type.String(), { description: "With a leading slash." }),
    Image: Type.String({ description: "As given at create, or the image's id if the name means another image now, or none." }),
    ImageID: Type.String(),
    Command: Type.String(),
    Created: Type.Integer({ description: "Seconds since 1970." }),
    Ports: Type.Array(named(PortSummary), { description: "Of a container that runs." }),
    SizeRw: Type.Optional(
      Type.Integer({ description: "Bytes that it changed or added; where sizes were asked for and it could be found out." }),
    ),
    SizeRootFs: Type.Optional(Type.Integer({ description: "With those of its image." })),
    Labels: StringMap,
    State: ContainerStatusName,
    Status: Type.String({ examples: ["Up 5 seconds", "Exited (7) 2 minutes ago"] }),
    HostConfig: Type.Object({ NetworkMode: Type.String(), Annotations: Type.Optional(StringMap) }),
    NetworkSettings: Type.Object({ Networks }),
    Mounts,
  },
  { $id: "ContainerSummary" },
);
export type ContainerSummary = Static<typeof ContainerSummary>;

export const ContainerStateSchema = Type.Object(
  {
    Status: ContainerStatusName,
    Running: Type.Boolean(),
    Paused: Type.Boolean(),
    Restarting: Type.Boolean(),
    OOMKilled: Type.Boolean(),
    Dead: Type.Boolean(),
    Pid: Type.Integer(),
    ExitCode: Type.Integer({ description: "Of the last run; unsigned 32 bits." }),
    Error: Type.String(),
    StartedAt: Type.String({ description: "0001-01-01T00:00:00Z: never." }),
    FinishedAt: Type.String({ description: "0001-01-01T00:00:00Z: never." }),
  },
  { $id: "ContainerState" },
);

export const ContainerInspect = Type.Object(
  {
    Id: Type.String(),
    Created: Type.String(),
    Path: Type.String(),
    Args: Type.Array(Type.String()),
    State: named(ContainerStateSchema),
    Image: Type.String({ description: "The image's id." }),
    ResolvConfPath: Type.String(),
    HostnamePath: Type.String(),
    HostsPath: Type.String(),
    LogPath: Type.String(),
    Name: Type.String({ description: "With a leading slash." }),
    RestartCount: Type.Integer(),
    Driver: Type.String(),
    Platform: Type.String(),
    MountLabel: Type.String(),
    ProcessLabel: Type.String(),
    AppArmorProfile: Type.String(),
    ExecIDs: nullable(Type.Array(Type.String())),
    HostConfig: named(HostConfigInspect),
    GraphDriver: Type.Object({ Name: Type.String(), Data: StringMap }),
    SizeRw: Type.Optional(Type.Integer()),
    SizeRootFs: Type.Optional(Type.Integer()),
    Mounts,
    Config: named(ContainerConfigSchema),
    NetworkSettings: Type.Object({ ...constantFields(settingsWithoutNetwork), Ports, Networks }),
  },
  { $id: "ContainerInspect" },
);
export type ContainerInspect = Static<typeof ContainerInspect>;

export const ContainerChange = Type.Object(
  {
    Path: Type.String({ examples: ["\\app\\data.txt"] }),
    Kind: Type.Unsafe<0 | 1 | 2>(Type.Integer({ minimum: 0, maximum: 2, description: "0: changed, 1: added, 2: deleted." })),
  },
  { $id: "ContainerChange" },
);
export type ContainerChange = Static<typeof ContainerChange>;

export const WaitAnswer = Type.Object(
  {
    StatusCode: Type.Integer({ description: "The program's exit code; unsigned 32 bits." }),
    Error: Type.Optional(nullable(Type.Object({ Message: Type.String() }))),
  },
  { $id: "WaitAnswer", description: "The headers come at once, the body when the container has ended." },
);
export type WaitAnswer = Static<typeof WaitAnswer>;

export const PruneAnswer = Type.Object(
  { ContainersDeleted: Type.Array(Type.String()), SpaceReclaimed: Type.Integer({ description: "Bytes." }) },
  { $id: "ContainersPruned" },
);
