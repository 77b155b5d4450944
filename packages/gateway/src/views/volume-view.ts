import type { VolumeRecord, VolumeUsage } from "@oriel/engine";
import type { Volume } from "../schemas/volumes.ts";

export function volumeView({ name, mountpoint, createdAt, labels }: VolumeRecord): Volume {
  return {
    CreatedAt: createdAt.toISOString().replace(/\.\d+Z$/, "Z"),
    Driver: "local",
    Labels: labels === undefined ? null : { ...labels },
    Mountpoint: mountpoint,
    Name: name,
    Options: null,
    Scope: "local",
  };
}

export function volumeUsageView({ volume, size, users }: VolumeUsage): Volume {
  return { ...volumeView(volume), UsageData: { Size: size, RefCount: users } };
}
