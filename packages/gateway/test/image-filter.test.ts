import type { ImageRecord } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import { parseTimestamp } from "../src/http/timestamps.ts";
import { filterImages } from "../src/views/image-filter.ts";
import { compilePathPattern } from "../src/views/path-pattern.ts";

const now = Date.now();
const hours = (count: number): string => new Date(now - count * 3_600_000).toISOString();

function image(
  name: string,
  options: { tags?: string[]; digests?: string[]; created?: string; labels?: Record<string, string> },
): ImageRecord {
  const { tags = [], digests = [], created, labels } = options;
  return {
    id: `sha256:${name}`,
    tags,
    digests,
    config: {
      os: "windows",
      architecture: "amd64",
      ...(created === undefined ? {} : { created }),
      ...(labels === undefined ? {} : { config: { Labels: labels } }),
      rootfs: { type: "layers", diff_ids: [] },
    },
    chainId: "",
    size: 0,
    taggedAt: new Date(now),
  };
}

const images = [
  image("app", { tags: ["my/app:1", "my/app:2", "other:1"], created: hours(1), labels: { team: "a", tier: "web" } }),
  image("old", { tags: ["old:latest"], created: hours(100), labels: { team: "b" } }),
  image("none", { created: hours(50) }),
  image("digest", { digests: [`pulled@sha256:${"0".repeat(64)}`], created: hours(2) }),
  image("undated", { tags: ["undated:latest"] }),
];

const list = async (filters: Record<string, string[]>) =>
  (
    await filterImages(images, filters, async (reference) => {
      const found = images.find(({ tags }) => tags.includes(reference));
      if (found === undefined) throw new Error(`No such image: ${reference}`);
      return found;
    })
  ).map(({ id, tags, digests }) => [id.slice(7), ...tags, ...digests.map(() => "digest")].join(" "));

describe("filters of images", () => {
  const all = ["app my/app:1 my/app:2 other:1", "old old:latest", "none", "digest digest", "undated undated:latest"];

  test.each<[Record<string, string[]>, string[]]>([
    [{}, all],
    // Not the image's other names.
    [{ reference: ["my/app"] }, ["app my/app:1 my/app:2"]],
    [{ reference: ["my/app:2"] }, ["app my/app:2"]],
    [{ reference: ["*"] }, ["app other:1", "old old:latest", "digest digest", "undated undated:latest"]],
    [{ reference: ["*:1", "m[a-y]/*:2"] }, ["app my/app:2 other:1"]],
    [{ reference: ["nosuch"] }, []],
    [{ dangling: ["true"] }, ["none", "digest digest"]],
    [{ dangling: ["1"], reference: ["*"] }, ["digest digest"]],
    [{ dangling: ["false"] }, all.filter((line) => line !== "none")],
    [{ until: ["24h"] }, ["old old:latest", "none"]],
    [{ until: ["24h", "72h"] }, ["old old:latest"]],
    [{ until: [hours(24)] }, ["old old:latest", "none"]],
    [{ until: ["1h30m"] }, ["old old:latest", "none", "digest digest"]],
    [{ before: ["my/app:1"] }, ["old old:latest", "none", "digest digest"]],
    [{ since: ["old:latest"] }, ["app my/app:1 my/app:2 other:1", "none", "digest digest"]],
    [{ since: ["old:latest"], before: ["my/app:1"] }, ["none", "digest digest"]],
    [{ label: ["team"] }, ["app my/app:1 my/app:2 other:1", "old old:latest"]],
    [{ label: ["team=a", "tier=web"] }, ["app my/app:1 my/app:2 other:1"]],
    [{ label: ["team=a", "tier=db"] }, []],
    [{ "label!": ["team=a"] }, all.slice(1)],
  ])("%j selects %j", async (filters, expected) => {
    expect(await list(filters)).toEqual(expected);
  });

  test.each<[Record<string, string[]>, string | RegExp]>([
    [{ bogus: ["1"] }, /^invalid filter 'bogus'$/],
    [{ dangling: ["maybe"] }, /^invalid filter 'dangling=\[maybe\]'$/],
    [{ dangling: ["true", "false"] }, /^invalid filter 'dangling=\[true false\]'$/],
    [{ dangling: ["TRUE"] }, /^invalid filter 'dangling=\[TRUE\]'$/],
    [{ until: ["yesterday"] }, 'failed to parse value as time or duration: "yesterday"'],
    [{ before: ["nosuch"] }, "No such image: nosuch"],
    [{ reference: ["a["] }, "syntax error in pattern"],
  ])("%j is refused in dockerd's words", async (filters, message) => {
    await expect(list(filters)).rejects.toThrow(message);
  });
});

describe("patterns of references", () => {
  test.each([
    ["a*", "abc", true],
    ["a*", "a/b", false],
    ["*/*", "a/b", true],
    ["*/*", "a/b/c", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["[a-c]x", "bx", true],
    ["[^a-c]x", "bx", false],
    ["[\\]a]x", "]x", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["*a*b*", "xxaxxbxx", true],
    ["a.c", "abc", false],
    ["*a/b*c", "xa/bxc", true],
    ["", "", true],
  ])("%j and %j: %s", (pattern, text, expected) => {
    expect(compilePathPattern(pattern)(text)).toBe(expected);
  });

  test.each(["[", "[]", "[a", "[-a]", "[a-]", "a\\"])("%j is refused", (pattern) => {
    expect(() => compilePathPattern(pattern)).toThrow("syntax error in pattern");
  });

  test("one of many stars compares each place of the text a few times", () => {
    expect(compilePathPattern("*a".repeat(200))(`${"a".repeat(20_000)}b`)).toBe(false);
  });
});

describe("points in time", () => {
  const at = new Date("2026-05-06T07:08:09.500Z");
  const parse = (text: string) => parseTimestamp("since", text, at)?.toISOString();

  test.each([
    ["24h", "2026-05-05T07:08:09.000Z"],
    ["1h30m", "2026-05-06T05:38:09.000Z"],
    ["1.5h", "2026-05-06T05:38:09.000Z"],
    ["0s", "2026-05-06T07:08:09.000Z"],
    ["-1h", "2026-05-06T08:08:09.000Z"],
    ["90s500ms", "2026-05-06T07:06:39.000Z"],
    ["2026-05-06T07:08:09+02:00", "2026-05-06T05:08:09.000Z"],
    ["2026-05-06T07Z", "2026-05-06T07:00:00.000Z"],
    ["2026-05-06T07:08Z", "2026-05-06T07:08:00.000Z"],
    ["2026-05-06Z", "2026-05-06T00:00:00.000Z"],
    ["1767323045", "2026-01-02T03:04:05.000Z"],
  ])("%s is %s", (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  test("without a zone they are in the daemon's", () => {
    expect(parse("2026-05-06T07:08:09")).toBe(new Date(2026, 4, 6, 7, 8, 9).toISOString());
    expect(parse("2026-05-06")).toBe(new Date(2026, 4, 6).toISOString());
  });

  test("keep their microseconds", () => {
    expect(parseTimestamp("since", "1767323045.123456789")).toMatchObject({ microseconds: 456 });
    expect(parseTimestamp("since", "2026-01-02T03:04:05.123456789Z")).toMatchObject({ microseconds: 456 });
  });
});
