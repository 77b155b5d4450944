import type { ContainerConfig, ImageRecord, ImageRunConfig } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import { assertAtRest } from "../containers/container-files.ts";
import { isBusy, untilIdle } from "../containers/until-idle.ts";
import type { CommitContainerRequest } from "../engine-api.ts";
import { type EngineContext, publishContainerEvent } from "../engine-context.ts";
import { withChanges } from "./image-changes.ts";

/** What it changed must not change meanwhile: a start or a removal waits. */
export async function commitContainer(
  context: EngineContext,
  container: Container,
  request: CommitContainerRequest = {},
): Promise<ImageRecord> {
  const op = "container.commit";
  if (isBusy(container)) await untilIdle(context, container, op);
  assertAtRest(container, op, "windows does not support commit of a running container");
  const committing = commit(context, container, request);
  container.readers.add(committing);
  return committing.finally(() => container.readers.delete(committing));
}

async function commit(context: EngineContext, container: Container, request: CommitContainerRequest): Promise<ImageRecord> {
  const { author, comment, reference, changes = [], signal } = request;
  const { data, id } = container;
  const given = { ...imageConfigOf(data.config), ...imageConfigOf(request.config ?? {}) };
  const image = await context.images.commit({
    parentId: data.imageId,
    layer: context.storage.diff(id, signal),
    config: withChanges(given, changes, data.imageOs),
    createdBy: [data.path, ...data.args].join(" "),
    author,
    comment,
    tag: reference,
    signal,
  });
  publishContainerEvent(context, container, "commit", { comment: comment ?? "", imageID: image.id, imageRef: image.tags[0] ?? "" });
  return image;
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
