import { ConflictError, type ContainerConfig, type ImageRecord, type ImageRunConfig } from "@oriel/core";
import type { Container } from "./container.ts";
import type { CommitContainerRequest } from "./engine-api.ts";
import { type EngineContext, publishContainerEvent } from "./engine-context.ts";
import { withChanges } from "./image-changes.ts";

/** Under the container's lock: what it changed must not change meanwhile. */
export function commitContainer(context: EngineContext, container: Container, request: CommitContainerRequest = {}): Promise<ImageRecord> {
  const { author, comment, reference, changes = [], signal } = request;
  return container.lock.run(async () => {
    const { data, id } = container;
    if (container.isRunning) {
      throw new ConflictError("windows does not support commit of a running container", { op: "container.commit", resource: id });
    }
    const given = { ...imageConfigOf(data.config), ...imageConfigOf(request.config ?? {}) };
    const image = await context.images.commit({
      parentId: data.imageId,
      layer: context.storage.diff(id, signal),
      config: withChanges(given, changes, data.imageOs),
      createdBy: [data.path, ...data.args].join(" "),
      ...(author === undefined ? {} : { author }),
      ...(comment === undefined ? {} : { comment }),
      ...(reference === undefined ? {} : { tag: reference }),
      ...(signal === undefined ? {} : { signal }),
    });
    publishContainerEvent(context, container, "commit", { comment: comment ?? "", imageID: image.id, imageRef: image.tags[0] ?? "" });
    return image;
  });
}

const imageFields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "OnBuild",
  "Shell",
  "Healthcheck",
] as const satisfies readonly (keyof ImageRunConfig & keyof ContainerConfig)[];

/** What of a container's configuration an image can have. */
function imageConfigOf(config: Partial<ContainerConfig>): ImageRunConfig {
  return Object.fromEntries(imageFields.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
