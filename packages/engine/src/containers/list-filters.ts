import { InvalidArgumentError } from "@oriel/contracts";
import { hasLabel } from "../label-filters.ts";
import { networkNameOf } from "../networks/network-mode.ts";
import { exposedPorts } from "../networks/port-requests.ts";
import type { Container } from "./container.ts";

const statuses = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];

export interface ListLookups {
  /** The container of the filters `before` and `since`. @throws NotFoundError */
  find(ref: string): Container;
  /** Id of an image; undefined when there is none. */
  imageId(ref: string): Promise<string | undefined>;
}

type Matcher = (container: Container) => boolean;

/** The filters as one test. Of several values of one filter one must fit; of several filters, and of labels, all must. */
export async function compileFilters(filters: Readonly<Record<string, readonly string[]>>, lookups: ListLookups): Promise<Matcher> {
  const matchers: Matcher[] = [];
  for (const [name, values] of Object.entries(filters)) {
    if (values.length === 0) continue;
    matchers.push(await compileFilter(name, values, lookups));
  }
  return (container) => matchers.every((matches) => matches(container));
}

/** Whether the filters ask for containers that do not run, so that `all` need not be said too. */
export function asksForStopped(filters: Readonly<Record<string, readonly string[]>>): boolean {
  return (filters.status?.length ?? 0) > 0 || (filters.exited?.length ?? 0) > 0;
}

async function compileFilter(name: string, values: readonly string[], lookups: ListLookups): Promise<Matcher> {
  switch (name) {
    case "id":
      return ({ id }) => values.some((value) => id.startsWith(value));
    case "name":
      return anyOf(values.map(matchName));
    case "label":
      return ({ data }) => values.every((value) => hasLabel(data.config.Labels ?? {}, value));
    case "status":
      for (const value of values) if (!statuses.includes(value)) throw invalid(`status=${value}`, `one of ${statuses.join(", ")}`);
      return ({ data }) => values.includes(data.status);
    case "exited": {
      const codes = values.map((value) => {
        if (!/^\d+$/.test(value)) throw invalid(`exited=${value}`, "an exit code");
        return Number(value);
      });
      return ({ data, isRunning }) => !isRunning && data.startedAt !== undefined && codes.includes(data.exitCode);
    }
    case "ancestor": {
      const ids = await Promise.all(values.map((value) => lookups.imageId(value)));
      return ({ data }) => ids.includes(data.imageId) || values.includes(data.config.Image);
    }
    case "before":
    case "since": {
      const limits = values.map((value) => lookups.find(value).data.createdAt);
      if (name === "before") return ({ data }) => limits.every((limit) => data.createdAt < limit);
      return ({ data }) => limits.every((limit) => data.createdAt > limit);
    }
    case "network":
      return ({ data }) =>
        Object.entries(data.networks).some(([network, { networkId = "" }]) =>
          values.some((value) => network === networkNameOf(value) || (value !== "" && networkId.startsWith(value))),
        );
    case "publish":
    case "expose": {
      const ranges = values.map((value) => parsePortRange(name, value));
      return ({ data }) => {
        const ports = name === "expose" ? exposedPorts(data.config, {}) : exposedPorts({}, data.hostConfig);
        return ports.some((port) => ranges.some((isWithin) => isWithin(port)));
      };
    }
    default:
      // In dockerd's words, which say no more.
      throw new InvalidArgumentError(`invalid filter '${name}'`, { op: "container.list", resource: name });
  }
}

/** As Docker: a regular expression, found anywhere in the name with or without its slash. */
function matchName(value: string): Matcher {
  let pattern: RegExp;
  try {
    pattern = new RegExp(value);
  } catch {
    throw invalid(`name=${value}`, "a regular expression");
  }
  return ({ data }) => pattern.test(data.name) || pattern.test(`/${data.name}`);
}

/** A port or a range of a container, `80`, `53/udp` or `8000-8010/tcp`: whether a port is one of it. */
function parsePortRange(filter: string, value: string): (port: string) => boolean {
  const [, first = "", last = first, wanted = "tcp"] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-z]+))?$/i.exec(value) ?? [];
  if (first === "" || Number(last) < Number(first)) throw invalid(`${filter}=${value}`, "a port or a range of ports");
  return (port) => {
    const [number, protocol] = port.split("/");
    return protocol === wanted.toLowerCase() && Number(number) >= Number(first) && Number(number) <= Number(last);
  };
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  return (container) => matchers.some((matches) => matches(container));
}

function invalid(filter: string, known: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid filter '${filter}': known are ${known}`, { op: "container.list", resource: filter });
}
