import type { ImageRecord, ImageRunConfig } from "@oriel/contracts";
import type { ImageStep } from "@oriel/engine";
import type { ImageHistoryItem, ImageInspect, ImageSummary } from "../schemas/images.ts";

export function imageSummary(record: ImageRecord): ImageSummary {
  return {
    Id: record.id,
    ParentId: "",
    RepoTags: [...record.tags],
    RepoDigests: [...record.digests],
    Created: Math.floor(createdAt(record) / 1000),
    Size: record.size,
    SharedSize: -1,
    Labels: record.config.config?.Labels ?? {},
    Containers: -1,
  };
}

export function imageInspect(record: ImageRecord, driver: string): ImageInspect {
  const { config } = record;
  return {
    Id: record.id,
    RepoTags: [...record.tags],
    RepoDigests: [...record.digests],
    Parent: "",
    Comment: config.history?.at(-1)?.comment ?? "",
    ...(config.created === undefined ? {} : { Created: config.created }),
    DockerVersion: "",
    Author: config.author ?? "",
    Config: runConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    ...(config["os.version"] === undefined ? {} : { OsVersion: config["os.version"] }),
    Size: record.size,
    GraphDriver: { Name: driver, Data: {} },
    RootFS: { Type: "layers", Layers: [...config.rootfs.diff_ids] },
    Metadata: { LastTagTime: record.taggedAt.toISOString() },
  };
}

export function imageHistory({ id, tags }: ImageRecord, steps: readonly ImageStep[]): ImageHistoryItem[] {
  return steps.map(({ created, createdBy, comment, size }, index) => ({
    Id: index === 0 ? id : "<missing>",
    Created: Math.floor((created?.getTime() ?? 0) / 1000),
    CreatedBy: createdBy,
    Tags: index === 0 && tags.length > 0 ? [...tags] : null,
    Size: size,
    Comment: comment,
  }));
}

/** Milliseconds since 1970; an image without a date of its own counts as made then. */
export function createdAt(record: ImageRecord): number {
  const time = Date.parse(record.config.created ?? "");
  return Number.isNaN(time) ? 0 : time;
}

function runConfig(given: ImageRunConfig): ImageInspect["Config"] {
  return { User: "", Env: null, Cmd: null, Entrypoint: null, Volumes: null, WorkingDir: "", OnBuild: null, Labels: null, ...given };
}
