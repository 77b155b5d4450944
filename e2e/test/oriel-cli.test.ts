import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoContainers } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoContainers();
const image = "oriel/nano";

describe.skipIf(skipped !== undefined)(`the oriel command line${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  const oriel: TestDaemon["oriel"] = (...words) => daemon.oriel(...words);

  beforeAll(async () => {
    daemon = await startDaemon();
    const loaded = await oriel(["load", "-i", await nanoArchive()]);
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining("oriel/nano:latest") });
  });

  afterAll(() => daemon.dispose());

  it("runs a program with its output, its error output and its exit code", async () => {
    const result = await oriel(["run", "--rm", image, "cmd", "/c", "echo out& echo err>&2& exit 42"]);
    expect(result).toEqual({ code: 42, stdout: "out\r\n", stderr: "err\r\n" });
  });

  it("pipes input in, and the program sees its end", async () => {
    const result = await oriel(["run", "--rm", "-i", image, "cmd", "/c", "more"], { stdin: "one\ntwo\n" });
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
