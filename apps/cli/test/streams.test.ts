import { PassThrough, Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Attachment } from "@oriel/client";
import { describe, expect, it } from "vitest";
import { followSize } from "../src/run/follow-size.ts";
import { joinStreams } from "../src/run/join-streams.ts";
import { passSignals } from "../src/run/pass-signals.ts";
import { write } from "../src/terminal.ts";
import { testTerminal } from "./terminal.ts";

function attachment(stdout: Iterable<string>, stderr: Iterable<string> = []): Attachment & { readonly stdin: PassThrough } {
  return { stdin: new PassThrough(), stdout: Readable.from(stdout), stderr: Readable.from(stderr), tty: false, detach() {} };
}

describe("joined streams", () => {
  it("keep the two outputs apart and give the input with its end", async () => {
    const terminal = testTerminal({}, ["one\n", "two\n"]);
    const joined = attachment(["out\r\n"], ["err\r\n"]);
    const input = text(joined.stdin);
    // The program ends when its input does.
    const output = Readable.from(
      (async function* () {
        yield await input;
      })(),
    );
    await joinStreams({ ...joined, stdout: output }, terminal, { interactive: true });
    expect(terminal.written()).toEqual({ stdout: "one\ntwo\n", stderr: "err\r\n" });
  });

  it("let go of an input that never ends", async () => {
    const endless = new PassThrough();
    const terminal = { ...testTerminal(), stdin: endless };
    await joinStreams(attachment(["done"]), terminal, { interactive: true });
    expect(endless.destroyed).toBe(true);
  });

  it("leave the input alone where it was not asked for", async () => {
    const terminal = testTerminal({}, ["kept"]);
    const joined = attachment([]);
    await joinStreams(joined, terminal, { interactive: false });
    expect(await text(terminal.stdin)).toBe("kept");
  });

  it("of a terminal go key by key, until the output ends", async () => {
    const terminal = testTerminal({}, ["keys\u0003"]);
    const joined = { ...attachment([]), tty: true };
    const output = Readable.from(
      (async function* () {
        expect(terminal.raw).toEqual([true]);
        yield await text(joined.stdin);
      })(),
    );
    expect(await joinStreams({ ...joined, stdout: output }, terminal, { interactive: true })).toBe("ended");
    expect([terminal.written().stdout, terminal.raw]).toEqual(["keys\u0003", [true, false]]);
  });

  it.each([
    [undefined, "abc\u0010\u0011d"],
    ["ctrl-a,x", "abc\u0001x"],
  ])("of a terminal are left by the detach keys (%s), with the terminal as it was", async (detachKeys, typed) => {
    const terminal = testTerminal({}, [typed]);
    const output = new PassThrough();
    let detached = 0;
    const detach = () => {
      detached += 1;
      output.end();
    };
    const joined = { ...attachment([]), tty: true, stdout: output, detach };
    const input = joined.stdin.read.bind(joined.stdin);
    expect(await joinStreams(joined, terminal, { interactive: true, detachKeys })).toBe("left");
    expect([detached, terminal.raw, String(input())]).toEqual([1, [true, false], "abc"]);
  });

  it("give the terminal back when the output breaks off", async () => {
    const terminal = testTerminal({}, []);
    const broken = new PassThrough();
    const joining = joinStreams({ ...attachment([]), tty: true, stdout: broken }, terminal, { interactive: true });
    broken.destroy(new Error("the connection was closed"));
    await expect(joining).rejects.toThrow("the connection was closed");
    expect(terminal.raw).toEqual([true, false]);
  });

  it("report an output that broke off", async () => {
    const broken = Readable.from(
      (async function* () {
        yield "half";
        throw new Error("the connection was closed");
      })(),
    );
    await expect(joinStreams({ ...attachment([]), stdout: broken }, testTerminal(), { interactive: false })).rejects.toThrow(
      "the connection was closed",
    );
  });
});

describe("writing", () => {
  it("waits for a slow reader and does not mind one that has gone", async () => {
    const slow = new PassThrough({ highWaterMark: 1 });
    let written = false;
    const writing = Promise.all([write(slow, "a"), write(slow, "b"), write(slow, "c")]).then(() => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    slow.resume();
    await writing;

    const gone = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error("x"), { code: "EPIPE" })) });
    gone.on("error", () => {});
    await write(gone, "x");
    await write(gone, "x");
  });
});

describe("the size of the screen", () => {
  it("is passed on at once and whenever it changes, until that is ended", async () => {
    const terminal = testTerminal();
    const sent: unknown[] = [];
    const send = async (size: unknown) => void sent.push(size);
    terminal.resize({ height: 30, width: 90 });
    const end = followSize(terminal, send);
    terminal.resize({ height: 31, width: 91 });
    terminal.resize(undefined);
    end();
    terminal.resize({ height: 32, width: 92 });
    expect(sent).toEqual([
      { height: 30, width: 90 },
      { height: 31, width: 91 },
    ]);
  });

  it("that nobody takes is no failure", async () => {
    const terminal = testTerminal();
    terminal.resize({ height: 30, width: 90 });
    followSize(terminal, () => Promise.reject(new Error("it has ended")))();
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("signals", () => {
  it("are passed on, until the user insists", () => {
    const terminal = testTerminal();
    const sent: string[] = [];
    const stop = passSignals(terminal, async (signal) => void sent.push(signal));
    terminal.signal("SIGINT");
    terminal.signal("SIGTERM");
    expect(terminal.abandoned).toEqual([]);
    terminal.signal("SIGINT");
    expect({ sent, abandoned: terminal.abandoned }).toEqual({
      sent: ["SIGINT", "SIGTERM"],
      abandoned: ["oriel: the container goes on running\n"],
    });
    stop();
    terminal.signal("SIGINT");
    expect(terminal.abandoned.length).toBe(1);
  });
});
