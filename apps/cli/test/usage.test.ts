import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { FakeEngine } from "@oriel/engine-testkit";
import { buildGateway, type Listening, listen } from "@oriel/gateway";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../src/run-cli.ts";
import { testTerminal } from "./terminal.ts";

let folder: string;
let engine: FakeEngine;
let listening: Listening;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-cli-"));
  engine = new FakeEngine();
  const gateway = await buildGateway({ engine, logger: silentLogger, version: "1.2.3" });
  listening = await listen(gateway, [`unix://${folder}/x.sock`]);
  for (const [name, isolation] of [
    ["web", "process"],
    ["vm", "hyperv"],
  ] as const) {
    await engine.containers.create({ name, config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: { Isolation: isolation } });
    await engine.containers.start(name);
  }
});

afterEach(async () => {
  await listening.close({ deadline: 1000 });
  await rm(folder, { recursive: true });
});

async function oriel(words: readonly string[], terminal = testTerminal()) {
  const code = await runCli(["-H", `unix://${folder}/x.sock`, ...words], terminal);
  return { code, ...terminal.written() };
}

const headings = "CONTAINER ID   NAME   CPU %   PRIV WORKING SET   NET I/O   BLOCK I/O";
const row = (id: string, name: string, cpu: string) =>
  new RegExp(`^${id.repeat(6)} +${name} +${cpu}% +2\\.5MiB +1\\.2kB / 340B +1\\.5MB / 4\\.1kB$`);

describe("oriel pause and unpause", () => {
  it("print what they paused; ps shows it", async () => {
    expect(await oriel(["pause", "vm"])).toEqual({ code: 0, stdout: "vm\n", stderr: "" });
    expect((await oriel(["ps", "-a"])).stdout).toMatch(/Up .* \(Paused\) +vm/);
    expect(await oriel(["unpause", "vm"])).toEqual({ code: 0, stdout: "vm\n", stderr: "" });
  });

  it("say why one cannot be paused, and go on with the others", async () => {
    const { id } = await engine.containers.inspect("web");
    expect(await oriel(["pause", "web", "vm"])).toEqual({
      code: 1,
      stdout: "vm\n",
      stderr: `oriel: cannot pause container ${id}: not implemented\n`,
    });
  });
});

it("oriel top is a table of processes", async () => {
  expect((await oriel(["top", "web"])).stdout).toBe(
    "NAME       PID    CPU            PRIVATE WORKING SET\ncmd.exe    1234   01:01:02.345   1.196MB\nping.exe   1300   00:00:00.001   512B\n",
  );
});

describe("oriel stats", () => {
  it("--no-stream is a table of all that run, with the processor's share of two samples", async () => {
    const { code, stdout } = await oriel(["stats", "--no-stream"]);
    const [first, web = "", vm = ""] = stdout.split("\n");
    expect([code, first?.replaceAll(/ {3,}/g, "   ")]).toEqual([0, headings]);
    // A quarter of a second in one second on two processors.
    expect(web).toMatch(row("01", "web", "12\\.50"));
    expect(vm).toMatch(row("02", "vm", "12\\.50"));
  });

  it("go on until the container is gone; on a screen each table takes the place of the last", async () => {
    const terminal = testTerminal();
    terminal.resize({ height: 30, width: 90 });
    const following = oriel(["stats", "web"], terminal);
    await expect.poll(() => terminal.written().stdout.split("\u001b[H\u001b[J").length).toBeGreaterThan(3);
    await engine.containers.remove("web", { force: true });
    const { code, stdout } = await following;
    const tables = stdout.split("\u001b[H\u001b[J").slice(1);
    expect([code, tables[0]?.split("\n")[1]]).toEqual([0, expect.stringMatching(row("01", "web", "0\\.00"))]);
    expect(tables[1]?.split("\n")[1]).toMatch(row("01", "web", "12\\.50"));
  });

  it("of a container that is not there is an error", async () => {
    expect(await oriel(["stats", "nosuch"])).toEqual({ code: 1, stdout: "", stderr: "oriel: No such container: nosuch\n" });
    expect((await oriel(["stats", "--no-stream", "nosuch"])).code).toBe(1);
  });
});
