import { PassThrough } from "node:stream";
import { type ContainerRuntime, TERMINATED_EXIT_CODE, UnavailableError } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { noteEvents, prints, stubborn, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

async function running(program = stubborn, config = {}): Promise<string> {
  test = await testEngine({ program: () => program });
  const id = await test.create({ name: "web", config });
  await test.engine.containers.start(id);
  return id;
}

describe("stop", () => {
  it("asks the container to end, and answers when it has", async () => {
    const id = await running(waits);
    const events = noteEvents(test.engine);
    expect(await test.engine.containers.stop("web")).toEqual({ changed: true });
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: 0 });
    expect(test.runtime.calls).toContain(`signal ${id} init SIGTERM`);
    expect(test.runtime.calls).not.toContain(`signal ${id} init SIGKILL`);
    await test.engine.close();
    expect(events.actions()).toEqual(["kill", "die", "stop"]);
    expect(events.seen[0]?.actor.attributes.signal).toBe("15");
  });

  it("ends the container when its time is over", async () => {
    const id = await running();
    const stopping = test.engine.containers.stop("web", { timeout: 2 });
    await test.clock.sleeping(2000);
    expect(test.runtime.calls).not.toContain(`signal ${id} init SIGKILL`);
    test.clock.advance(3000);
    await stopping;
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: TERMINATED_EXIT_CODE });
  });

  it.each(["stop", "kill", "remove"] as const)(
    "of a container whose pipes are held after its end takes 2 seconds at most, with the output that came: %s",
    async (method) => {
      const held = new PassThrough();
      const intercept = <T extends object>(service: T): T => {
        if (!("exec" in service)) return service;
        const runtime = service as unknown as ContainerRuntime;
        return { ...service, start: async (id: string) => Object.assign(await runtime.start(id), { stdout: held }) };
      };
      test = await testEngine({ program: () => waits, intercept });
      const id = await test.create({ name: "web" });
      await test.engine.containers.start(id);
      const { output } = await test.engine.containers.attach(id, { stdin: false, stdout: true, stderr: true, stream: true });
      held.write("said before its end");
      const frames = output[Symbol.asyncIterator]();
      expect((await frames.next()).value?.data.toString()).toBe("said before its end");
      const { containers } = test.engine;
      const ending = {
        stop: () => containers.stop(id),
        kill: () => containers.kill(id),
        remove: () => containers.remove(id, { force: true }),
      };
      const ended = ending[method]();
      await test.clock.sleeping(2000);
      held.write("said after it");
      expect((await frames.next()).value?.data.toString()).toBe("said after it");
      test.clock.advance(2000);
      await ended;
      expect((await frames.next()).done).toBe(true);
    },
  );

  it("takes signal and time from the container's configuration", async () => {
    const id = await running(stubborn, { StopSignal: "int", StopTimeout: 77 });
    const stopping = test.engine.containers.stop("web");
    await test.clock.sleeping(77_000);
    test.clock.advance(78_000);
    await stopping;
    expect(test.runtime.calls).toContain(`signal ${id} init SIGINT`);
  });

  it("goes on to end the container at once when it cannot be asked", async () => {
    const id = await running();
    test.runtime.before("signal", () => {
      throw new UnavailableError("HCS does not answer", { op: "system.shutdown" });
    });
    await test.engine.containers.stop("web");
    expect(test.runtime.calls).toContain(`signal ${id} init SIGKILL`);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
  });

  it("does not wait for a request that hangs longer than its time", async () => {
    const id = await running();
    test.runtime.before("signal", () => new Promise(() => {}));
    const stopping = test.engine.containers.stop("web", { timeout: 2 });
    await test.clock.sleeping(2000);
    test.clock.advance(3000);
    await stopping;
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
  });

  it("changes nothing on a container that does not run", async () => {
    test = await testEngine();
    await test.create({ name: "web" });
    expect(await test.engine.containers.stop("web")).toEqual({ changed: false });
    expect(test.runtime.calls).toEqual([]);
  });

  it("can be overtaken by a kill", async () => {
    const id = await running();
    const stopping = test.engine.containers.stop("web", { timeout: -1 });
    await test.engine.containers.kill("web");
    expect(await stopping).toEqual({ changed: true });
    expect((await test.engine.containers.inspect(id)).state.exitCode).toBe(TERMINATED_EXIT_CODE);
  });

  it("says that a container did not end, and leaves it running", async () => {
    const id = await running();
    test.runtime.before("signal", () => {});
    test.runtime.before("signal", () => new Promise(() => {}));
    const stopping = test.engine.containers.stop("web", { timeout: 0 });
    const failed = expect(stopping).rejects.toThrow(expect.objectContaining({ code: "DeadlineExceeded" }));
    await test.clock.sleeping(0);
    test.clock.advance(1);
    await test.clock.sleeping(60_000);
    test.clock.advance(61_000);
    await failed;
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });
});

describe("kill", () => {
  it("ends the container, and answers when that is recorded", async () => {
    const id = await running();
    await test.engine.containers.kill("web");
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: TERMINATED_EXIT_CODE });
    expect(await test.engine.containers.wait("web", "not-running")).toEqual({ exitCode: TERMINATED_EXIT_CODE, error: "" });
  });

  it.each(["TERM", "sigterm", "15"])("passes on %s without waiting for the end", async (signal) => {
    const id = await running();
    await test.engine.containers.kill("web", signal);
    expect(test.runtime.calls).toContain(`signal ${id} init SIGTERM`);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });

  it.each(["WINCH", "SIGUSR1", "0", "99", "KILLER"])(
    "refuses %s, which means nothing on Windows, and leaves the container alone",
    async (signal) => {
      const id = await running();
      await expect(test.engine.containers.kill("web", signal)).rejects.toThrow(
        expect.objectContaining({ code: "InvalidArgument", message: `invalid signal: ${signal}` }),
      );
      expect(test.runtime.calls.filter((call) => call.startsWith(`signal ${id}`))).toEqual([]);
    },
  );

  it("is a conflict when the container does not run", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    await expect(test.engine.containers.kill("web")).rejects.toThrow(
      expect.objectContaining({ code: "Conflict", message: `cannot kill container: web: container ${id} is not running` }),
    );
  });

  it("that fails leaves the container running", async () => {
    const id = await running();
    test.runtime.before("signal", () => {
      throw new UnavailableError("HCS does not answer", { op: "process.terminate" });
    });
    await expect(test.engine.containers.kill("web")).rejects.toThrow("HCS does not answer");
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });
});

describe("restart", () => {
  it("stops and starts, also a container that is to be removed by itself", async () => {
    test = await testEngine({ program: () => waits });
    const id = await test.create({ hostConfig: { AutoRemove: true } });
    await test.engine.containers.start(id);
    await test.engine.containers.restart(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
    const removed = test.engine.containers.wait(id, "removed");
    await test.engine.containers.stop(id);
    await removed;
  });

  it("starts a container that does not run", async () => {
    test = await testEngine({ program: () => waits });
    const id = await test.create();
    await test.engine.containers.restart(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });
});

describe("wait", () => {
  it("returns at once for a container that does not run, and at the exit for one that does", async () => {
    const id = await running(waits);
    const waiting = test.engine.containers.wait(id, "not-running");
    await test.engine.containers.stop(id);
    expect(await waiting).toEqual({ exitCode: 0, error: "" });
    expect(await test.engine.containers.wait(id, "not-running")).toEqual({ exitCode: 0, error: "" });
  });

  it("for the removal answers with the last exit code", async () => {
    test = await testEngine({ program: () => prints("", 9) });
    const id = await test.create({ hostConfig: { AutoRemove: true } });
    const removed = test.engine.containers.wait(id, "removed");
    await test.engine.containers.start(id);
    expect(await removed).toEqual({ exitCode: 9, error: "" });
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
  });

  it("is given up when its signal aborts", async () => {
    const id = await running();
    const control = new AbortController();
    const waiting = test.engine.containers.wait(id, "next-exit", control.signal);
    control.abort(new Error("client gone"));
    await expect(waiting).rejects.toThrow("client gone");
  });
});
