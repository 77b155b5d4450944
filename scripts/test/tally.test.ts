import { describe, expect, it } from "vitest";
import { Tally } from "../lib/tally.mjs";

const skipped = [
  { name: "e2e: Hyper-V", reason: "needs real Windows" },
  { name: "e2e: docs page", reason: "chromium is not installed" },
];

describe("the tally of npm test", () => {
  it("ends with what passed and failed, over all checks", () => {
    const tally = new Tally(false);
    tally.check("lint", true);
    tally.check("types", false);
    tally.add({ passed: 5, failed: ["a > b"], skipped }, "unit", 1);
    expect(tally.summary()).toBe("6 passed, 2 failed");
    expect(tally.failures).toEqual(["types", "a > b"]);
  });

  it("lists what was skipped under its reason", () => {
    const tally = new Tally(false);
    tally.add({ passed: 1, failed: [], skipped }, "e2e", 0);
    expect(tally.lines()).toEqual([
      "",
      "Skipped (1): needs real Windows",
      "  e2e: Hyper-V",
      "",
      "Skipped (1): chromium is not installed",
      "  e2e: docs page",
    ]);
    expect(tally.summary()).toBe("1 passed, 0 failed");
  });

  it("counts as failed, when strict, what was skipped and does not need real Windows", () => {
    const tally = new Tally(true);
    tally.add({ passed: 1, failed: [], skipped }, "e2e", 0);
    expect(tally.failures).toEqual(["e2e: docs page was skipped: chromium is not installed"]);
  });

  it("does not take a run for passed that failed without saying why, or had nothing to run", () => {
    const tally = new Tally(false);
    tally.add({ passed: 3, failed: [], skipped: [] }, "unit", 1);
    tally.add({ passed: 0, failed: [], skipped: [] }, "e2e", 0);
    expect(tally.failures).toEqual(["unit ended with 1", "e2e has no tests"]);
  });
});
