import { isOrielError, type OrielError } from "@oriel/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/index.ts";

const complete = `
root = "/srv/oriel"
hosts = ["unix:///srv/oriel.sock", "tcp://127.0.0.1:2375"]
hcs = "emulated"
storage = "snapshotter"
runtime = "containerd"
plugins = ["@acme/oriel-audit", "oriel-extra"]
log.level = "debug"
emulator = { wine = "/opt/wine/bin/wine", rootfs = "copy" }

[deadlines]
call = 1.5
notification = 2
`;

function faultOf(text: string): OrielError {
  try {
    parseConfig(text, "oriel.toml");
  } catch (error) {
    if (isOrielError(error, "InvalidArgument")) return error;
    throw error;
  }
  throw new Error("the text was accepted");
}

describe("a configuration file", () => {
  it("is read in every spelling that TOML has for a table", () => {
    expect(parseConfig(complete, "oriel.toml")).toEqual({
      root: "/srv/oriel",
      hosts: ["unix:///srv/oriel.sock", "tcp://127.0.0.1:2375"],
      hcs: "emulated",
      storage: "snapshotter",
      runtime: "containerd",
      plugins: ["@acme/oriel-audit", "oriel-extra"],
      "log.level": "debug",
      "emulator.wine": "/opt/wine/bin/wine",
      "emulator.rootfs": "copy",
      "deadlines.call": 1.5,
      "deadlines.notification": 2,
    });
  });

  it("names a package, or its path, for a part", () => {
    const text = 'hcs = "@acme/hcs"\nstorage = "acme-storage"\nruntime = "/opt/acme/runtime"\nplugins = ["C:\\\\acme\\\\audit"]';
    expect(parseConfig(text, "oriel.toml")).toEqual({
      hcs: "@acme/hcs",
      storage: "acme-storage",
      runtime: "/opt/acme/runtime",
      plugins: ["C:\\acme\\audit"],
    });
  });

  it("may call the storage snapshotter windows, as it was called before", () => {
    expect(parseConfig('storage = "windows"', "oriel.toml")).toEqual({ storage: "snapshotter" });
    expect(faultOf('storage = "window"').message).toContain("storage must be one of windowsfilter, windowsdiff, snapshotter, or the name");
  });

  it("may be empty, and may begin with a byte order mark", () => {
    expect(parseConfig("", "oriel.toml")).toEqual({});
    expect(parseConfig('\uFEFFhcs = "auto"\r\n', "oriel.toml")).toEqual({ hcs: "auto" });
  });

  it.each([
    ["an unknown key", 'hcs = "auto"\nrot = "/x"', 'oriel.toml:2: unknown key "rot"; did you mean root?'],
    ["a key that lacks its table", 'level = "info"', 'oriel.toml:1: unknown key "level"; did you mean log.level?'],
    ["an unknown key in a table", "[deadlines]\n\ncal = 1", 'oriel.toml:3: unknown key "deadlines.cal"; did you mean deadlines.call?'],
    ["an unknown key far from all", "colour = 1", 'oriel.toml:1: unknown key "colour"'],
    ["an unknown table", "[emulatr]\nwine = ''", "oriel.toml:1: unknown table [emulatr]; did you mean emulator?"],
    ["a key that JavaScript objects have", "constructor = 1", 'oriel.toml:1: unknown key "constructor"'],
    [
      "a value of a choice",
      'hcs = "emulate"',
      'oriel.toml:1: hcs must be one of auto, windows, emulated, or the name or absolute path of an npm package, not "emulate"; did you mean "emulated"?',
    ],
    ["a wrong type", "root = 7", "oriel.toml:1: root must be an absolute path, not 7"],
    ["a relative path", 'root = "data"', 'oriel.toml:1: root must be an absolute path, not "data"'],
    ["a date", "root = 2024-01-01", "oriel.toml:1: root must be an absolute path, not a date"],
    [
      "text for a number",
      '[deadlines]\ncall = "4m"',
      'oriel.toml:2: deadlines.call must be a number of seconds above 0 and at most 86400, not "4m"',
    ],
    [
      "a number out of range",
      "deadlines.call = 0",
      "oriel.toml:1: deadlines.call must be a number of seconds above 0 and at most 86400, not 0",
    ],
    ["half a thread", "windows.threads = 1.5", "oriel.toml:1: windows.threads must be a whole number from 1 to 1024, not 1.5"],
    ["not a number", "deadlines.call = nan", "oriel.toml:1: deadlines.call must be a number of seconds above 0 and at most 86400, not NaN"],
    ["an empty list of addresses", "hosts = []", "it is empty"],
    [
      "a list with something else in it",
      "plugins = ['a', 1]",
      "oriel.toml:1: plugins must be a list of names or absolute paths of npm packages; 1 is none",
    ],
    [
      "a plugin given as a relative path",
      "plugins = ['../mine.js']",
      'oriel.toml:1: plugins "../mine.js" is neither the name of an npm package nor an absolute path',
    ],
    [
      "what is no package for a part",
      'storage = "./mine"',
      'oriel.toml:1: storage must be one of windowsfilter, windowsdiff, snapshotter, or the name or absolute path of an npm package, not "./mine"',
    ],
    ["a mistyped part", 'storage = "windowfilter"', 'did you mean "windowsfilter"?'],
    ["an address", "hosts = ['http://x']", 'oriel.toml:1: hosts "http://x" is no address'],
    [
      "a table for a value",
      "[hcs]\nx = 1",
      "oriel.toml:1: hcs must be one of auto, windows, emulated, or the name or absolute path of an npm package, not a table",
    ],
    [
      "a dotted key below a value",
      "hcs.x = 1",
      "oriel.toml:1: hcs must be one of auto, windows, emulated, or the name or absolute path of an npm package, not a table",
    ],
    ["a value for a table", 'log = "debug"', "oriel.toml:1: log must be a table: [log]"],
    ["a list of tables", "[[log]]\nlevel = 'info'", "oriel.toml:1: log must be a table, not a list of tables"],
    ["a key given twice", "hcs = 'auto'\nhcs = 'auto'", "oriel.toml:2: this is not TOML"],
    ["text that is not TOML", "root = /srv\n", "oriel.toml:1: this is not TOML"],
  ])("refuses %s and names the place", (_, text, message) => {
    expect(faultOf(text).message).toContain(message);
  });

  it("reports several faults together, each with its line", () => {
    const fault = faultOf('rot = "/x"\nhcs = 1\n[log]\nlevel = "inof"\n');
    expect(fault.message.split("\n")).toEqual([
      "3 faults in oriel.toml:",
      '  oriel.toml:1: unknown key "rot"; did you mean root?',
      "  oriel.toml:2: hcs must be one of auto, windows, emulated, or the name or absolute path of an npm package, not 1",
      '  oriel.toml:4: log.level must be one of debug, info, warn, error, not "inof"; did you mean "info"?',
    ]);
    expect(fault.resource).toBe("oriel.toml");
    expect(fault.remedy).toContain("docs/configuration.md");
  });

  it("is either accepted or refused as an invalid argument, whatever it holds", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      "=",
      ".",
      ",",
      '"',
      "'",
      "\n",
      " ",
      "hcs",
      "log",
      "level",
      "hosts",
      "1",
      "#",
      "\\u",
      "-",
      "'auto'",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          expect(parseConfig(value, "f")).toBeTypeOf("object");
        } catch (error) {
          expect(isOrielError(error, "InvalidArgument")).toBe(true);
        }
      }),
    );
    expect(faultOf(`hosts = ${"[".repeat(20_000)}`).code).toBe("InvalidArgument");
  });
});
