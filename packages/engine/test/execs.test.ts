import { PassThrough } from "node:stream";
import { type ContainerRuntime, NotFoundError, type ProcessSpec } from "@oriel/contracts";
import type { FakeContainerProgram } from "@oriel/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { AttachSession, CreateExecRequest } from "../src/engine-api.ts";
import { cat, noteEvents, prints, stubborn, type TestEngine, type TestEngineOptions, testEngine, textOf, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

const streams = { AttachStdin: false, AttachStdout: true, AttachStderr: true };

/** An engine with a container that runs until it is asked to end, and whose execs run `program`. */
async function running(program: FakeContainerProgram, options: TestEngineOptions = {}, config = {}): Promise<string> {
  test = await testEngine({ program: (process) => (process.args?.[0] === "main" ? waits : program), ...options });
  const id = await test.create({ name: "web", config: { Cmd: ["main"], ...config } });
  await test.engine.containers.start(id);
  return id;
}

async function create(more: Partial<CreateExecRequest> = {}): Promise<string> {
  return (await test.engine.execs.create("web", { Cmd: ["tool", "-a", "b c"], ...streams, ...more })).id;
}

async function attached(id: string): Promise<AttachSession> {
  const started = await test.engine.execs.start(id, { attach: true });
  if (started.outcome === "failed") throw started.error;
  return started.session;
}

describe("an exec", () => {
  it("runs beside the container's own process, with output, errors and an exit code of 32 bits", async () => {
    const container = await running(async ({ stdout, stderr }) => {
      await stdout("out");
      await stderr("err");
      return 0xc000_0005;
    });
    const id = await create();
    expect(await test.engine.execs.inspect(id)).toMatchObject({
      id,
      containerId: container,
      status: "created",
      pid: 0,
      exitCode: undefined,
    });
    expect((await test.engine.containers.inspect("web")).execIds).toEqual([id]);
    const { output, stdin, tty } = await attached(id);
    expect([stdin, tty]).toEqual([undefined, false]);
    expect(await textOf(output)).toEqual({ stdout: "out", stderr: "err" });
    // Whoever saw the end of the output finds the exit code.
    expect(await test.engine.execs.inspect(id)).toMatchObject({ status: "ended", exitCode: 0xc000_0005 });
    const { execIds, state } = await test.engine.containers.inspect("web");
    expect([execIds, state.status]).toEqual([[], "running"]);
  });

  it("takes environment, folder and user of the container where it has none of its own", async () => {
    const seen: ProcessSpec[] = [];
    const options: TestEngineOptions = {
      program: (process) => {
        if (process.args?.[0] === "main") return waits;
        seen.push(process);
        return prints("");
      },
    };
    await running(waits, options, { Env: ["Mode=slow", "KEPT=1"], WorkingDir: "C:\\app", User: "ContainerUser" });
    for (const more of [
      {},
      { Env: ["MODE=fast"], WorkingDir: "D:/x", User: "ContainerAdministrator", Tty: true, ConsoleSize: [25, 80] as const },
    ]) {
      const started = await test.engine.execs.start(await create(more), { attach: true });
      if (started.outcome === "running") await textOf(started.session.output);
    }
    expect(seen).toEqual([
      {
        args: ["tool", "-a", "b c"],
        env: ["Mode=slow", "KEPT=1", "PATH=C:\\Windows"],
        cwd: "C:\\app",
        user: { uid: 0, gid: 0, username: "ContainerUser" },
      },
      {
        args: ["tool", "-a", "b c"],
        env: ["MODE=fast", "KEPT=1", "PATH=C:\\Windows"],
        cwd: "D:\\x",
        user: { uid: 0, gid: 0, username: "ContainerAdministrator" },
        terminal: true,
        consoleSize: { height: 25, width: 80 },
      },
    ]);
  });

  it("is given its input, and the end of it", async () => {
    await running(cat);
    const { stdin, output } = await attached(await create({ AttachStdin: true }));
    stdin?.end("typed");
    expect(await textOf(output)).toEqual({ stdout: "typed", stderr: "" });
  });

  it("without input sees the end of it at once", async () => {
    await running(cat);
    expect(await textOf((await attached(await create())).output)).toEqual({ stdout: "", stderr: "" });
  });

  it("that is started detached runs on its own, whatever it puts out", async () => {
    await running(prints("x".repeat(200_000), 5));
    const events = noteEvents(test.engine);
    const id = await create();
    const started = await test.engine.execs.start(id, { attach: false });
    if (started.outcome === "failed") throw started.error;
    expect(await textOf(started.session.output)).toEqual({ stdout: "", stderr: "" });
    await expect.poll(async () => (await test.engine.execs.inspect(id)).exitCode).toBe(5);
    expect(events.actions()).toContain("exec_die");
  });

  it("is held up by a slow reader, and goes on without one that has left", async () => {
    let written = 0;
    await running(async ({ stdout }) => {
      for (; written < 100; written += 1) await stdout(Buffer.alloc(16 * 1024));
      return 0;
    });
    const id = await create();
    const session = await attached(id);
    for await (const _frame of session.output) break;
    await expect.poll(async () => (await test.engine.execs.inspect(id)).status).toBe("ended");

    written = 0;
    const slow = await attached(await create());
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(100);
    slow.detach();
    await expect.poll(() => written).toBe(100);
  });

  it("has a terminal that can be resized while it runs", async () => {
    await running(cat);
    const id = await create({ Tty: true, AttachStdin: true });
    const { execs } = test.engine;
    await expect(execs.resize(id, { height: 1, width: 2 })).rejects.toMatchObject({ message: "exec process is not started" });
    const starting = attached(id);
    await execs.resize(id, { height: 30, width: 90 });
    expect(test.runtime.sizes).toEqual([{ height: 30, width: 90 }]);
    const session = await starting;
    expect(session.tty).toBe(true);
    await test.runtime.signal((await execs.inspect(id)).containerId, id, "SIGKILL");
    await textOf(session.output);
    await expect(execs.resize(id, { height: 1, width: 2 })).rejects.toMatchObject({ code: "Conflict" });
  });

  it("tells of its creation, start and end, as events of the container", async () => {
    const container = await running(prints("", 3));
    const { seen } = noteEvents(test.engine);
    const id = await create();
    await textOf((await attached(id)).output);
    const plain = await create({ Cmd: ["tool"] });
    await expect.poll(() => seen.length).toBe(4);
    expect(seen.map(({ action, actor }) => [action, actor.attributes.execID, actor.attributes.exitCode])).toEqual([
      ["exec_create: tool -a b c", id, undefined],
      ["exec_start: tool -a b c", id, undefined],
      ["exec_die", id, "3"],
      ["exec_create: tool ", plain, undefined],
    ]);
    for (const { actor } of seen) expect(actor).toMatchObject({ id: container, attributes: { name: "web", image: "oriel/nano" } });
  });
});

describe("an exec that cannot be", () => {
  it("is refused for a container that is not there or does not run, in dockerd's words", async () => {
    test = await testEngine();
    const container = await test.create({ name: "web" });
    await expect(test.engine.execs.create("nosuch", { Cmd: ["x"] })).rejects.toMatchObject({
      code: "NotFound",
      message: "No such container: nosuch",
    });
    await expect(create()).rejects.toMatchObject({ code: "Conflict", message: `container ${container} is not running` });
  });

  it("is refused for a wrong option, and leaves no id behind", async () => {
    await running(waits);
    await expect(create({ Cmd: [] })).rejects.toMatchObject({ code: "InvalidArgument", message: "No exec command specified" });
    await expect(create({ WorkingDir: "app" })).rejects.toThrow("the working directory 'app' is invalid");
    await expect(create({ User: "1000:1000" })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining('the user "1000:1000" is not known on this emulated host'),
    });
    await expect(create({ Env: ["=x"] })).rejects.toThrow("invalid environment variable: =… has no name");
    expect((await test.engine.containers.inspect("web")).execIds).toEqual([]);
  });

  it("starts once", async () => {
    await running(stubborn);
    const id = await create();
    await attached(id);
    await expect(attached(id)).rejects.toMatchObject({ code: "Conflict", message: `error: Exec command ${id} is already running` });
    await test.runtime.signal((await test.engine.execs.inspect(id)).containerId, id, "SIGKILL");
    await expect.poll(async () => (await test.engine.execs.inspect(id)).status).toBe("ended");
    await expect(attached(id)).rejects.toMatchObject({ code: "Conflict", message: `error: Exec command ${id} has already run` });
  });

  it.each([
    ["127 for a program that is not there", new NotFoundError("nosuch.exe: not found", { op: "HcsCreateProcess" }), 127],
    ["126 for what else keeps it from running", new Error("broken"), 126],
  ])("answers why, and has the exit code %s", async (_, failure, exitCode) => {
    const container = await running(waits);
    test.runtime.before("exec", () => {
      throw failure;
    });
    const id = await create();
    expect(await test.engine.execs.start(id, { attach: true })).toMatchObject({
      outcome: "failed",
      error: { message: expect.stringContaining(failure.message) },
    });
    expect(await test.engine.execs.inspect(id)).toMatchObject({ status: "ended", exitCode });
    expect((await test.engine.containers.inspect(container)).state.status).toBe("running");
  });

  it("is not known under another name", async () => {
    await running(waits);
    const id = await create();
    for (const wrong of ["nosuch", id.slice(0, 12)]) {
      const error = { code: "NotFound", message: `No such exec instance: ${wrong}` };
      await expect(test.engine.execs.inspect(wrong)).rejects.toMatchObject(error);
      await expect(attached(wrong)).rejects.toMatchObject(error);
      await expect(test.engine.execs.resize(wrong, { height: 1, width: 1 })).rejects.toMatchObject(error);
    }
  });
});

describe("execs and their container", () => {
  it("end together, and the exec's end is told first", async () => {
    await running(stubborn);
    const { actions } = noteEvents(test.engine);
    const [started, never] = [await create(), await create()];
    const { output } = await attached(started);
    await test.engine.containers.stop("web");
    await textOf(output);
    expect(actions().filter((action) => action.endsWith("die"))).toEqual(["exec_die", "die"]);
    expect((await test.engine.execs.inspect(started)).exitCode).toBe(1_073_807_364);
    await expect(test.engine.execs.start(started, { attach: true })).rejects.toMatchObject({
      message: /^container [0-9a-f]{64} is not running$/,
    });
    await expect(test.engine.execs.inspect(never)).rejects.toMatchObject({ code: "NotFound" });
  });

  it("are forgotten together", async () => {
    await running(prints(""));
    const id = await create();
    await textOf((await attached(id)).output);
    await test.engine.containers.remove("web", { force: true });
    await expect(test.engine.execs.inspect(id)).rejects.toMatchObject({ code: "NotFound", message: `No such exec instance: ${id}` });
  });

  it("do not wait for pipes that an exec's background programs hold open", async () => {
    const held = new PassThrough();
    const intercept = <T extends object>(service: T): T => {
      if (!("exec" in service)) return service;
      const runtime = service as unknown as ContainerRuntime;
      const exec: ContainerRuntime["exec"] = async (...words) => Object.assign(await runtime.exec(...words), { stdout: held });
      return { ...service, exec };
    };
    await running(prints("never read", 4), { intercept });
    const id = await create();
    const { output } = await attached(id);
    held.write("said before");
    const frames = output[Symbol.asyncIterator]();
    expect((await frames.next()).value?.data.toString()).toBe("said before");
    await test.clock.sleeping(2000);
    test.clock.advance(2000);
    expect((await frames.next()).done).toBe(true);
    expect((await test.engine.execs.inspect(id)).exitCode).toBe(4);
  });

  it("keep an ended exec for ten minutes", async () => {
    await running(prints(""));
    const id = await create();
    await textOf((await attached(id)).output);
    test.clock.advance(9 * 60_000);
    await create();
    expect((await test.engine.execs.inspect(id)).status).toBe("ended");
    test.clock.advance(60_000);
    await create();
    await expect(test.engine.execs.inspect(id)).rejects.toMatchObject({ code: "NotFound" });
  });
});
