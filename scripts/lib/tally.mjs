/** A skipped test whose reason has this may stay skipped: no machine but Windows can run it. */
const mayStaySkipped = /needs real Windows/i;

/** Counts what passed, failed and was skipped over all checks. */
export class Tally {
  #strict;
  #passed = 0;
  /** @type {string[]} */
  failures = [];
  /** @type {{ name: string, reason: string }[]} */
  skipped = [];

  /** @param {boolean} strict whether what was skipped without need counts as failed */
  constructor(strict) {
    this.#strict = strict;
  }

  /** @param {string} name @param {boolean} passed */
  check(name, passed) {
    if (passed) this.#passed += 1;
    else this.failures.push(name);
  }

  /**
   * @param {import("./vitest-reporter.mjs").TestReport} report
   * @param {string} name of the run
   * @param {number} code exit code of the run
   */
  add(report, name, code) {
    this.#passed += report.passed;
    this.failures.push(...report.failed);
    for (const test of report.skipped) {
      this.skipped.push(test);
      if (this.#strict && !mayStaySkipped.test(test.reason)) this.failures.push(`${test.name} was skipped: ${test.reason}`);
    }
    // A runner that fails although each test passed knows of something that the report does not.
    if (code !== 0 && report.failed.length === 0) this.failures.push(`${name} ended with ${code}`);
    if (report.passed + report.failed.length + report.skipped.length === 0) this.failures.push(`${name} has no tests`);
  }

  /** What a reader wants to know before the summary. */
  lines() {
    const byReason = new Map();
    for (const { name, reason } of this.skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
    return [
      ...[...byReason].flatMap(([reason, names]) => [
        "",
        `Skipped (${names.length}): ${reason}`,
        ...names.map((/** @type {string} */ name) => `  ${name}`),
      ]),
      ...(this.failures.length === 0 ? [] : ["", "Failed:", ...this.failures.map((name) => `  ${name}`)]),
    ];
  }

  summary() {
    return `${this.#passed} passed, ${this.failures.length} failed`;
  }
}
