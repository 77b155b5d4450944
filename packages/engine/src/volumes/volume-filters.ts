import { InvalidArgumentError } from "@oriel/contracts";
import { hasLabel, matchesLabels } from "../label-filters.ts";
import { anonymousLabel } from "./create-volume.ts";
import type { VolumeData } from "./volume-store.ts";

type Filters = Readonly<Record<string, readonly string[]>>;
type Matcher = (volume: VolumeData) => boolean;

/**
 * The filters of a list as one test: dangling, driver, label and name.
 * @throws InvalidArgumentError in dockerd's words
 */
export function listFilter(filters: Filters, isUsed: (name: string) => boolean): Matcher {
  checkNames(filters, ["dangling", "driver", "label", "name"]);
  const matchers: Matcher[] = [({ labels = {} }) => matchesLabels(filters, labels)];
  const { driver = [], name = [], dangling = [] } = filters;
  if (driver.length > 0) matchers.push(() => driver.includes("local"));
  if (name.length > 0) {
    const patterns = name.map(patternOf);
    matchers.push((volume) => patterns.some((pattern) => pattern.test(volume.name)));
  }
  if (dangling.length > 0) {
    const wanted = booleanOf("dangling", dangling);
    matchers.push((volume) => isUsed(volume.name) !== wanted);
  }
  return (volume) => matchers.every((matches) => matches(volume));
}

/**
 * Which unused volumes are pruned: those that nobody has named, unless `all` is true; label and `label!` narrow it down.
 * @throws InvalidArgumentError in dockerd's words
 */
export function pruneFilter(filters: Filters): Matcher {
  checkNames(filters, ["all", "label", "label!"]);
  const { all = [] } = filters;
  if (all.length > 1) throw invalid(`invalid filter 'all=[${all.join(" ")}]': only one value is expected`);
  const [text = "false"] = all;
  if (!/^(?:1|t|true|0|f|false)$/i.test(text))
    throw invalid(`invalid filter 'all': strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  const isAll = /^(?:1|t)/i.test(text);
  return ({ labels = {} }) => (isAll || hasLabel(labels, anonymousLabel)) && matchesLabels(filters, labels);
}

function patternOf(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    throw invalid(`invalid filter 'name=${value}': must be a regular expression`);
  }
}

function booleanOf(name: string, values: readonly string[]): boolean {
  const isTrue = values.some((value) => value === "1" || value === "true");
  const isFalse = values.some((value) => value === "0" || value === "false");
  if (isTrue === isFalse) throw invalid(`invalid filter '${name}=[${values.join(" ")}]'`);
  return isTrue;
}

function checkNames(filters: Filters, known: readonly string[]): void {
  for (const name of Object.keys(filters)) if (!known.includes(name)) throw invalid(`invalid filter '${name}'`);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op: "volume.list" });
}
