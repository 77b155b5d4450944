import type { DiskUsage } from "@oriel/engine";
import type { DiskUsageAnswer } from "../schemas/system.ts";
import { containerSummary } from "./container-view.ts";
import { imageSummary } from "./image-view.ts";
import { volumeUsageView } from "./volume-view.ts";

/** The kinds of things that `docker system df` can be limited to. */
export const diskUsageTypes = ["container", "image", "volume", "build-cache"] as const;

/** @param types none: all */
export function diskUsageAnswer(usage: DiskUsage, types: readonly string[], now: Date): DiskUsageAnswer {
  const asks = (type: (typeof diskUsageTypes)[number]): boolean => types.length === 0 || types.includes(type);
  return {
    LayersSize: asks("image") ? usage.layers : 0,
    Images: asks("image")
      ? usage.images.map(({ image, shared, containers }) => ({ ...imageSummary(image), SharedSize: shared, Containers: containers }))
      : null,
    Containers: asks("container") ? usage.containers.map(({ container, size }) => containerSummary(container, now, size)) : null,
    Volumes: asks("volume") ? usage.volumes.map(volumeUsageView) : null,
    BuildCache: asks("build-cache") ? [] : null,
  };
}
