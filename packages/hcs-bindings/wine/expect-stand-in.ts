/** Vitest's `expect`, as much of it as the contract suites use, for a process that Vitest cannot run in. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

interface Matchers<Result> {
  toBe(wanted: unknown): Result;
  toEqual(wanted: unknown): Result;
  toContain(wanted: unknown): Result;
  toContainEqual(wanted: unknown): Result;
  toMatch(wanted: RegExp | string): Result;
  toMatchObject(wanted: object): Result;
  toHaveLength(wanted: number): Result;
  toBeDefined(): Result;
  toBeUndefined(): Result;
  toBeInstanceOf(wanted: unknown): Result;
  toBeGreaterThan(wanted: number): Result;
  /** Of a function: a part of the message, or what stands for the error. */
  toThrow(wanted: unknown): Result;
}

type Assertion<Result> = Matchers<Result> & { readonly not: Matchers<Result> };

/** What stands for all values of a kind where a value is wanted. */
class Asymmetric {
  readonly holds: (value: unknown) => boolean;
  readonly #text: string;

  constructor(text: string, holds: (value: unknown) => boolean) {
    this.#text = text;
    this.holds = holds;
  }

  toJSON(): string {
    return this.#text;
  }
}

/** @param hint what the value is of; put before what is said of a failure */
export function expect(
  value: unknown,
  hint = "",
): Assertion<void> & { readonly rejects: Assertion<Promise<void>>; readonly resolves: Assertion<Promise<void>> } {
  const later = (wished: boolean, settle: () => Promise<unknown>): Matchers<Promise<void>> =>
    mapped(async (method, wanted) => matchers(await settle(), wished, hint)[method](wanted as never));
  const both = (settle: () => Promise<unknown>): Assertion<Promise<void>> => ({ ...later(true, settle), not: later(false, settle) });
  return {
    ...matchers(value, true, hint),
    not: matchers(value, false, hint),
    rejects: both(async () => {
      const settled = await Promise.allSettled([value]);
      assert(settled[0].status === "rejected", said(hint, `${show(value)} should reject`));
      return settled[0].reason;
    }),
    resolves: both(async () => value),
  };
}

/** Looks again until it holds; for five seconds, as a machine that runs Wine may be slow. */
expect.poll = (look: () => unknown): Matchers<Promise<void>> =>
  mapped(async (method, wanted) => {
    for (const began = performance.now(); ; ) {
      try {
        return matchers(await look(), true, "")[method](wanted as never);
      } catch (failure) {
        if (performance.now() - began > 5000) throw failure;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });
expect.any = (kind: unknown) =>
  new Asymmetric(`any ${typeof kind === "function" ? kind.name : String(kind)}`, (value) =>
    kind === String ? typeof value === "string" : kind === Number ? typeof value === "number" : value instanceof (kind as () => unknown),
  );
expect.stringContaining = (part: string) =>
  new Asymmetric(`text with '${part}'`, (value) => typeof value === "string" && value.includes(part));
expect.stringMatching = (pattern: RegExp) =>
  new Asymmetric(`text like ${pattern}`, (value) => typeof value === "string" && pattern.test(value));
expect.objectContaining = (wanted: object) => new Asymmetric(`object with ${show(wanted)}`, (value) => contains(value, wanted, equal));
expect.arrayContaining = (wanted: readonly unknown[]) =>
  new Asymmetric(
    `array with ${show(wanted)}`,
    (value) => Array.isArray(value) && wanted.every((each) => value.some((item) => equal(item, each))),
  );

const methods = [
  "toBe",
  "toEqual",
  "toContain",
  "toContainEqual",
  "toMatch",
  "toMatchObject",
  "toHaveLength",
  "toBeDefined",
  "toBeUndefined",
  "toBeInstanceOf",
  "toBeGreaterThan",
  "toThrow",
] as const satisfies readonly (keyof Matchers<unknown>)[];

function mapped(call: (method: (typeof methods)[number], wanted: unknown) => Promise<void>): Matchers<Promise<void>> {
  return Object.fromEntries(methods.map((method) => [method, (wanted: unknown) => call(method, wanted)])) as unknown as Matchers<
    Promise<void>
  >;
}

function matchers(value: unknown, wished: boolean, hint: string): Matchers<void> {
  const check = (holds: boolean, what: string): void => {
    assert(holds === wished, said(hint, `${show(value)} ${wished ? "should" : "should not"} ${what}`));
  };
  return {
    toBe: (wanted) => check(Object.is(value, wanted), `be ${show(wanted)}`),
    toEqual: (wanted) => check(equal(value, wanted), `equal ${show(wanted)}`),
    toContain: (wanted) => check((value as readonly unknown[] | string).includes(wanted as string), `contain ${show(wanted)}`),
    toContainEqual: (wanted) =>
      check(
        (value as readonly unknown[]).some((item) => equal(item, wanted)),
        `contain ${show(wanted)}`,
      ),
    toMatch: (wanted) => check(new RegExp(wanted).test(String(value)), `match ${String(wanted)}`),
    toMatchObject: (wanted) => check(matches(value, wanted), `match ${show(wanted)}`),
    toHaveLength: (wanted) => check((value as { readonly length: number }).length === wanted, `have the length ${wanted}`),
    toBeDefined: () => check(value !== undefined, "be defined"),
    toBeUndefined: () => check(value === undefined, "be undefined"),
    toBeInstanceOf: (wanted) => check(value instanceof (wanted as () => unknown), `be a ${(wanted as () => unknown).name}`),
    toBeGreaterThan: (wanted) => check((value as number) > wanted, `be more than ${wanted}`),
    toThrow: (wanted) => check(throws(value, wanted), `throw ${show(wanted)}`),
  };
}

function throws(value: unknown, wanted: unknown): boolean {
  try {
    (value as () => unknown)();
    return false;
  } catch (error) {
    return typeof wanted === "string" ? error instanceof Error && error.message.includes(wanted) : equal(error, wanted);
  }
}

/** As `toEqual`: properties that are undefined count as absent. */
function equal(value: unknown, wanted: unknown): boolean {
  if (wanted instanceof Asymmetric) return wanted.holds(value);
  if (!isPlain(wanted) || !isPlain(value)) return isDeepStrictEqual(value, wanted);
  if (Array.isArray(wanted) !== Array.isArray(value)) return false;
  if (Array.isArray(wanted) && wanted.length !== (value as readonly unknown[]).length) return false;
  const keys = new Set([...Object.keys(value), ...Object.keys(wanted)]);
  return [...keys].every((key) => equal(own(value, key), own(wanted, key)));
}

/** As `toMatchObject`: arrays are as long as wanted ones, objects may have more. */
function matches(value: unknown, wanted: unknown): boolean {
  if (wanted instanceof Asymmetric || !isPlain(wanted)) return equal(value, wanted);
  if (Array.isArray(wanted)) {
    return Array.isArray(value) && value.length === wanted.length && wanted.every((each, index) => matches(value[index], each));
  }
  return contains(value, wanted, matches);
}

function contains(value: unknown, wanted: object, same: (value: unknown, wanted: unknown) => boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(wanted).every(([key, inner]) => same((value as Record<string, unknown>)[key], inner));
}

/** An array, or an object that is nothing but its properties. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function said(hint: string, text: string): string {
  return hint === "" ? text : `${hint}: ${text}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "bigint"
      ? `${inner}n`
      : inner instanceof Set
        ? [...inner]
        : inner instanceof Error
          ? { ...inner, message: inner.message }
          : inner,
  );
  return text === undefined ? String(value) : text.slice(0, 1000);
}
