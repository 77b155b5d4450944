/**
 * As much of Vitest as a contract suite uses, for a process that Vitest cannot run in: node.exe under Wine. Takes its place
 * when the suite is bundled. Tests run one after another, in the order in which they are written.
 */
export { expect } from "./expect-stand-in.ts";

export interface CaseResult {
  readonly title: string;
  readonly milliseconds: number;
  /** Why it failed; absent when it passed. */
  readonly error?: string;
}

type Work = () => unknown;

interface Suite {
  readonly title: string;
  readonly before: Work[];
  readonly after: Work[];
}

interface Case {
  readonly title: string;
  readonly suite: Suite;
  readonly work: Work;
  /** Before and after it, as the first and the last test of a suite. */
  readonly first: Work[];
  readonly last: Work[];
  /** Milliseconds, where the test has a deadline of its own. */
  readonly timeout: number | undefined;
}

interface CaseOptions {
  readonly timeout?: number;
}

const cases: Case[] = [];
let suite: Suite = { title: "", before: [], after: [] };
/** What was declared to be done once, before and after all tests of the suite that is being read. */
let once: { readonly before: Work[]; readonly after: Work[] } = { before: [], after: [] };

export function describe(title: string, content: () => void): void {
  const [outer, outerOnce, count] = [suite, once, cases.length];
  once = { before: [], after: [] };
  suite = { title: outer.title === "" ? title : `${outer.title} > ${title}`, before: [...outer.before], after: [...outer.after] };
  content();
  // Inner suites have put theirs there already.
  cases[count]?.first.unshift(...once.before);
  if (cases.length > count) cases.at(-1)?.last.push(...once.after);
  [suite, once] = [outer, outerOnce];
}
describe.skipIf = (skip: boolean) => (title: string, content: () => void) => {
  if (!skip) describe(title, content);
};

/** With the work last, and perhaps options before it. */
export function it(title: string, ...[first, second]: readonly [Work] | readonly [CaseOptions, Work]): void {
  const [work, options] = typeof first === "function" ? [first, {}] : [second, first];
  if (work !== undefined) cases.push({ title: `${suite.title} > ${title}`, suite, work, first: [], last: [], timeout: options.timeout });
}
it.skipIf = (skip: boolean) => (title: string, work: Work) => {
  if (!skip) it(title, work);
};
/** Rows are spread over the parameters, as Vitest does. */
it.each =
  (rows: readonly unknown[]) =>
  (title: string, work: (...values: readonly unknown[]) => unknown): void => {
    for (const row of rows) {
      const values: readonly unknown[] = Array.isArray(row) ? row : [row];
      it(titleWith(title, values), () => work(...values));
    }
  };

export function beforeAll(work: Work): void {
  once.before.push(work);
}

export function afterAll(work: Work): void {
  once.after.push(work);
}

export function beforeEach(work: Work): void {
  suite.before.push(work);
}

export function afterEach(work: Work): void {
  suite.after.push(work);
}

/** `%i`, `%j` and `%s`, as Vitest puts them. */
function titleWith(title: string, values: readonly unknown[]): string {
  const left = [...values];
  return title.replace(/%[ijs]/g, (sign) => {
    const value = left.shift();
    return sign === "%j" ? JSON.stringify(value) : String(value);
  });
}

/** Runs every test that was declared, and tells of each as it ends. */
export async function runTests(deadline: number, ended: (result: CaseResult) => void): Promise<void> {
  for (const { title, suite: around, work, first, last, timeout = deadline } of cases) {
    const began = performance.now();
    let error: string | undefined;
    try {
      await within(timeout, async () => {
        for (const before of [...first, ...around.before]) await before();
        const failures: unknown[] = [];
        for (const step of [work, ...around.after.toReversed(), ...last]) {
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
