import { type Static, Type } from "typebox";
import { nullable } from "./common.ts";
import { ConsoleSize } from "./container-config.ts";

const Strings = Type.Array(Type.String());

export const ExecCreateBody = Type.Object(
  {
    AttachStdin: Type.Optional(Type.Boolean()),
    AttachStdout: Type.Optional(Type.Boolean()),
    AttachStderr: Type.Optional(Type.Boolean()),
    Tty: Type.Optional(Type.Boolean({ description: "Give the program a terminal; its output is one stream then." })),
    ConsoleSize: Type.Optional(nullable(ConsoleSize)),
    DetachKeys: Type.Optional(Type.String({ description: "For a terminal; `ctrl-p,ctrl-q` unless given." })),
    Env: Type.Optional(nullable(Strings)),
    Cmd: Type.Optional(nullable(Strings)),
    WorkingDir: Type.Optional(Type.String({ description: "The container's unless given." })),
    User: Type.Optional(Type.String({ description: "The container's unless given." })),
    Privileged: Type.Optional(Type.Boolean({ description: "Refused: Windows has no privileged mode." })),
    Detach: Type.Optional(Type.Boolean({ description: "Accepted and without effect: the start says it." })),
  },
  { $id: "ExecCreateBody" },
);
export type ExecCreateBody = Static<typeof ExecCreateBody>;

export const ExecCreated = Type.Object({ Id: Type.String() }, { $id: "ExecCreated" });

export const ExecStartBody = Type.Object(
  {
    Detach: Type.Optional(Type.Boolean({ description: "Answer as soon as it runs, and drop its output." })),
    Tty: Type.Optional(Type.Boolean({ description: "Accepted and without effect: what the exec was created with holds." })),
    ConsoleSize: Type.Optional(nullable(ConsoleSize)),
  },
  { $id: "ExecStartBody" },
);
export type ExecStartBody = Static<typeof ExecStartBody>;

export const ExecInspect = Type.Object(
  {
    ID: Type.String(),
    Running: Type.Boolean(),
    ExitCode: nullable(Type.Integer({ description: "Unsigned 32 bits; null until it has ended." })),
    ProcessConfig: Type.Object({
      tty: Type.Boolean(),
      entrypoint: Type.String({ description: "The program." }),
      arguments: Strings,
    }),
    OpenStdin: Type.Boolean(),
    OpenStderr: Type.Boolean(),
    OpenStdout: Type.Boolean(),
    CanRemove: Type.Boolean(),
    ContainerID: Type.String(),
    DetachKeys: Type.String({ description: "The bytes of the keys in base64." }),
    Pid: Type.Integer({ description: "Inside the container; 0 before the start." }),
  },
  { $id: "ExecInspect" },
);
export type ExecInspect = Static<typeof ExecInspect>;
