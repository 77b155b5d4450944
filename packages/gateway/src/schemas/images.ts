import { type Static, Type } from "typebox";
import { named, nullable, StringMap } from "./common.ts";
import { ContainerConfigSchema } from "./container-config.ts";

export const ImageSummary = Type.Object(
  {
    Id: Type.String(),
    ParentId: Type.String(),
    RepoTags: Type.Array(Type.String()),
    RepoDigests: Type.Array(Type.String()),
    Created: Type.Integer({ description: "Seconds since 1970." }),
    Size: Type.Integer({ description: "Bytes." }),
    SharedSize: Type.Integer({ description: "-1: not computed." }),
    Labels: StringMap,
    Containers: Type.Integer({ description: "-1: not computed." }),
  },
  { $id: "ImageSummary" },
);
export type ImageSummary = Static<typeof ImageSummary>;

export const ImageInspect = Type.Object(
  {
    Id: Type.String(),
    RepoTags: Type.Array(Type.String()),
    RepoDigests: Type.Array(Type.String()),
    Parent: Type.String(),
    Comment: Type.String(),
    Created: Type.Optional(Type.String()),
    DockerVersion: Type.String(),
    Author: Type.String(),
    Config: named(ContainerConfigSchema),
    Architecture: Type.String(),
    Variant: Type.Optional(Type.String()),
    Os: Type.String(),
    OsVersion: Type.Optional(Type.String()),
    Size: Type.Integer({ description: "Bytes." }),
    GraphDriver: Type.Object({ Name: Type.String(), Data: StringMap }),
    RootFS: Type.Object({ Type: Type.String(), Layers: Type.Array(Type.String()) }),
    Metadata: Type.Object({ LastTagTime: Type.String() }),
  },
  { $id: "ImageInspect" },
);
export type ImageInspect = Static<typeof ImageInspect>;

export const ImageHistoryItem = Type.Object(
  {
    Id: Type.String({ description: "The image's, for its latest step; `<missing>` otherwise." }),
    Created: Type.Integer({ description: "Seconds since 1970." }),
    CreatedBy: Type.String(),
    Tags: nullable(Type.Array(Type.String())),
    Size: Type.Integer({ description: "Bytes of the layer that it added." }),
    Comment: Type.String(),
  },
  { $id: "ImageHistoryItem" },
);
export type ImageHistoryItem = Static<typeof ImageHistoryItem>;

export const ImageCommitted = Type.Object({ Id: Type.String() }, { $id: "ImageCommitted" });

export const ImageRemoval = Type.Object(
  { Untagged: Type.Optional(Type.String()), Deleted: Type.Optional(Type.String()) },
  { $id: "ImageRemoval", description: "A tag that was taken away, or an image or layer that was deleted." },
);

export const ProgressMessage = Type.Object(
  {
    stream: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    id: Type.Optional(Type.String()),
    progressDetail: Type.Optional(Type.Object({ current: Type.Optional(Type.Integer()), total: Type.Optional(Type.Integer()) })),
    error: Type.Optional(Type.String()),
    errorDetail: Type.Optional(Type.Object({ message: Type.String() })),
  },
  { $id: "ProgressMessage", description: "The answer is a sequence of these, one a line; a failure after the headers is the last." },
);
export type ProgressMessage = Static<typeof ProgressMessage>;
