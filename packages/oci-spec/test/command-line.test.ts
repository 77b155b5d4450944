import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCommandLine, escapeArgument, maxCommandLineLength } from "../src/command-line/command-line.ts";
import { parseCommandLine, parseCommandLineAsShell } from "../src/command-line/parse-command-line.ts";

const nastyUnit = fc.constantFrom('"', "\\", " ", "\t", "a", "%", "&", "^", "\n", "'", "ß", "\u{1f600}", "*", "\v", "=");
const argument = fc
  .oneof(fc.string({ unit: nastyUnit, maxLength: 12 }), fc.string({ unit: "binary", maxLength: 12 }))
  .map((text) => text.replaceAll("\0", ""));
const program = argument.map((text) => text.replaceAll('"', ""));
const argvs = fc.tuple(program, fc.array(argument, { maxLength: 8 })).map(([first, rest]) => [first, ...rest]);

describe("a command line", () => {
  test("is read back by the C runtime's rules as the list that it was made from, ten thousand times", () => {
    fc.assert(
      fc.property(argvs, (argv) => {
        expect(parseCommandLine(buildCommandLine(argv))).toEqual(argv);
      }),
      { numRuns: 10_000 },
    );
  });

  test("means the same to CommandLineToArgvW", () => {
    fc.assert(
      fc.property(argvs, (argv) => {
        expect(parseCommandLineAsShell(buildCommandLine(argv))).toEqual(argv);
      }),
      { numRuns: 10_000 },
    );
  });

  test.each([
    ["", '""'],
    ["abc", "abc"],
    ["a b", '"a b"'],
    ['"', '\\"'],
    ['a"b', 'a\\"b'],
    ['say "hi"', '"say \\"hi\\""'],
    ["C:\\dir\\", "C:\\dir\\"],
    ["C:\\Program Files\\", '"C:\\Program Files\\\\"'],
    ['a\\"b', 'a\\\\\\"b'],
    ['a\\\\"b', 'a\\\\\\\\\\"b'],
    ["\\\\server\\share", "\\\\server\\share"],
    ["%PATH% & x", '"%PATH% & x"'],
    ['a b"c\\\\', '"a b\\"c\\\\\\\\"'],
  ])("escapes %j as dockerd does", (plain, escaped) => {
    expect(escapeArgument(plain)).toBe(escaped);
  });

  test("leaves the backslashes of the program alone, as nothing reads escapes there", () => {
    expect(buildCommandLine(["C:\\Program Files\\app\\", "x\\"])).toBe('"C:\\Program Files\\app\\" x\\');
  });

  test("cannot be made from a program with a quote, a NUL character, nothing, or too much", () => {
    expect(() => buildCommandLine(['a"b'])).toThrow(/quote in its name/);
    expect(() => buildCommandLine(["a", "b\0c"])).toThrow(/NUL/);
    expect(() => buildCommandLine([])).toThrow("no command specified");
    expect(buildCommandLine(["a", "b".repeat(maxCommandLineLength - 2)])).toHaveLength(maxCommandLineLength);
    expect(() => buildCommandLine(["a", "b".repeat(maxCommandLineLength - 1)])).toThrow(/32767 characters.*at most 32766/);
  });
});

describe("the C runtime's rules", () => {
  // The examples of https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
  test.each([
    ['"abc" d e', ["abc", "d", "e"]],
    ['a\\\\b d"e f"g h', ["a\\\\b", "de fg", "h"]],
    ['a\\\\\\"b c d', ['a\\"b', "c", "d"]],
    ['a\\\\\\\\"b c" d e', ["a\\\\b c", "d", "e"]],
    ['a"b"" c d', ['ab" c d']],
  ])("take %s apart as Microsoft's examples show", (line, words) => {
    expect(parseCommandLine(`program ${line}`)).toEqual(["program", ...words]);
  });

  test("and CommandLineToArgvW's differ where the first word and doubled quotes are concerned", () => {
    expect(parseCommandLine('pro"gram x" y')).toEqual(["program x", "y"]);
    expect(parseCommandLineAsShell('pro"gram x" y')).toEqual(['pro"gram', "x y"]);
    expect(parseCommandLine('"a"b c')).toEqual(["ab", "c"]);
    expect(parseCommandLineAsShell('"a"b c')).toEqual(["a", "b", "c"]);
    expect(parseCommandLine('p "a""b c')).toEqual(["p", 'a"b c']);
    expect(parseCommandLineAsShell('p "a""b c')).toEqual(["p", 'a"b', "c"]);
    expect(parseCommandLine("p\nq r")).toEqual(["p\nq", "r"]);
    expect(parseCommandLineAsShell("p\nq r")).toEqual(["p", "q", "r"]);
  });
});
