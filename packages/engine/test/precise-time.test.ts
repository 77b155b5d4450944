import { describe, expect, it } from "vitest";
import { nanosecondsOf, PreciseTime, parsePreciseText, preciseNow, preciseText } from "../src/events/precise-time.ts";

describe("times with microseconds", () => {
  it("of events within one millisecond come one after another, each as exact JSON", () => {
    const times = Array.from({ length: 200 }, () => nanosecondsOf(preciseNow()));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // A quick processor asks twice within one microsecond.
    expect(new Set(times).size).toBeGreaterThan(1);
    for (const time of times) expect(JSON.stringify(time)).toMatch(/^\d{16}000$/);
  });

  it("are those of the clock, with microseconds from the counter", () => {
    const before = Date.now();
    const times = Array.from({ length: 1000 }, () => preciseNow());
    const after = Date.now();
    for (const time of times) {
      expect(time.getTime()).toBeGreaterThanOrEqual(before);
      expect(time.getTime()).toBeLessThanOrEqual(after);
      expect(time.microseconds).toBeGreaterThanOrEqual(0);
      expect(time.microseconds).toBeLessThanOrEqual(999);
      expect(Number.isInteger(time.microseconds)).toBe(true);
    }
    expect(new Set(times.map(({ microseconds }) => microseconds)).size).toBeGreaterThan(10);
  });

  it("are what they were after they were written down, and sort as texts", () => {
    const times = [new PreciseTime(1_767_323_045_123, 456), new PreciseTime(1_767_323_045_123, 7), new PreciseTime(1_767_323_045_122, 999)];
    for (const time of times) expect(nanosecondsOf(parsePreciseText(preciseText(time)))).toBe(nanosecondsOf(time));
    expect(times.map(preciseText).sort()).toEqual(times.toSorted((a, b) => nanosecondsOf(a) - nanosecondsOf(b)).map(preciseText));
    expect(preciseText(new Date(1_767_323_045_123))).toBe("2026-01-02T03:04:05.123000000Z");
    expect(parsePreciseText("2026-01-02T03:04:05.123Z").getTime()).toBe(1_767_323_045_123);
  });
});
