import { type ImageRecord, InvalidArgumentError } from "@oriel/core";
import { checkFilterNames, type FilterMap, parseTimestamp } from "../http/query-values.ts";
import { createdAt } from "./image-view.ts";

/**
 * The images that Docker's filters select: dangling, reference, label, before, since, until.
 * @throws InvalidArgumentError
 */
export async function filterImages(
  images: readonly ImageRecord[],
  filters: FilterMap,
  find: (reference: string) => Promise<ImageRecord>,
): Promise<readonly ImageRecord[]> {
  checkFilterNames(filters, ["dangling", "reference", "label", "before", "since", "until"]);
  const dangling = readFlag(filters.dangling?.[0]);
  const [before, since] = await Promise.all(
    [filters.before?.[0], filters.since?.[0]].map((name) => (name === undefined ? undefined : find(name))),
  );
  const until = parseTimestamp("until", filters.until?.[0]);
  return images.filter(
    (image) =>
      (dangling === undefined || (image.tags.length === 0) === dangling) &&
      (filters.reference === undefined || filters.reference.some((pattern) => hasReference(image, pattern))) &&
      (filters.label ?? []).every((label) => hasLabel(image.config.config?.Labels ?? {}, label)) &&
      (before === undefined || createdAt(image) < createdAt(before)) &&
      (since === undefined || createdAt(image) > createdAt(since)) &&
      (until === undefined || createdAt(image) < until.getTime()),
  );
}

/** A pattern with `*` and `?` stands for a whole reference, or for its name without the tag or digest. */
function hasReference(image: ImageRecord, pattern: string): boolean {
  const expression = patternExpression(pattern);
  return [...image.tags, ...image.digests].some((reference) => {
    const name = reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
    return expression.test(reference) || expression.test(name);
  });
}

/** `*` and `?` do not stand for a slash, as in Go's path.Match. */
function patternExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${source}$`);
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [name = "", ...value] = wanted.split("=");
  if (!Object.hasOwn(labels, name)) return false;
  return value.length === 0 || labels[name] === value.join("=");
}

function readFlag(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (["1", "true"].includes(text.toLowerCase())) return true;
  if (["0", "false"].includes(text.toLowerCase())) return false;
  throw new InvalidArgumentError(`invalid filter 'dangling=${text}': expected true or false`, { op: "image.list" });
}
