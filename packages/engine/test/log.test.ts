import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogFrame, LogsRequest, OutputFrame } from "../src/engine-api.ts";
import { LineSplitter, maxPieceBytes } from "../src/logs/line-splitter.ts";
import { LogBlocks } from "../src/logs/log-blocks.ts";
import { formatLogEntry, parseLogEntry } from "../src/logs/log-entry.ts";
import { readLog } from "../src/logs/log-reader.ts";
import { LogWriter } from "../src/logs/log-writer.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { each } from "./test-engine.ts";

let folder: string;
let file: string;
let clock: ManualClock;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oriel-log-"));
  file = path.join(folder, "c-json.log");
  clock = manualClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const everything: LogsRequest = { stdout: true, stderr: true };
const out = (text: string | Uint8Array): OutputFrame => ({ stream: "stdout", data: Buffer.from(text as string) });
const err = (text: string): OutputFrame => ({ stream: "stderr", data: Buffer.from(text) });

async function written(...frames: OutputFrame[]): Promise<void> {
  const log = await LogWriter.open(file, () => clock.now());
  for (const frame of frames) await log.write(frame);
  await log.close();
}

async function read(request: Partial<LogsRequest> = {}, writer?: LogWriter): Promise<LogFrame[]> {
  const frames: LogFrame[] = [];
  for await (const batch of readLog({ path: file, writer, clock, request: { ...everything, ...request } })) frames.push(...batch);
  return frames;
}

const texts = (frames: readonly LogFrame[]): string[] => frames.map(({ data }) => Buffer.from(data).toString("utf8"));

describe("an entry of the log", () => {
  it("is a line of Docker's json-file format", () => {
    const time = new Date("2026-03-01T10:20:30.456Z");
    expect(formatLogEntry({ ...out("hello\r\n"), time }).toString()).toBe(
      '{"log":"hello\\r\\n","stream":"stdout","time":"2026-03-01T10:20:30.456Z"}\n',
    );
  });

  it("gives back any bytes as they were", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom("stdout" as const, "stderr" as const), (data, stream) => {
        const time = new Date(1_700_000_000_000);
        const line = formatLogEntry({ stream, data, time });
        expect(line.indexOf(0x0a)).toBe(line.length - 1);
        const entry = parseLogEntry(line);
        expect(entry && { ...entry, data: [...entry.data] }).toEqual({ stream, time, data: [...data] });
      }),
    );
  });

  it("keeps text that holds the replacement character as text", () => {
    expect(formatLogEntry({ ...out("a\ufffdb"), time: new Date(0) }).toString()).not.toContain("base64");
  });

  it.each([
    "",
    "no JSON",
    "null",
    "[]",
    '{"log":"a"}',
    '{"log":1,"stream":"stdout","time":"2026-01-01T00:00:00Z"}',
    '{"log":"a","stream":"stdin","time":"2026-01-01T00:00:00Z"}',
    '{"log":"a","stream":"stdout","time":"soon"}',
  ])("is not found in %j", (line) => {
    expect(parseLogEntry(Buffer.from(line))).toBeUndefined();
  });
});

describe("cutting output into lines", () => {
  it("loses nothing and makes no piece longer than 16 KiB, however the chunks fall", () => {
    const chunks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: "grapheme", maxLength: 50 }).map((text) => new Uint8Array(Buffer.from(text))),
        fc.constant(new Uint8Array(maxPieceBytes + 7).fill(0x41)),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(chunks, (given) => {
        const splitter = new LineSplitter();
        const pieces = [...given.flatMap((chunk) => splitter.push(chunk)), ...splitter.flush()];
        expect(Buffer.concat(pieces).equals(Buffer.concat(given))).toBe(true);
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(maxPieceBytes);
          expect(piece.subarray(0, -1).includes(0x0a)).toBe(false);
        }
      }),
    );
  });

  it("does not cut a character in two", () => {
    for (const character of ["ä", "€", "😀"]) {
      for (let before = maxPieceBytes - 4; before <= maxPieceBytes; before += 1) {
        const [first] = new LineSplitter().push(Buffer.from("x".repeat(before) + character.repeat(3)));
        expect(first?.toString("utf8")).not.toContain("\ufffd");
      }
    }
  });

  it("keeps what it holds back although the chunk's memory is used again", () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.from("held back");
    splitter.push(chunk);
    chunk.fill(0);
    expect(splitter.flush().toString()).toBe("held back");
  });
});

describe("writing a log", () => {
  it("makes lines of the streams apart, and writes what has no line feed at the end", async () => {
    await written(out("one\ntw"), err("warn"), out("o\nthree"), err("ing\n"));
    expect((await read()).map(({ stream, data }) => `${stream} ${data}`)).toEqual([
      "stdout one\n",
      "stdout two\n",
      "stderr warning\n",
      "stdout three",
    ]);
  });

  it("cuts off what a crash left of a last entry, and goes on behind it", async () => {
    await written(out("whole\n"));
    await appendFile(file, '{"log":"to');
    await written(out("after\n"));
    expect(texts(await read())).toEqual(["whole\n", "after\n"]);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(3);
  });

  it("finds the last whole entry behind a torn one of any length", async () => {
    await written(out("whole\n"));
    await appendFile(file, "x".repeat(200_000));
    await written(out("after\n"));
    expect(texts(await read())).toEqual(["whole\n", "after\n"]);
  });

  it("starts anew in a file that holds no whole entry", async () => {
    await writeFile(file, "torn");
    await written(out("first\n"));
    expect(texts(await read())).toEqual(["first\n"]);
  });

  it("keeps the order of calls that nobody waits for", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    const lines = Array.from({ length: 200 }, (_, line) => `${line}\n`);
    await Promise.all(lines.map((line) => log.write(out(line))));
    await log.close();
    await log.close();
    expect(texts(await read())).toEqual(lines);
  });
});

describe("reading a log", () => {
  it("that does not exist gives nothing", async () => {
    expect(await read()).toEqual([]);
  });

  it("gives the streams asked for, with their times", async () => {
    await written(out("a\n"), err("b\n"), out("c\n"));
    expect(texts(await read({ stdout: false }))).toEqual(["b\n"]);
    const times = (await read()).map(({ time }) => time.getTime());
    expect(times).toEqual([...times].sort());
  });

  it("passes over lines that are no entries", async () => {
    await written(out("a\n"));
    await appendFile(file, "garbage\n\n");
    await written(out("b\n"));
    expect(texts(await read())).toEqual(["a\n", "b\n"]);
  });

  it("begins and ends at the times asked for, both included", async () => {
    await written(...["a", "b", "c", "d"].map((text) => out(`${text}\n`)));
    const [, second, third] = await read();
    if (second === undefined || third === undefined) throw new Error("the log is too short");
    expect(texts(await read({ since: second.time, until: third.time }))).toEqual(["b\n", "c\n"]);
    expect(texts(await read({ until: second.time, tail: 1 }))).toEqual(["b\n"]);
    expect(texts(await read({ since: second.time, tail: 100 }))).toEqual(["b\n", "c\n", "d\n"]);
  });

  it.each([0, 1, 2, 3, 999, 1000, 1001, 5000])("gives the last %i lines without reading more than it needs", async (tail) => {
    const lines = Array.from({ length: 1000 }, (_, line) => `line ${line} ${"x".repeat(line % 300)}\n`);
    await written(...lines.map(out));
    expect(texts(await read({ tail }))).toEqual(tail === 0 ? [] : lines.slice(-tail));
  });

  it("counts pieces of a long line as one, a last line without line feed too, and only the streams asked for", async () => {
    const long = "y".repeat(3 * maxPieceBytes);
    await written(out("first\n"), out(`${long}\n`), err("noise\n"), out("end"));
    expect(texts(await read({ tail: 2, stderr: false })).join("")).toBe(`${long}\nend`);
    expect(texts(await read({ tail: 1, stderr: false })).join("")).toBe("end");
    expect(texts(await read({ tail: 3, stderr: false })).join("")).toBe(`first\n${long}\nend`);
    expect(texts(await read({ tail: 1, stdout: false })).join("")).toBe("noise\n");
  });

  it("gives the same from the back as from the front, for any log", async () => {
    const piece = fc.tuple(fc.constantFrom("a\n", "bb", "\n", `${"z".repeat(70_000)}\n`, "é\n"), fc.nat({ max: 8 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        await rm(file, { force: true });
        await written(...pieces.map(([text]) => out(text)));
        const whole = texts(await read()).join("");
        const lines = whole.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        for (const [, tail] of pieces) {
          expect(texts(await read({ tail })).join("")).toBe(tail === 0 ? "" : lines.slice(-tail).join(""));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("following a log", () => {
  it("gives what comes as it comes, and ends with the writer", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    await log.write(out("before\n"));
    const frames = each(readLog({ path: file, writer: log, clock, request: { ...everything, follow: true } }));
    const next = async (): Promise<string | undefined> => {
      const { value } = await frames.next();
      return value === undefined ? undefined : Buffer.from(value.data).toString();
    };
    expect(await next()).toBe("before\n");
    const coming = next();
    await log.write(out("after\n"));
    expect(await coming).toBe("after\n");
    await log.write(out("rest"));
    const last = next();
    await log.close();
    expect(await last).toBe("rest");
    expect(await next()).toBeUndefined();
  });

  it("ends when its signal aborts", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    const control = new AbortController();
    const reading = read({ follow: true, signal: control.signal }, log);
    await log.write(out("seen\n"));
    control.abort();
    await expect(reading).resolves.toBeDefined();
    await log.close();
  });

  it("ends when the time that it goes to has come", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    await log.write(out("seen\n"));
    const until = new Date(clock.now().getTime() + 60_000);
    const reading = read({ follow: true, until }, log);
    await clock.sleeping();
    clock.advance(61_000);
    expect(texts(await reading)).toEqual(["seen\n"]);
    await log.close();
  });

  it("with a tail of none gives only what is new", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    await log.write(out("old\n"));
    const frames = each(readLog({ path: file, writer: log, clock, request: { ...everything, follow: true, tail: 0 } }));
    const first = frames.next();
    // Whichever of them is the first behind the reader's beginning: it is never the old one.
    let isOver = false;
    void first.then(() => {
      isOver = true;
    });
    while (!isOver) await log.write(out("new\n"));
    expect(Buffer.from((await first).value?.data ?? "").toString()).toBe("new\n");
    await frames.return(undefined);
    await log.close();
  });
});

describe("many followers of one log", () => {
  const request = { ...everything, follow: true };
  const gather = async (batches: AsyncIterable<readonly LogFrame[]>): Promise<(readonly LogFrame[])[]> => {
    const all: (readonly LogFrame[])[] = [];
    for await (const batch of batches) all.push(batch);
    return all;
  };

  it("get the same lists: an entry is read and parsed once, before they came and after", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    for (let line = 0; line < 2000; line += 1) await log.write(out(`${line} ${"x".repeat(50)}\n`));
    const blocks = new LogBlocks();
    const following = Array.from({ length: 5 }, () => gather(readLog({ path: file, writer: log, clock, request, blocks })));
    for (let line = 2000; line < 2100; line += 1) await log.write(out(`${line}\n`));
    await log.close();
    const all = await Promise.all(following);
    expect(all[0]?.flat().map(({ data }) => Number.parseInt(Buffer.from(data).toString(), 10))).toEqual(
      Array.from({ length: 2100 }, (_, line) => line),
    );
    const [first = []] = all;
    for (const batches of all) for (const [index, batch] of batches.entries()) expect(batch === first[index]).toBe(true);
  });

  it("are each given what they asked for", async () => {
    const log = await LogWriter.open(file, () => clock.now());
    const blocks = new LogBlocks();
    const open = (more: Partial<LogsRequest>) =>
      gather(readLog({ path: file, writer: log, clock, request: { ...request, ...more }, blocks }));
    const [all, errors] = [open({}), open({ stdout: false })];
    await log.write(out("a\n"));
    await log.write(err("b\n"));
    const before = log.size;
    await log.write(out("c\n"));
    const past = gather(readLog({ path: file, writer: undefined, clock, size: before, request: everything, blocks }));
    expect(texts((await past).flat())).toEqual(["a\n", "b\n"]);
    await log.close();
    expect([texts((await all).flat()), texts((await errors).flat())]).toEqual([["a\n", "b\n", "c\n"], ["b\n"]]);
  });

  it("read an entry that is longer than a block", async () => {
    const binary = Buffer.alloc(maxPieceBytes, 1);
    await written(out(binary), out("end\n"));
    expect(Buffer.concat((await read()).map(({ data }) => data)).length).toBe(maxPieceBytes + 4);
  });
});
