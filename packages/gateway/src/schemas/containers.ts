import { type Static, Type } from "typebox";
import { named, nullable, oneOf, StringMap } from "./common.ts";
import { ContainerConfigSchema, HostConfigSchema } from "./container-config.ts";

const ContainerStatusName = oneOf(["created", "running", "paused", "restarting", "exited", "removing", "dead"]);

const Mounts = Type.Array(Type.Record(Type.String(), Type.Unknown()));
const Networks = Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()));

export const ContainerCreated = Type.Object({ Id: Type.String(), Warnings: Type.Array(Type.String()) }, { $id: "ContainerCreated" });

export const ContainerSummary = Type.Object(
  {
    Id: Type.String(),
    Names: Type.Array(Type.String(), { description: "With a leading slash." }),
    Image: Type.String({ description: "As given at create." }),
    ImageID: Type.String(),
    Command: Type.String(),
    Created: Type.Integer({ description: "Seconds since 1970." }),
    Ports: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    SizeRw: Type.Optional(
      Type.Integer({ description: "Bytes that it changed or added; where sizes were asked for. -1: it could not be found out." }),
    ),
    SizeRootFs: Type.Optional(Type.Integer({ description: "With those of its image." })),
    Labels: StringMap,
    State: ContainerStatusName,
    Status: Type.String({ examples: ["Up 5 seconds", "Exited (7) 2 minutes ago"] }),
    HostConfig: Type.Object({ NetworkMode: Type.String() }),
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
    HostConfig: named(HostConfigSchema),
    GraphDriver: Type.Object({ Name: Type.String(), Data: StringMap }),
    SizeRw: Type.Optional(Type.Integer()),
    SizeRootFs: Type.Optional(Type.Integer()),
    Mounts,
    Config: named(ContainerConfigSchema),
    NetworkSettings: Type.Object({ Ports: Type.Record(Type.String(), Type.Unknown()), Networks }),
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
