/**
 * As much of Vitest as a contract suite uses, for a process that Vitest cannot run in: node.exe under Wine. Takes its place
 * when the suite is bundled. Tests run one after another, in the order in which they are written.
 */
import assert from "node:assert/strict";

export interface CaseResult {
  readonly title: string;
  readonly milliseconds: number;
  /** Why it failed; absent when it passed. */
  readonly error?: string;
}

type Work = () => unknown;

interface Suite {
  readonly title: string;
  readonly before: readonly Work[];
  readonly after: readonly Work[];
}

interface Case {
  readonly title: string;
  readonly suite: Suite;
  readonly work: Work;
}

const cases: Case[] = [];
let suite: { title: string; before: Work[]; after: Work[] } = { title: "", before: [], after: [] };

export function describe(title: string, content: () => void): void {
  const outer = suite;
  suite = { title: outer.title === "" ? title : `${outer.title} > ${title}`, before: [...outer.before], after: [...outer.after] };
  content();
  suite = outer;
}
describe.skipIf = (skip: boolean) => (title: string, content: () => void) => {
  if (!skip) describe(title, content);
};

export function it(title: string, work: Work): void {
  cases.push({ title: `${suite.title} > ${title}`, suite, work });
}
it.skipIf = (skip: boolean) => (title: string, work: Work) => {
  if (!skip) it(title, work);
};
it.each =
  <Value>(values: readonly Value[]) =>
  (title: string, work: (value: Value) => unknown): void => {
    for (const value of values) it(titleWith(title, value), () => work(value));
  };

export function beforeEach(work: Work): void {
  suite.before.push(work);
}

export function afterEach(work: Work): void {
  suite.after.push(work);
}

/** `%i` and `%j`, as Vitest puts them. */
function titleWith(title: string, value: unknown): string {
  return title.replace(/%[ijs]/, (sign) => (sign === "%j" ? JSON.stringify(value) : String(value)));
}

interface Matchers {
  toBe(wanted: unknown): void;
  toEqual(wanted: unknown): void;
  toContain(wanted: unknown): void;
  toMatchObject(wanted: object): void;
  toBeUndefined(): void;
}

export function expect(value: unknown): Matchers & { readonly not: Matchers } {
  return { ...matchers(value, true), not: matchers(value, false) };
}

function matchers(value: unknown, wished: boolean): Matchers {
  const check = (holds: boolean, what: string): void => {
    assert(holds === wished, `${show(value)} ${wished ? "should" : "should not"} ${what}`);
  };
  return {
    toBe: (wanted) => check(Object.is(value, wanted), `be ${show(wanted)}`),
    toEqual: (wanted) => check(equal(value, wanted), `equal ${show(wanted)}`),
    toContain: (wanted) => check((value as readonly unknown[]).includes(wanted), `contain ${show(wanted)}`),
    toMatchObject: (wanted) => check(matches(value, wanted), `match ${show(wanted)}`),
    toBeUndefined: () => check(value === undefined, "be undefined"),
  };
}

function equal(value: unknown, wanted: unknown): boolean {
  try {
    assert.deepStrictEqual(value, wanted);
    return true;
  } catch {
    return false;
  }
}

function matches(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return equal(value, wanted);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(wanted).every(([key, inner]) => matches((value as Record<string, unknown>)[key], inner));
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "bigint" ? `${inner}n` : inner instanceof Set ? [...inner] : inner,
  );
  return text === undefined ? String(value) : text.slice(0, 500);
}

/** Runs every test that was declared, and tells of each as it ends. */
export async function runTests(deadline: number, ended: (result: CaseResult) => void): Promise<void> {
  for (const { title, suite: around, work } of cases) {
    const began = performance.now();
    let error: string | undefined;
    try {
      await within(deadline, async () => {
        for (const before of around.before) await before();
        const failures: unknown[] = [];
        for (const step of [work, ...around.after.toReversed()]) {
          await Promise.resolve()
            .then(step)
            .catch((failure: unknown) => failures.push(failure));
        }
        // What follows from a failure must not hide it.
        if (failures.length > 0) throw failures[0];
      });
    } catch (thrown) {
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    }
    const milliseconds = Math.round(performance.now() - began);
    ended(error === undefined ? { title, milliseconds } : { title, milliseconds, error });
  }
}

async function within(deadline: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${deadline} ms`)), deadline);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
