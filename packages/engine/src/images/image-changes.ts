import path from "node:path";
import { type ImageRunConfig, InvalidArgumentError, UnimplementedError } from "@oriel/contracts";
import { parseEnvironment, shellForm } from "@oriel/oci-spec";
import { dockerfilePairs, dockerfileWords, type Lookup } from "./dockerfile-words.ts";

const op = "container.commit";

interface Change {
  readonly config: ImageRunConfig;
  /** What follows the instruction's name. */
  readonly text: string;
  /** The whole line, for errors. */
  readonly line: string;
  readonly isWindows: boolean;
  readonly lookup: Lookup;
}

/** What each instruction makes of the configuration. */
const instructions: Readonly<Record<string, (change: Change) => Partial<ImageRunConfig>>> = {
  CMD: (change) => commandOf(change, "Cmd"),
  ENTRYPOINT: (change) => commandOf(change, "Entrypoint"),
  ENV: ({ config, ...change }) => {
    const entries = [...(config.Env ?? [])];
    for (const [name, value] of pairsOf(change)) {
      const place = entries.findIndex((entry) => isSame(entry.slice(0, entry.indexOf("=")), name, change.isWindows));
      entries.splice(place < 0 ? entries.length : place, place < 0 ? 0 : 1, `${name}=${value}`);
    }
    return { Env: entries };
  },
  EXPOSE: ({ config, ...change }) => ({
    ExposedPorts: { ...config.ExposedPorts, ...setOf(wordsOf(change).flatMap((port) => ports(port, change.line))) },
  }),
  LABEL: ({ config, ...change }) => ({ Labels: { ...config.Labels, ...Object.fromEntries(pairsOf(change)) } }),
  ONBUILD: ({ config, text, line }) => {
    const trigger = /^\S*/.exec(text)?.[0].toUpperCase() ?? "";
    if (trigger === "" || ["ONBUILD", "FROM", "MAINTAINER"].includes(trigger))
      throw invalid(line, "no instruction that can wait for a build");
    return { OnBuild: [...(config.OnBuild ?? []), text] };
  },
  STOPSIGNAL: (change) => ({ StopSignal: wordOf(change) }),
  USER: (change) => ({ User: wordOf(change) }),
  VOLUME: ({ config, ...change }) => ({ Volumes: { ...config.Volumes, ...setOf(listOf(change.text) ?? wordsOf(change)) } }),
  WORKDIR: (change) => ({ WorkingDir: folderOf(change) }),
};

/**
 * An image's configuration after build instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and
 * WORKDIR, one a line, as a Dockerfile has them.
 * @throws InvalidArgumentError naming the line; UnimplementedError for HEALTHCHECK
 */
export function withChanges(config: ImageRunConfig, lines: readonly string[], os: string): ImageRunConfig {
  const isWindows = os === "windows";
  let changed = config;
  let hasCommand = false;
  for (const line of lines.flatMap((text) => text.split(/\r?\n/)).map((text) => text.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [name = ""] = line.split(/\s/, 1);
    const instruction = instructions[name.toUpperCase()];
    if (instruction === undefined) throw unknown(name, line);
    const environment = parseEnvironment(changed.Env ?? [], { caseSensitive: !isWindows });
    const lookup: Lookup = (wanted) => [...environment].find(([own]) => isSame(own, wanted, isWindows))?.[1];
    const patch = instruction({ config: changed, text: line.slice(name.length).trim(), line, isWindows, lookup });
    // An entrypoint of its own makes the command of before pointless, unless that was changed as well.
    if (name.toUpperCase() === "CMD") hasCommand = true;
    const command = name.toUpperCase() === "ENTRYPOINT" && !hasCommand ? { Cmd: null } : {};
    changed = { ...changed, ...command, ...patch };
  }
  return changed;
}

function commandOf({ config, text, line, isWindows }: Change, field: "Cmd" | "Entrypoint"): Partial<ImageRunConfig> {
  const list = listOf(text);
  if (list !== undefined) return { [field]: list, ArgsEscaped: false };
  if (text === "") throw invalid(line, "no command");
  if (!isWindows) return { [field]: [...(config.Shell ?? ["/bin/sh", "-c"]), text] };
  const { Cmd, ArgsEscaped } = shellForm(text, config.Shell);
  return { [field]: Cmd, ArgsEscaped };
}

/** A JSON array of texts; undefined for what is none, which is a command line then. */
function listOf(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

function wordsOf({ text, line, lookup }: Omit<Change, "config">): string[] {
  const words = dockerfileWords(text, lookup);
  if (words.length === 0) throw invalid(line, "nothing follows");
  return words;
}

/** A text that may have spaces. */
function wordOf({ text, line, lookup }: Omit<Change, "config">): string {
  const word = dockerfileWords(text.replaceAll(/[ \t]/g, "\\$&"), lookup).join("");
  if (word === "") throw invalid(line, "nothing follows");
  return word;
}

function pairsOf({ text, line, lookup }: Omit<Change, "config">): (readonly [string, string])[] {
  const pairs = dockerfilePairs(text, lookup);
  if (pairs === undefined) throw invalid(line, "expected NAME=value");
  return pairs;
}

function folderOf(change: Change): string {
  const folder = wordOf(change);
  const { WorkingDir: current } = change.config;
  if (!change.isWindows) return path.posix.resolve(current || "/", folder);
  const whole = path.win32.resolve(current || "C:\\", folder);
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

/** `80`, `80/udp`, `8000-8002`. */
function ports(given: string, line: string): string[] {
  const {
    first,
    last,
    protocol = "tcp",
  } = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?(?:\/(?<protocol>tcp|udp|sctp))?$/i.exec(given)?.groups ?? {};
  const [from, to] = [Number(first), Number(last ?? first)];
  if (first === undefined || from < 1 || to > 65_535 || to < from) throw invalid(line, `${given} is no port`);
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}

function setOf(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function isSame(one: string, other: string, ignoresCase: boolean): boolean {
  return ignoresCase ? one.toUpperCase() === other.toUpperCase() : one === other;
}

function unknown(name: string, line: string): Error {
  if (name.toUpperCase() === "HEALTHCHECK") {
    return new UnimplementedError(`commit with a health check is not available in this version of Oriel: ${shownLine(line)}`, { op });
  }
  return new InvalidArgumentError(`${name} is not a valid change command`, {
    op,
    resource: name,
    remedy: `known are ${Object.keys(instructions).join(", ")}`,
  });
}

function invalid(line: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid change '${shownLine(line)}': ${why}`, { op, resource: shownLine(line) });
}

/** Variables may be secrets, and errors are logged. */
function shownLine(line: string): string {
  return /^env\s/i.test(line) ? "ENV …" : line;
}
