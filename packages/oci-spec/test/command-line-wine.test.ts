import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fixedAddresses } from "@oriel/hcs-emulator";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCommandLine } from "../src/command-line/command-line.ts";
import { parseCommandLine, parseCommandLineAsShell } from "../src/command-line/parse-command-line.ts";

const run = promisify(execFile);

const onPath = (names: readonly string[]) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/lib/wine"]
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

const wine = onPath(["wine64", "wine"]);
const wineServer = onPath(["wineserver", "wineserver64"]);
const compiler = onPath(["x86_64-w64-mingw32-gcc"]);
const missing = Object.entries({ wine, wineserver: wineServer, "x86_64-w64-mingw32-gcc": compiler }).filter(
  ([, path]) => path === undefined,
);
const reason = missing.length === 0 ? "" : ` (skipped: ${missing.map(([name]) => name).join(", ")} not found)`;

/** Lists and lines of the tests; each takes a process, and ORIEL_TEST_LONG=1 has more. */
const { listCount, lineCount } =
  process.env.ORIEL_TEST_LONG === "1" ? { listCount: 350, lineCount: 120 } : { listCount: 70, lineCount: 50 };

/** Lists that have tripped up others, then generated ones; none with a NUL, which no command line can hold. */
function nastyLists(): string[][] {
  const chosen = [
    [],
    [""],
    ["", "", ""],
    [" "],
    ["\t"],
    ['"'],
    ['""'],
    ['"""'],
    ["\\"],
    ["\\\\"],
    ["\\\\\\"],
    ['\\"'],
    ['\\\\"'],
    ['a\\\\\\"b c'],
    ["C:\\Program Files\\"],
    ["C:\\dir\\", "next"],
    ["a b\\", "c d\\\\", "e"],
    ["--flag=C:\\a b\\"],
    ["%PATH%", "^", "&", "|", "<", ">", "(", ")", "!", "@", "*", "?", "*.*"],
    ["line\nfeed", "carriage\rreturn", "vertical\vtab", "form\ffeed"],
    ["\n"],
    ["\u00a0", "\u3000", "\u2003"],
    ["Grüße", "日本語", "\u{1f600}", "e\u0301"],
    ["'single'", "`back`", "$var", "~", "#", ";", ","],
    ["-x", "/y", "--", "-"],
    ['{"json": "with \\"quotes\\""}'],
    ["x".repeat(20_000)],
    ['"'.repeat(3_000)],
    ["\\".repeat(5_000)],
    [`${"\\".repeat(999)}"`, `${"\\".repeat(1_000)} `],
  ];
  const argument = fc.string({ unit: fc.constantFrom('"', "\\", " ", "\t", "a", "\n", "ß", "*", "'", "\u{1f600}"), maxLength: 10 });
  const generated = fc.sample(fc.array(argument, { maxLength: 6 }), { numRuns: listCount - chosen.length, seed: 38719 });
  return [...chosen, ...generated];
}

describe.skipIf(missing.length > 0)(`a Windows program started by a built command line${reason}`, () => {
  let folder = "";
  let environment: NodeJS.ProcessEnv = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "oriel-argv-"));
    environment = {
      ...process.env,
      WINEPREFIX: join(folder, "prefix"),
      WINEDEBUG: "-all",
      WINEDLLOVERRIDES: "mscoree,mshtml,winewayland.drv=",
    };
    delete environment.DISPLAY;
    const programs = join(folder, "a folder");
    await mkdir(programs);
    const build = (source: string, target: string) =>
      run(compiler ?? "", [
        "-O1",
        "-municode",
        "-o",
        join(programs, target),
        fileURLToPath(new URL(`wine/${source}`, import.meta.url)),
        "-lshell32",
      ]);
    await build("argv-probe.c", "argv probe.exe");
    await build("start-lines.c", "start-lines.exe");
  }, 180_000);

  afterAll(async () => {
    await run(wineServer ?? "", ["-k"], { env: environment }).catch(() => undefined);
    await run(wineServer ?? "", ["-w"], { env: environment }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }, 180_000);

  /** Starts the probe with each line; returns what the C runtime and CommandLineToArgvW made of it. */
  async function start(lines: readonly string[]): Promise<{ runtime: string[]; shell: string[] }[]> {
    const env = { ...environment, ORIEL_ARGV_INPUT: join(folder, "lines"), ORIEL_ARGV_OUTPUT: join(folder, "seen") };
    await writeFile(join(folder, "lines"), Buffer.concat(lines.map(counted)));
    await rm(join(folder, "seen"), { force: true });
    const [command = "", ...words] = [...(await fixedAddresses()), wine ?? "", join(folder, "a folder", "start-lines.exe")];
    await run(command, words, { env });
    const seen = readLists(await readFile(join(folder, "seen")));
    expect(seen).toHaveLength(lines.length * 2);
    return lines.map((_, index) => ({ runtime: seen[index * 2] ?? [], shell: seen[index * 2 + 1] ?? [] }));
  }

  const probe = () => `Z:${join(folder, "a folder", "argv probe.exe").replaceAll("/", "\\")}`;

  test(`sees the arguments that went in, by the C runtime and by CommandLineToArgvW, for ${listCount} nasty lists`, async () => {
    const lists = nastyLists().map((list) => [probe(), ...list]);
    expect(lists).toHaveLength(listCount);
    const seen = await start(lists.map(buildCommandLine));
    for (const [index, list] of lists.entries()) {
      expect(seen[index], JSON.stringify(list)).toEqual({ runtime: list, shell: list });
    }
  }, 400_000);

  test("sees of any line what our two parsers say, also where the rules part", async () => {
    const tail = fc.string({ unit: fc.constantFrom('"', '"', '""', '""', "\\", " ", "\t", "a", "b"), minLength: 4, maxLength: 16 });
    const lines = fc.sample(tail, { numRuns: lineCount, seed: 22874 }).map((text) => `"${probe()}" ${text}`);
    const seen = await start(lines);
    for (const [index, line] of lines.entries()) {
      expect(seen[index], line).toEqual({ runtime: parseCommandLine(line), shell: parseCommandLineAsShell(line) });
    }
    expect(seen.filter(({ runtime, shell }) => runtime.join("\0") !== shell.join("\0")).length).toBeGreaterThan(lineCount / 3);
  }, 400_000);
});

function counted(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, Buffer.from(text, "utf16le")]);
}

function readLists(data: Buffer): string[][] {
  const lists: string[][] = [];
  let at = 0;
  const number = () => {
    at += 4;
    return data.readUInt32LE(at - 4);
  };
  while (at < data.length) {
    lists.push(
      Array.from({ length: number() }, () => {
        const bytes = number() * 2;
        at += bytes;
        return data.toString("utf16le", at - bytes, at);
      }),
    );
  }
  return lists;
}
