import { type Static, Type } from "typebox";
import { named, nullable, oneOf, StringMap } from "./common.ts";

export const Volume = Type.Object(
  {
    Name: Type.String({ description: "In lower case: names of volumes have no case." }),
    Driver: oneOf(["local"]),
    Mountpoint: Type.String({ description: "Folder of its files on the host." }),
    CreatedAt: Type.String({ examples: ["2026-01-02T03:04:05Z"] }),
    Labels: nullable(StringMap),
    Options: nullable(StringMap),
    Scope: oneOf(["local"]),
    UsageData: Type.Optional(
      Type.Object(
        {
          Size: Type.Integer({ description: "Bytes of its files." }),
          RefCount: Type.Integer({ description: "Number of containers that have it." }),
        },
        { description: "In the disk usage only." },
      ),
    ),
  },
  { $id: "Volume" },
);
export type Volume = Static<typeof Volume>;

export const VolumeCreateBody = Type.Object(
  {
    Name: Type.Optional(Type.String({ description: "Absent or empty: a random one." })),
    Driver: Type.Optional(Type.String({ description: "local; others are refused." })),
    DriverOpts: Type.Optional(nullable(StringMap)),
    Labels: Type.Optional(nullable(StringMap)),
    ClusterVolumeSpec: Type.Optional(Type.Unknown({ description: "Refused: there is no swarm." })),
  },
  { $id: "VolumeCreateBody" },
);
export type VolumeCreateBody = Static<typeof VolumeCreateBody>;

export const VolumeList = Type.Object(
  { Volumes: Type.Array(named(Volume)), Warnings: nullable(Type.Array(Type.String())) },
  { $id: "VolumeList" },
);

export const VolumesPruned = Type.Object(
  { VolumesDeleted: Type.Array(Type.String()), SpaceReclaimed: Type.Integer({ description: "Bytes." }) },
  { $id: "VolumesPruned" },
);

export const volumeSchemas = [Volume, VolumeCreateBody, VolumeList, VolumesPruned] as const;
