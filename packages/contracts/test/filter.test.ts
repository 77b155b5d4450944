import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Filter, formatFilter, matchesAnyFilter, parseFilter } from "../src/index.ts";

const subject: Readonly<Record<string, string>> = { name: "base", kind: "committed", "labels.a.b/c": "deep", "labels.empty": "" };
const lookUp = (field: readonly string[]) => subject[field.join(".")];
const chooses = (...filters: readonly string[]) => matchesAnyFilter(filters.map(parseFilter), lookUp);

describe("a filter", () => {
  test.each([
    ["nothing", [""]],
    ["no filter at all", []],
    ["equality", ["name==base"]],
    ["equality with a quoted value", ['name=="base"']],
    ["difference", ["name!=other"]],
    ["difference where there is no value", ["parent!=other"]],
    ["presence", ["labels.empty"]],
    ["a field in quotes", ['labels."a.b/c"==deep']],
    ["several fields that make one key", ['labels.a."b/c"==deep']],
    ["an expression", ["name~=^b.s"]],
    ["an expression in slashes", ["name~=/^b.*e$/"]],
    ["an expression between bars", ["name~=|as|"]],
    ["an expression for what has no value", ['parent~="^$"']],
    ["several conditions that all hold", ["name==base,kind==committed"]],
    ["white space between the parts", [' name == "base" , kind']],
    ["the second of two filters", ["name==other", "kind==committed"]],
  ])("chooses by %s", (_how, filters) => {
    expect(chooses(...filters)).toBe(true);
  });

  test.each([
    ["another value", ["name==bas"]],
    ["a value that is there", ["name!=base"]],
    ["a field without a value", ["parent"]],
    ["a field without a value, compared with nothing", ['parent==""']],
    ["the same name in another case", ["Name==base"]],
    ["an expression that does not match", ["name~=^as"]],
    ["one of several conditions", ["name==base,kind==active"]],
    ["none of several filters", ["name==other", "kind==active"]],
  ])("does not choose by %s", (_how, filters) => {
    expect(chooses(...filters)).toBe(false);
  });

  test.each([
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', '\u0007\b\f\n\r\t\v\\"'],
    ['"\\101\\x42\\u0043\\U0001F600"', "ABC😀"],
    ['"\\xc3\\xa9 é"', "é é"],
    ["a.b=c/d|e", "a.b=c/d|e"],
    ["größe", "größe"],
  ])("reads the value %s as Go writes it", (written, value) => {
    expect(parseFilter(`name==${written}`)).toEqual([{ field: ["name"], operator: "==", value }]);
  });

  test.each([
    ["name=base", "'=' at character 5"],
    ["name===base", "'=' at character 5"],
    ["name==", "the end"],
    ["name==,kind", "',' at character 7"],
    ["==base", "'=' at character 1"],
    ["name,", "the end"],
    ["name.", "the end"],
    [",name", "',' at character 1"],
    ["name==a b", "'b' at character 9"],
    ["name==/a/", "'/' at character 7"],
    ["größe==1", "'ö' at character 3"],
    ['name=="base', "closing"],
    ['name=="a\nb"', "closing"],
    ['name=="\\q"', "escapes"],
    ['name=="\\x4"', "escapes"],
    ['name=="\\477"', "escapes"],
    ['name=="\\ud800"', "escapes"],
    ['name=="\\U00110000"', "escapes"],
    ['name=="\\xff"', "UTF-8"],
    ["name~=(", "no regular expression"],
    ["name==a\u0000", "character 8"],
  ])("%j is refused with the place", (text, place) => {
    let thrown: unknown;
    try {
      parseFilter(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "InvalidArgument", message: expect.stringContaining(place) });
  });

  const field = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 });
  const value = fc.string({ unit: "grapheme", maxLength: 8 });
  const condition = fc.oneof(
    fc.record({ field, operator: fc.constantFrom("==" as const, "!=" as const), value }),
    fc.record({ field, operator: fc.constant("present" as const), value: fc.constant("") }),
    fc.record({ field, operator: fc.constant("~=" as const), value: value.map((text) => text.replace(/[^\p{L}\p{N}]/gu, ".")) }),
  );

  test("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 4 }), (filter: Filter) => {
        expect(parseFilter(formatFilter(filter))).toEqual(filter);
      }),
    );
  });

  test("of any text is a filter or an InvalidArgument, and writing what was read changes nothing", () => {
    const piece = fc.constantFrom("name", "labels", ".", ",", "==", "!=", "~=", '"', "\\", "\\x41", "/", "|", " ", "é", "a-b_c", "=");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(piece).map((parts) => parts.join("")),
        ),
        (text) => {
          let filter: Filter;
          try {
            filter = parseFilter(text);
          } catch (error) {
            expect(error).toMatchObject({ code: "InvalidArgument" });
            return;
          }
          expect(parseFilter(formatFilter(filter))).toEqual(filter);
        },
      ),
    );
  });
});
