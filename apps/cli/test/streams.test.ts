import { PassThrough, Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Attachment } from "@oriel/client";
import { describe, expect, it } from "vitest";
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
    await joinStreams({ ...joined, stdout: output }, terminal, true);
    expect(terminal.written()).toEqual({ stdout: "one\ntwo\n", stderr: "err\r\n" });
  });

  it("let go of an input that never ends", async () => {
    const endless = new PassThrough();
    const terminal = { ...testTerminal(), stdin: endless };
    await joinStreams(attachment(["done"]), terminal, true);
    expect(endless.destroyed).toBe(true);
  });

  it("leave the input alone where it was not asked for", async () => {
    const terminal = testTerminal({}, ["kept"]);
    const joined = attachment([]);
    await joinStreams(joined, terminal, false);
    expect(await text(terminal.stdin)).toBe("kept");
  });

  it("report an output that broke off", async () => {
    const broken = Readable.from(
      (async function* () {
        yield "half";
        throw new Error("the connection was closed");
      })(),
    );
    await expect(joinStreams({ ...attachment([]), stdout: broken }, testTerminal(), false)).rejects.toThrow("the connection was closed");
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
