import { writeFileSync } from "node:fs";

/**
 * Vitest reporter that writes what scripts/test.mjs counts to the file named by ORIEL_TEST_REPORT. Vitest's own JSON
 * leaves out the reason that a test gives when it skips itself.
 *
 * @typedef {{ passed: number, failed: string[], skipped: { name: string, reason: string }[] }} TestReport
 */
export default class CountingReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly { message: string }[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    /** @type {TestReport} */
    const report = { passed: 0, failed: [], skipped: [] };
    for (const file of modules) {
      for (const error of file.errors()) report.failed.push(`${file.relativeModuleId}: ${error.message}`);
      for (const suite of file.children.allSuites()) {
        for (const error of suite.errors()) report.failed.push(`${file.relativeModuleId}: ${suite.fullName}: ${error.message}`);
      }
      for (const test of file.children.allTests()) {
        const name = `${file.relativeModuleId}: ${test.fullName}`;
        const result = test.result();
        if (result.state === "passed") report.passed += 1;
        else if (result.state === "skipped") report.skipped.push({ name, reason: reasonOf(test.fullName, result.note) });
        else report.failed.push(name);
      }
    }
    for (const error of unhandled) report.failed.push(`outside of any test: ${error.message}`);
    const file = process.env.ORIEL_TEST_REPORT;
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}

/**
 * A test says why it is skipped with `context.skip("reason")`, or its suite in its title: `(skipped: reason)`.
 *
 * @param {string} title
 * @param {string | undefined} note
 */
function reasonOf(title, note) {
  return note ?? /\(skipped: (.*?)\)(?= > |$)/.exec(title)?.[1] ?? "no reason given";
}
