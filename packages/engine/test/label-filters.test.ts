import { describe, expect, it } from "vitest";
import { matchesLabels } from "../src/label-filters.ts";

const labels = { role: "db", tier: "a=b", empty: "" };

describe("filters of labels", () => {
  it.each([
    [{}, true],
    [{ label: ["role"] }, true],
    [{ label: ["role=db", "tier=a=b", "empty="] }, true],
    [{ label: ["role=db", "other"] }, false],
    [{ label: ["role=web"] }, false],
    [{ label: ["toString"] }, false],
    [{ "label!": ["role"] }, false],
    [{ "label!": ["role=web"] }, true],
    // As dockerd reads it: what has all of them is left out.
    [{ "label!": ["role", "other"] }, true],
    [{ "label!": ["role", "tier"] }, false],
    [{ label: ["role"], "label!": ["tier"] }, false],
  ])("%j match: %s", (filters, expected) => {
    expect(matchesLabels(filters, labels)).toBe(expected);
  });
});
