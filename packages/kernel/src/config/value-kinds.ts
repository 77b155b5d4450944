import { nearestName, type PackageReference, parseHostAddress } from "@oriel/contracts";

/** A value that was accepted, or why it was not. */
export type Accepted<V> = { readonly value: V } | { readonly fault: string };

/** What a key of the configuration may hold. */
export interface ValueKind<V> {
  /** For messages and the documentation, after "must be": `one of local, containerd`. */
  readonly expected: string;
  /** Whether several values may be given; in text they are separated by commas. */
  readonly many: boolean;
  /** Checks a value as a TOML file has it. */
  accept(value: unknown): Accepted<V>;
  /** What an environment variable or a flag says, as the value that TOML would have. */
  fromText(text: string): unknown;
}

const asItIs = (text: string): string => text;

function refuse(expected: string, value: unknown): { fault: string } {
  return { fault: `must be ${expected}, not ${show(value)}` };
}

function show(value: unknown): string {
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a table";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

export function oneOf<const V extends string>(...choices: readonly V[]): ValueKind<V> {
  const expected = `one of ${choices.join(", ")}`;
  return {
    expected,
    many: false,
    accept(value) {
      const found = choices.find((choice) => choice === value);
      if (found !== undefined) return { value: found };
      const near = typeof value === "string" ? nearestName(value, choices) : undefined;
      return { fault: `must be ${expected}, not ${show(value)}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}` };
    },
    fromText: asItIs,
  };
}

/**
 * One of the built-in implementations, or a package that has another. What nearly reads like a built-in one is refused as
 * mistyped; a package of such a name can be given by its path.
 *
 * @param former names that built-in ones had before: `{ windows: "snapshotter" }` reads `windows` as `snapshotter`
 */
export function oneOfOrPackage<const V extends string>(
  choices: readonly V[],
  former: Readonly<Record<string, V>> = {},
): ValueKind<V | PackageReference> {
  const expected = `one of ${choices.join(", ")}, or the name or absolute path of an npm package`;
  const known = new Map<string, V>([...choices.map((choice) => [choice, choice] as const), ...Object.entries(former)]);
  return {
    expected,
    many: false,
    accept(value) {
      if (typeof value !== "string") return refuse(expected, value);
      const found = known.get(value);
      if (found !== undefined) return { value: found };
      const near = known.get(nearestName(value, known.keys()) ?? "");
      if (near !== undefined) return { fault: `must be ${expected}, not ${show(value)}; did you mean ${JSON.stringify(near)}?` };
      return isPackageReference(value) ? { value } : refuse(expected, value);
    },
    fromText: asItIs,
  };
}

/** Text that `pattern` matches as a whole. */
export function textLike(expected: string, pattern: RegExp): ValueKind<string> {
  return {
    expected,
    many: false,
    accept: (value) => (typeof value === "string" && pattern.test(value) ? { value } : refuse(expected, value)),
    fromText: asItIs,
  };
}

/** Of either kind of host: core does not know which one it will be used on. */
const absolutePattern = /^(\/|[A-Za-z]:[\\/]|\\\\)[^\0]*$/;

export const absolutePath: ValueKind<string> = textLike("an absolute path", absolutePattern);

export const absolutePathOrEmpty: ValueKind<string> = textLike("an absolute path or empty", /^((\/|[A-Za-z]:[\\/]|\\\\)[^\0]*)?$/);

/** Seconds, with fractions. A day is the most: a longer wait is a mistake in the unit. */
export const seconds: ValueKind<number> = {
  expected: "a number of seconds above 0 and at most 86400",
  many: false,
  accept(value) {
    const right = typeof value === "number" && value > 0 && value <= 86_400;
    return right ? { value } : refuse(seconds.expected, value);
  },
  fromText: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text),
};

export function wholeNumber(least: number, most: number): ValueKind<number> {
  const expected = `a whole number from ${least} to ${most}`;
  return {
    expected,
    many: false,
    accept(value) {
      const right = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
      return right ? { value } : refuse(expected, value);
    },
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : text),
  };
}

function listOf(expected: string, faultOf: (item: string) => string | undefined, least: number): ValueKind<readonly string[]> {
  return {
    expected,
    many: true,
    accept(value) {
      if (!Array.isArray(value)) return refuse(expected, value);
      if (value.length < least) return { fault: `must be ${expected}; it is empty` };
      const items: readonly unknown[] = value;
      const right: string[] = [];
      for (const item of items) {
        if (typeof item !== "string") return { fault: `must be ${expected}; ${show(item)} is none` };
        const fault = faultOf(item);
        if (fault !== undefined) return { fault };
        right.push(item);
      }
      return { value: right };
    },
    fromText: (text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
  };
}

/** One address or more, see `parseHostAddress`. */
export const hostAddresses: ValueKind<readonly string[]> = listOf(
  "a list of addresses: unix:///PATH, tcp://HOST:PORT or npipe:////./pipe/NAME",
  (item) => {
    const address = parseHostAddress(item);
    return "fault" in address ? address.fault : undefined;
  },
  1,
);

/** Domains as a resolver's search list has them. */
export const domainNames: ValueKind<readonly string[]> = listOf(
  "a list of domains",
  (item) =>
    item.length <= 253 && /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i.test(item)
      ? undefined
      : `${JSON.stringify(item)} is no domain`,
  0,
);

function isPackageReference(text: string): boolean {
  return absolutePattern.test(text) || /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text);
}

/** Npm packages, by name or path. A relative path would tie a daemon's behaviour to the folder that it was started in. */
export const packageReferences: ValueKind<readonly string[]> = listOf(
  "a list of names or absolute paths of npm packages",
  (item) => (isPackageReference(item) ? undefined : `${JSON.stringify(item)} is neither the name of an npm package nor an absolute path`),
  0,
);
