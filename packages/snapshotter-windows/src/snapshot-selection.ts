import type { Filter, FilterCondition } from "@oriel/contracts";

/** A query for ids, sorted by name. */
export interface Selection {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * The snapshots that the filters can choose, found by the indexes: all that they choose, and perhaps others, for what an
 * index cannot tell.
 */
export function selectCandidates(filters: readonly Filter[]): Selection {
  const arms = filters.map((filter) => filter.flatMap((condition) => whereOf(condition) ?? []));
  if (arms.length === 0 || arms.some((arm) => arm.length === 0)) {
    return { sql: "SELECT id FROM snapshots WHERE making = 0 ORDER BY name", values: [] };
  }
  const selects = arms.map((arm) => `SELECT id, name FROM snapshots s WHERE making = 0 AND ${arm.map(({ sql }) => sql).join(" AND ")}`);
  return { sql: `${selects.join(" UNION ")} ORDER BY name`, values: arms.flat().flatMap(({ values }) => values) };
}

function whereOf({ field, operator, value }: FilterCondition): Selection | undefined {
  const [first, ...rest] = field;
  if (first === "labels" && rest.length > 0) {
    const key = rest.join(".");
    const ofLabel = (test: string, ...values: string[]) => ({ sql: `s.id IN (SELECT snapshot FROM labels WHERE ${test})`, values });
    if (operator === "==") return ofLabel("key = ? AND value = ?", key, value);
    return operator === "present" ? ofLabel("key = ?", key) : undefined;
  }
  if (operator !== "==" || rest.length > 0) return undefined;
  if (first === "name") return { sql: "s.name = ?", values: [value] };
  if (first === "parent") return { sql: "s.parent = (SELECT id FROM snapshots WHERE name = ?)", values: [value] };
  return undefined;
}
