import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { silentLogger } from "@oriel/contracts";
import { FakeEngine } from "@oriel/engine-testkit";
import { buildGateway, type Listening, listen } from "@oriel/gateway";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../src/run-cli.ts";
import { type TestTerminal, testTerminal } from "./terminal.ts";

let folder: string;
let engine: FakeEngine;
let listening: Listening;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-cli-"));
  engine = new FakeEngine();
  const gateway = await buildGateway({ engine, logger: silentLogger, version: "1.2.3" });
  listening = await listen(gateway, [`unix://${folder}/x.sock`]);
});

afterEach(async () => {
  await listening.close({ deadline: 1000 });
  await rm(folder, { recursive: true });
});

async function oriel(words: readonly string[], terminal: TestTerminal = testTerminal()) {
  const code = await runCli(["-H", `unix://${folder}/x.sock`, ...words], terminal);
  return { code, ...terminal.written() };
}

/** A terminal with a screen of 30 by 90, on which a user types what is written to its `keys`. */
function screen(env: Readonly<Record<string, string>> = {}) {
  const keys = Object.assign(new PassThrough(), { isTTY: true });
  const terminal = { ...testTerminal(env), stdin: keys };
  terminal.resize({ height: 30, width: 90 });
  return { keys, terminal };
}

const start = async (...words: string[]) => {
  expect((await oriel(["run", "-d", "--name", "web", ...words])).code).toBe(0);
};

describe("oriel exec", () => {
  it("keeps the streams apart and ends with the program's code", async () => {
    await start("oriel/nano", "sleep");
    expect(await oriel(["exec", "web", "both"])).toEqual({ code: 7, stdout: "to stdout\r\n", stderr: "to stderr\r\n" });
  });

  it("passes the input on, and its end", async () => {
    await start("oriel/nano", "sleep");
    expect(await oriel(["exec", "-i", "web", "cat"], testTerminal({}, ["typed"]))).toMatchObject({
      code: 0,
      stdout: "typed[end of 5 bytes]",
    });
  });

  it("hands the program's words on as they are, and what was said of it", async () => {
    await start("oriel/nano", "sleep");
    const words = ["exec", "-e", "A=1", "-e", "B", "-w", "C:\\x", "-u", "u1", "web", "echo", "-i", "--tty"];
    expect((await oriel(words, testTerminal({ B: "2" }))).stdout).toBe("-i --tty\r\n");
    expect(engine.execs.created).toMatchObject([{ Env: ["A=1", "B=2"], WorkingDir: "C:\\x", User: "u1", Tty: false }]);
  });

  it("-d answers nothing, and says why a program cannot be run", async () => {
    await start("oriel/nano", "sleep");
    expect(await oriel(["exec", "-d", "web", "both"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await oriel(["exec", "-d", "web", "nosuch.exe"])).toMatchObject({ code: 1, stderr: expect.stringContaining("nosuch.exe") });
  });

  it("ends with 127 for a program that is not there, and with 1 without a container", async () => {
    await start("oriel/nano", "sleep");
    expect(await oriel(["exec", "web", "nosuch.exe"])).toMatchObject({ code: 127, stdout: expect.stringContaining("nosuch.exe") });
    expect(await oriel(["exec", "nope", "x"])).toEqual({ code: 1, stdout: "", stderr: "oriel: No such container: nope\n" });
  });

  it("on a terminal passes keys and size on, and is left by the detach keys", async () => {
    await start("oriel/nano", "sleep");
    const { keys, terminal } = screen();
    const running = oriel(["exec", "-it", "--detach-keys", "ctrl-x", "web", "cat"], terminal);
    keys.write("abc\r");
    await expect.poll(() => terminal.written().stdout).toBe("abc\r");
    const [id = ""] = engine.execs.of((await engine.containers.inspect("web")).id);
    await expect.poll(() => engine.execs.sizes(id)).toEqual([{ height: 30, width: 90 }]);
    terminal.resize({ height: 31, width: 91 });
    await expect.poll(() => engine.execs.sizes(id).at(-1)).toEqual({ height: 31, width: 91 });
    keys.write("\u0018");
    expect(await running).toEqual({ code: 0, stdout: "abc\r", stderr: "" });
    expect(terminal.raw).toEqual([true, false]);
    expect((await engine.execs.inspect(id)).status).toBe("running");
    expect(engine.execs.created).toMatchObject([{ Tty: true, ConsoleSize: [30, 90], DetachKeys: "ctrl-x" }]);
    engine.execs.kill(id);
  });

  it("refuses a terminal for an input that is none, and keys that are none", async () => {
    await start("oriel/nano", "sleep");
    const stderr = "oriel: the input is not a terminal\ntry: leave out -t, or -i\n";
    expect(await oriel(["exec", "-it", "web", "cat"])).toEqual({ code: 1, stdout: "", stderr });
    expect(await oriel(["run", "--rm", "-it", "oriel/nano", "cat"])).toEqual({ code: 125, stdout: "", stderr });
    expect(await oriel(["exec", "--detach-keys", "ctrl-1", "web", "cat"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Each must be a character, or ctrl- and a letter."),
    });
  });
});

describe("oriel run -it", () => {
  it("gives the program keys and size, and ends with its code", async () => {
    const { keys, terminal } = screen();
    const running = oriel(["run", "--name", "web", "-it", "oriel/nano", "cat"], terminal);
    keys.write("ls\u0003");
    await expect.poll(() => terminal.written().stdout).toBe("ls\u0003");
    expect(engine.created).toMatchObject([{ config: { Tty: true, OpenStdin: true }, hostConfig: { ConsoleSize: [30, 90] } }]);
    await expect.poll(() => engine.sizes("web")).toEqual([{ height: 30, width: 90 }]);
    await engine.containers.kill("web");
    expect((await running).code).toBe(0);
    expect(terminal.raw).toEqual([true, false]);
  });

  it("is left by ctrl-p ctrl-q, and joined again", async () => {
    const first = screen();
    const running = oriel(["run", "--name", "web", "-it", "oriel/nano", "cat"], first.terminal);
    first.keys.write("one");
    await expect.poll(() => first.terminal.written().stdout).toBe("one");
    first.keys.write("\u0010");
    first.keys.write("\u0011");
    expect(await running).toEqual({ code: 0, stdout: "one", stderr: "" });
    expect(first.terminal.raw).toEqual([true, false]);
    expect((await engine.containers.inspect("web")).state.status).toBe("running");

    const second = screen();
    const joined = oriel(["attach", "web"], second.terminal);
    second.keys.write("two");
    await expect.poll(() => second.terminal.written().stdout).toBe("two");
    await engine.containers.kill("web");
    expect((await joined).code).toBe(0);
    expect(second.terminal.raw).toEqual([true, false]);
  });

  it("gives the terminal back when the program cannot be run", async () => {
    const { terminal } = screen();
    expect(await oriel(["run", "--rm", "-it", "oriel/nano", "nosuch.exe"], terminal)).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("nosuch.exe"),
    });
    expect(terminal.raw.at(-1) ?? false).toBe(false);
  });
});

describe("a container in steps", () => {
  it("is created, started and joined", async () => {
    expect(await oriel(["create", "--name", "web", "oriel/nano", "both"])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/),
      stderr: "",
    });
    expect(await oriel(["start", "-a", "web"])).toEqual({ code: 7, stdout: "to stdout\r\n", stderr: "to stderr\r\n" });
  });

  it("is started with input where it takes some", async () => {
    await oriel(["create", "--name", "open", "-i", "oriel/nano", "cat"]);
    expect((await oriel(["start", "-ai", "open"], testTerminal({}, ["typed"]))).stdout).toBe("typed[end of 5 bytes]");
    await oriel(["create", "--name", "shut", "oriel/nano", "cat"]);
    expect((await oriel(["start", "-ai", "shut"], testTerminal({}, ["typed"]))).stdout).toBe("[end of 0 bytes]");
  });

  it("is started with others, each named", async () => {
    for (const name of ["one", "two"]) await oriel(["create", "--name", name, "oriel/nano", "sleep"]);
    expect(await oriel(["start", "one", "nope", "two"])).toEqual({
      code: 1,
      stdout: "one\ntwo\n",
      stderr: "oriel: No such container: nope\n",
    });
    expect((await oriel(["start", "-a", "one", "two"])).stderr).toBe("oriel: only one container can be started with -a or -i\n");
    for (const name of ["one", "two"]) await engine.containers.kill(name);
  });

  it("is joined while it runs only", async () => {
    await oriel(["create", "--name", "web", "oriel/nano", "sleep"]);
    expect(await oriel(["attach", "web"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "oriel: cannot attach to a stopped container, start it first\n",
    });
    expect((await oriel(["attach", "nope"])).stderr).toBe("oriel: No such container: nope\n");
  });
});
