import { describe, expect, it } from "vitest";
import { formatTable } from "../src/format/table.ts";
import { formatAge, formatBinaryBytes, formatBytes, shortId } from "../src/format/units.ts";
import { formatLogLine } from "../src/log/format-log-line.ts";

describe("a table", () => {
  it("has columns as wide as their widest cell, and no blanks at the ends of lines", () => {
    const rows = [
      ["oriel/nano", "latest", "1"],
      ["x", "", "22"],
    ];
    expect(formatTable(["REPOSITORY", "TAG", "N"], rows)).toBe(
      "REPOSITORY   TAG      N\noriel/nano   latest   1\nx                     22\n",
    );
  });

  it("without rows is its headings", () => {
    expect(formatTable(["A", "B"], [])).toBe("A   B\n");
  });
});

describe("units", () => {
  it.each([
    [0, "0B"],
    [999, "999B"],
    [1000, "1kB"],
    [52_437_000, "52.4MB"],
    [999_600_000, "1GB"],
    [25_300_000_000, "25.3GB"],
    [5e15, "5000TB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, "0B"],
    [1023, "1023B"],
    [2_621_440, "2.5MiB"],
    [1_196_032, "1.141MiB"],
    [5 * 2 ** 50, "5120TiB"],
  ])("%d bytes of memory are %s", (bytes, text) => {
    expect(formatBinaryBytes(bytes)).toBe(text);
  });

  it.each([
    [0, "0 seconds ago"],
    [1, "1 second ago"],
    [59, "59 seconds ago"],
    [60, "1 minute ago"],
    [7_300, "2 hours ago"],
    [86_400, "1 day ago"],
    [8 * 86_400, "1 week ago"],
    [400 * 86_400, "1 year ago"],
    [-5, "0 seconds ago"],
  ])("%d seconds are %s", (age, text) => {
    expect(formatAge(1_700_000_000 - age, new Date(1_700_000_000_000))).toBe(text);
  });

  it("ids are shown by their first twelve digits", () => {
    expect(shortId(`sha256:${"ab".repeat(32)}`)).toBe("abababababab");
  });
});

describe("a line of the log for a reader", () => {
  it("begins with time and severity, and ends with the fields", () => {
    const line = JSON.stringify({
      level: "warn",
      time: "2026-01-02T03:04:05.678Z",
      id: "abc",
      error: { message: "gone", stack: "at x" },
      msg: "cannot mount",
    });
    expect(formatLogLine(line)).toBe('03:04:05 warn  cannot mount  id="abc"  error="gone"\n');
  });

  it("that is no JSON is shown as it is", () => {
    expect(formatLogLine("plain\n")).toBe("plain\n");
  });
});
