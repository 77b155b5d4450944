import { ConflictError } from "@oriel/contracts";
import { digestHex, shortId } from "../content/digest.ts";
import type { ImageName } from "./image-catalog.ts";
import { canonicalReference, parseReference, repositoryName, withDefaultTag } from "./reference.ts";

export interface RemovalRequest {
  /** `sha256:<hex>` of the image that `reference` was found to name. */
  readonly imageId: string;
  /** As the user wrote it. */
  readonly reference: string;
  readonly names: readonly ImageName[];
  readonly force: boolean;
  /** Ids of containers made from the image; `running` is a part of `using`. */
  readonly using: readonly string[];
  readonly running: readonly string[];
}

export interface RemovalPlan {
  readonly untag: readonly string[];
  readonly deleteImage: boolean;
}

const op = "image.remove";

/**
 * What `docker rmi` does with this reference: the rules of dockerd (moby, daemon/images/image_delete.go), which differ
 * for a name and for an id.
 *
 * @throws ConflictError in dockerd's words.
 */
export function planRemoval(request: RemovalRequest): RemovalPlan {
  return isIdOf(request.imageId, request.reference) ? planById(request) : planByName(request);
}

/** An id, whole or begun, drops every name of the image, unless they are of several repositories. */
function planById({ imageId, names, force, using, running }: RemovalRequest): RemovalPlan {
  const conflict = (must: "cannot be forced" | "must be forced", reason: string) =>
    new ConflictError(`conflict: unable to delete ${shortId(imageId)} (${must}) - ${reason}`, {
      op,
      resource: imageId,
      ...(must === "must be forced"
        ? { remedy: "remove what uses it first, or force the removal" }
        : { remedy: "stop the container first" }),
    });
  if (running[0] !== undefined) throw conflict("cannot be forced", `image is being used by running container ${shortId(running[0])}`);
  if (!force && !isOneRepository(names)) throw conflict("must be forced", "image is referenced in multiple repositories");
  if (!force && using[0] !== undefined) throw conflict("must be forced", `image is being used by stopped container ${shortId(using[0])}`);
  return { untag: names.map(({ name }) => name), deleteImage: true };
}

/** A name drops this name, and the image with its last one; digests of a repository go with its last tag. */
function planByName({ imageId, reference, names, force, using, running }: RemovalRequest): RemovalPlan {
  if (!force && using[0] !== undefined && isOneRepository(names)) {
    throw new ConflictError(
      `conflict: unable to remove repository reference ${JSON.stringify(reference)} (must force) - container ${shortId(using[0])} is using its referenced image ${shortId(imageId)}`,
      { op, resource: imageId, remedy: "remove the container first, or force the removal" },
    );
  }
  const parsed = withDefaultTag(parseReference(reference));
  const target = canonicalReference(parsed.digest === undefined ? parsed : { ...parsed, tag: undefined });
  const repository = repositoryName(parsed);
  const others = names.filter(({ name }) => name !== target);
  const lastTag = parsed.digest === undefined && !others.some((name) => name.kind === "tag" && name.repository === repository);
  const orphans = lastTag ? others.filter((name) => name.repository === repository) : [];
  // A container keeps an image that lost its last name: forced by name, it stays without one.
  const keepers = force ? running : using;
  return {
    untag: [target, ...orphans.map(({ name }) => name)],
    deleteImage: others.length === orphans.length && keepers.length === 0,
  };
}

function isIdOf(imageId: string, reference: string): boolean {
  return imageId.startsWith(reference) || digestHex(imageId).startsWith(reference);
}

/** At most one tag, and digests of the same repository only. */
function isOneRepository(names: readonly ImageName[]): boolean {
  const tags = names.filter(({ kind }) => kind === "tag");
  const repositories = new Set(names.map(({ repository }) => repository));
  return tags.length <= 1 && repositories.size <= 1;
}
