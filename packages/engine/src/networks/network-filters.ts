import { InvalidArgumentError } from "@oriel/contracts";
import { hasLabel, matchesLabels } from "../label-filters.ts";
import type { NetworkInfo } from "./networks-api.ts";

type Filters = Readonly<Record<string, readonly string[]>>;
type Matcher = (network: NetworkInfo) => boolean;

/**
 * Docker's filters of networks as one test, by dockerd's rules (moby, daemon/network/filter.go): names and ids are matched anywhere in
 * them.
 * @throws InvalidArgumentError in dockerd's words
 */
export function networkFilter(filters: Filters): Matcher {
  const matchers = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => compile(name, values));
  return (network) => matchers.every((matches) => matches(network));
}

/** Those of a prune: a network is removed if it is older, and its labels match. */
export function pruneFilter(filters: Filters, now: Date): Matcher {
  for (const name of Object.keys(filters)) if (!["until", "label", "label!"].includes(name)) throw invalidFilter(name);
  const { until = [] } = filters;
  if (until.length > 1) throw new InvalidArgumentError("more than one until filter specified", { op: "network.prune" });
  const limit = until[0] === undefined ? undefined : timeOf(until[0], now);
  return ({ createdAt, labels }) => (limit === undefined || createdAt <= limit) && matchesLabels(filters, labels);
}

function compile(name: string, values: readonly string[]): Matcher {
  switch (name) {
    case "driver":
      return ({ driver }) => values.includes(driver);
    case "scope":
      return () => values.includes("local");
    case "name":
      return (network) => values.some((value) => matches(network.name, value));
    case "id":
      return ({ id }) => values.some((value) => matches(id, value));
    case "label":
      return ({ labels }) => values.every((value) => hasLabel(labels, value));
    case "type": {
      for (const value of values) if (value !== "custom" && value !== "builtin") throw invalidValue(name, value);
      return ({ isPredefined }) => values.includes(isPredefined ? "builtin" : "custom");
    }
    case "dangling": {
      const [value = ""] = values;
      const isTrue = ["1", "true"].includes(value);
      if (values.length > 1 || !(isTrue || ["0", "false"].includes(value))) throw invalidValue(name, value);
      return ({ isPredefined, containers }) => (!isPredefined && containers.length === 0) === isTrue;
    }
    default:
      throw invalidFilter(name);
  }
}

/** The text itself or, as in dockerd, a regular expression that is found in it. */
function matches(text: string, value: string): boolean {
  if (text.includes(value)) return true;
  try {
    return new RegExp(value).test(text);
  } catch {
    return false;
  }
}

/** RFC 3339, seconds since 1970, or a duration such as `1h30m` before now. */
function timeOf(text: string, now: Date): Date {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text) {
    const before = parts.reduce((total, [, count, unit = ""]) => total + Number(count) * (units[unit] ?? 0), 0);
    return new Date(now.getTime() - before);
  }
  const time = /^\d+(?:\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw invalidValue("until", text);
}

function invalidFilter(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid filter '${name}'`, { op: "network.list", resource: name });
}

function invalidValue(name: string, value: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid filter '${name}=${value}'`, { op: "network.list", resource: name });
}
