import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCommand } from "../src/command.ts";
import { oriel as commandUnderTest, startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, whyNoContainers } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { programsArchive, programsImage } from "../src/programs.ts";

const skipped = whyNoContainers();
const image = "oriel/nano";
const noScript = spawnSync("script", ["--version"]).status === 0 ? "" : " (skipped: script of util-linux is not installed)";

function shell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

describe.skipIf(skipped !== undefined)(`the oriel command line${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  const oriel: TestDaemon["oriel"] = (...words) => daemon.oriel(...words);

  beforeAll(async () => {
    daemon = await startDaemon();
    const loaded = await oriel(["load", "-i", await nanoArchive()]);
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining("oriel/nano:latest") });
    expect(await oriel(["load", "-i", await programsArchive()])).toMatchObject({ code: 0 });
  });

  afterAll(() => daemon.dispose());

  it("runs a program with its output, its error output and its exit code", async () => {
    const result = await oriel(["run", "--rm", image, "cmd", "/c", "echo out& echo err>&2& exit 42"]);
    expect(result).toEqual({ code: 42, stdout: "out\r\n", stderr: "err\r\n" });
  });

  it("pipes input in, and the program sees its end", async () => {
    const result = await oriel(["run", "--rm", "-i", programsImage, "cat"], { stdin: "one\ntwo\n" });
    expect(result).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
  });

  it("does -d, ps, logs, wait and rm", async () => {
    const { stdout, code } = await oriel(["run", "-d", "--name", "c1", image, "cmd", "/c", "echo kept& exit 5"]);
    expect({ code, id: stdout.trim() }).toEqual({ code: 0, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await oriel(["wait", "c1"])).stdout).toBe("5\n");
    expect((await oriel(["logs", "c1"])).stdout).toBe("kept\r\n");
    expect((await oriel(["ps", "-a"])).stdout).toMatch(/c1/);
    expect((await oriel(["ps", "-q"])).stdout).toBe("");
    expect(await oriel(["rm", "c1"])).toMatchObject({ code: 0 });
    expect((await oriel(["ps", "-aq"])).stdout).toBe("");
  });

  it("stops and kills", async () => {
    await oriel(["run", "-d", "--name", "long", image, "ping", "-n", "60", "127.0.0.1"]);
    expect(await oriel(["stop", "long"])).toMatchObject({ code: 0 });
    await oriel(["run", "-d", "--name", "long2", image, "ping", "-n", "60", "127.0.0.1"]);
    expect(await oriel(["kill", "long2"])).toMatchObject({ code: 0 });
    expect(await oriel(["rm", "long", "long2"])).toMatchObject({ code: 0 });
  });

  it("runs further programs in a container", async () => {
    await oriel(["run", "-d", "--name", "host", programsImage, "ping", "-n", "600", "127.0.0.1"]);
    expect(await oriel(["exec", "-e", "A=1", "-w", "C:\\windows", "host", "cmd", "/c", "echo %A%& cd& echo err>&2& exit 3"])).toEqual({
      code: 3,
      stdout: "1\r\nC:\\windows\r\n",
      stderr: "err\r\n",
    });
    expect(await oriel(["exec", "-i", "host", "cat"], { stdin: "typed\n" })).toMatchObject({ code: 0, stdout: "typed\n" });
    expect((await oriel(["exec", "host", "nosuch.exe"])).code).toBe(127);
    expect((await oriel(["exec", "-it", "host", "cmd"])).stderr).toContain("the input is not a terminal");
    await oriel(["rm", "-f", "host"]);
  });

  it("shows what runs in a container and what it uses, and holds it", async () => {
    await oriel(["run", "-d", "--name", "held", "--isolation", "hyperv", image, "ping", "-n", "600", "127.0.0.1"]);
    expect((await oriel(["top", "held"])).stdout).toMatch(/^NAME +PID +CPU +PRIVATE WORKING SET\n(.*\n)*ping\.exe +\d+ /);
    expect((await oriel(["stats", "--no-stream"])).stdout).toMatch(
      /^CONTAINER ID .*BLOCK I\/O\n[0-9a-f]{12} +held +[\d.]+% +[\d.]+[KM]iB /,
    );
    expect(await oriel(["pause", "held"])).toEqual({ code: 0, stdout: "held\n", stderr: "" });
    expect((await oriel(["ps"])).stdout).toMatch(/\(Paused\) +held/);
    expect((await oriel(["exec", "held", "cmd"])).stderr).toContain("is paused, unpause the container before exec");
    expect(await oriel(["unpause", "held"])).toEqual({ code: 0, stdout: "held\n", stderr: "" });
    await oriel(["rm", "-f", "held"]);
  });

  it("makes, starts and joins a container in steps", async () => {
    expect((await oriel(["create", "--name", "steps", "-i", programsImage, "cmd", "/c", "cat& exit 6"])).code).toBe(0);
    expect(await oriel(["start", "-ai", "steps"], { stdin: "one\n" })).toMatchObject({ code: 6, stdout: expect.stringContaining("one") });
    expect((await oriel(["attach", "steps"])).stderr).toContain("cannot attach to a stopped container");
    await oriel(["rm", "steps"]);
  });

  it.skipIf(noScript !== "")(`gives a program the user's terminal${noScript}`, async () => {
    const command = `${shell(commandUnderTest)} run --rm -it ${image} cmd`;
    const script = startCommand("script", ["-qec", command, "/dev/null"], { env: { ORIEL_HOST: daemon.host } });
    let seen = "";
    script.stdout?.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    const ended = once(script, "exit");
    await eventually("the prompt is there", async () => seen.includes("C:\\>"));
    script.stdin?.write("echo typed by hand\r");
    await eventually("it is carried out", async () => /typed by hand\r+\n/.test(seen));
    script.stdin?.write("exit 5\r");
    expect(await ended).toEqual([5, null]);
  });

  it("shows the spec that a container would run from, and makes none", async () => {
    const json = await oriel(["spec", "--json", "-w", "C:\\work", image, "cmd", "/c", "echo hi"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ ociVersion: "1.2.0", process: { args: ["cmd", "/c", "echo hi"], cwd: "C:\\work" } });
    const told = await oriel(["spec", image, "cmd"]);
    expect(told.stdout).toMatch(/^process\.cwd = "C:\\\\"\n {4}daemon default: /m);
    expect((await oriel(["ps", "-aq"])).stdout).toBe("");
  });

  it("lists images", async () => {
    expect((await oriel(["images"])).stdout).toMatch(/oriel\/nano\s+latest/);
  });

  it("says a mistake in one line, with Docker's exit codes and no stack trace", async () => {
    const missing = await oriel(["run", "--rm", "nosuch:1"]);
    expect(missing.code).toBe(125);
    expect(missing.stderr).toContain("nosuch:1");
    const program = await oriel(["run", "--rm", image, "nosuch.exe"]);
    expect(program.code).toBe(127);
    const nobody = await oriel(["ps"], { env: { ORIEL_HOST: "unix:///nowhere/x.sock" } });
    expect(nobody.code).not.toBe(0);
    expect(nobody.stderr).toContain("/nowhere/x.sock");
    for (const { stderr } of [missing, program, nobody]) expect(stderr).not.toMatch(/\n\s+at /);
  });
});
