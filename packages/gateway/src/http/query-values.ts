import { InvalidArgumentError } from "@oriel/contracts";

/**
 * Turns the texts of a query into what its schema calls for. Booleans are read by Docker's rule: anything is true but
 * nothing, `0`, `no`, `false` and `none`. A text that is no number stays one, and the validation names it.
 */
export function readQueryValues(query: Record<string, unknown>, properties: Readonly<Record<string, { type?: unknown }>>): void {
  for (const [name, { type }] of Object.entries(properties)) {
    const given = query[name];
    if (type === "array") {
      if (typeof given === "string") query[name] = [given];
      continue;
    }
    // A parameter that is given more than once counts the first time, as in Go's Request.FormValue.
    const value: unknown = Array.isArray(given) ? given[0] : given;
    if (typeof value !== "string") continue;
    if (type === "boolean") query[name] = !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
    else if (type === "integer" && value === "") delete query[name];
    else if (type === "integer" && /^[+-]?\d+$/.test(value)) query[name] = Number(value);
    else query[name] = value;
  }
}

export type FilterMap = Readonly<Record<string, readonly string[]>>;

/**
 * Docker's filters: a JSON object of lists, or of maps to booleans as API versions before 1.22 had them and the docker
 * command line still sends.
 * @throws InvalidArgumentError for anything else
 */
export function parseFilters(text: string | undefined): FilterMap {
  if (text === undefined || text === "") return {};
  const fault = new InvalidArgumentError(`invalid filter: ${text} is no JSON object of lists of texts`, { op: "gateway.filters" });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw fault;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw fault;
  const filters: [string, readonly string[]][] = [];
  for (const [name, values] of Object.entries(parsed)) {
    const list = Array.isArray(values) ? values : trueKeys(values);
    if (list === undefined || !list.every((value) => typeof value === "string")) throw fault;
    filters.push([name, list]);
  }
  return Object.fromEntries(filters);
}

function trueKeys(values: unknown): string[] | undefined {
  if (typeof values !== "object" || values === null) return undefined;
  const entries = Object.entries(values);
  if (!entries.every(([, flag]) => typeof flag === "boolean")) return undefined;
  return entries.filter(([, flag]) => flag).map(([key]) => key);
}

/** @throws InvalidArgumentError in dockerd's words for a filter whose name is not among `known` */
export function checkFilterNames(filters: FilterMap, known: readonly string[]): void {
  for (const name of Object.keys(filters)) {
    if (!known.includes(name)) {
      throw new InvalidArgumentError(`invalid filter '${name}'`, { op: "gateway.filters" });
    }
  }
}
