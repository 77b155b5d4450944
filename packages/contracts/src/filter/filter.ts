/** `present`: the field has a value; `~=`: its value matches a regular expression. */
export type FilterOperator = "present" | "==" | "!=" | "~=";

export interface FilterCondition {
  /** `["labels", "containerd.io/gc.root"]`. */
  readonly field: readonly string[];
  readonly operator: FilterOperator;
  /** Empty for `present`; the source of the expression for `~=`. */
  readonly value: string;
}

/** What something must be to be chosen: all of these. None: anything is. */
export type Filter = readonly FilterCondition[];

/** The value of a field of something, or undefined where it has none. */
export type FieldLookUp = (field: readonly string[]) => string | undefined;

/**
 * Whether any of the filters holds; without filters everything is chosen. A field without a value differs from every
 * value but the empty one, and matches what the empty text matches.
 */
export function matchesAnyFilter(filters: readonly Filter[], lookUp: FieldLookUp): boolean {
  return filters.length === 0 || filters.some((filter) => filter.every((condition) => holds(condition, lookUp)));
}

function holds({ field, operator, value }: FilterCondition, lookUp: FieldLookUp): boolean {
  const found = lookUp(field);
  switch (operator) {
    case "present":
      return found !== undefined;
    case "==":
      return found === value;
    case "!=":
      return (found ?? "") !== value;
    case "~=":
      return new RegExp(value, "u").test(found ?? "");
  }
}

/** The text that `parseFilter` reads as this filter. */
export function formatFilter(filter: Filter): string {
  return filter
    .map(({ field, operator, value }) => {
      const name = field.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part))).join(".");
      return operator === "present" ? name : `${name}${operator}${quote(value)}`;
    })
    .join(",");
}

function quote(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replace(/\p{Cc}/gu, (control) => `\\u${hex(control)}`);
  return `"${escaped}"`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
}
