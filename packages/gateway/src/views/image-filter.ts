import { type ImageRecord, InvalidArgumentError } from "@oriel/contracts";
import { checkFilterNames, type FilterMap } from "../http/query-values.ts";
import { parseTimestamp } from "../http/timestamps.ts";
import { createdAt } from "./image-view.ts";
import { compilePathPattern } from "./path-pattern.ts";

const known = ["dangling", "reference", "label", "label!", "before", "since", "until"];

/**
 * The images that Docker's filters select, by dockerd's rules (moby, daemon/images/images.go): `reference` selects names, and an
 * image is shown by those that match only; of several values of `before`, `since` and `until` all must fit.
 *
 * @throws InvalidArgumentError in dockerd's words; what `find` throws for an image that is not there.
 */
export async function filterImages(
  images: readonly ImageRecord[],
  filters: FilterMap,
  find: (reference: string) => Promise<ImageRecord>,
): Promise<readonly ImageRecord[]> {
  checkFilterNames(filters, known);
  const dangling = readFlag(filters.dangling);
  const patterns = given(filters.reference)?.map(compilePathPattern);
  const limits = async (names: readonly string[] = []) => Promise.all(names.map(async (name) => createdAt(await find(name))));
  const untils = (filters.until ?? []).map((text) => parseTimestamp("until", text)?.getTime() ?? Number.POSITIVE_INFINITY);
  const before = Math.min(...(await limits(filters.before)), ...untils);
  const since = Math.max(...(await limits(filters.since)));
  const isSelected = (image: ImageRecord): boolean => {
    const labels = image.config.config?.Labels ?? {};
    const created = createdAt(image);
    return (
      // One without a date is neither before nor after another.
      (before === Number.POSITIVE_INFINITY || (created !== 0 && created < before)) &&
      created > since &&
      (filters.label ?? []).every((label) => hasLabel(labels, label)) &&
      !(filters["label!"] ?? []).some((label) => hasLabel(labels, label))
    );
  };
  const shown = images.filter(isSelected).map((image) => (patterns === undefined ? image : withNamesOf(image, patterns)));
  return shown.filter(({ tags, digests }) => {
    if (tags.length === 0 && digests.length === 0) return dangling !== false && patterns === undefined;
    return dangling !== true || tags.length === 0;
  });
}

/** An image with those of its names that match: whole, or without tag and digest. */
function withNamesOf(image: ImageRecord, patterns: readonly ((text: string) => boolean)[]): ImageRecord {
  const matches = (reference: string): boolean => {
    const name = reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
    return patterns.some((pattern) => pattern(reference) || pattern(name));
  };
  return { ...image, tags: image.tags.filter(matches), digests: image.digests.filter(matches) };
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [name = "", ...value] = wanted.split("=");
  if (!Object.hasOwn(labels, name)) return false;
  return value.length === 0 || labels[name] === value.join("=");
}

/** A filter without values is none. */
function given(values: readonly string[] | undefined): readonly string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

/** Go's spelling of truth for filters: `1` and `true`, or `0` and `false`, and not both. */
function readFlag(values: readonly string[] | undefined): boolean | undefined {
  if (values === undefined) return undefined;
  const isTrue = values.some((value) => value === "1" || value === "true");
  const isFalse = values.some((value) => value === "0" || value === "false");
  if (isTrue !== isFalse) return isTrue;
  throw new InvalidArgumentError(`invalid filter 'dangling=[${values.join(" ")}]'`, { op: "image.list" });
}
