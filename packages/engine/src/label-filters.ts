/** By the filters `label` and `label!`. */
export interface LabelFilters {
  readonly label?: readonly string[];
  readonly "label!"?: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** Whether something has all labels that are asked for and, as dockerd reads it, not all of those that are excluded. */
export function matchesLabels({ label = [], "label!": excluded = [] }: LabelFilters, labels: Labels): boolean {
  const hasAll = (wanted: readonly string[]): boolean => wanted.every((text) => hasLabel(labels, text));
  return hasAll(label) && (excluded.length === 0 || !hasAll(excluded));
}

/** @param wanted `key`, or `key=value` */
export function hasLabel(labels: Labels, wanted: string): boolean {
  const [key = "", ...value] = wanted.split("=");
  return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join("="));
}
