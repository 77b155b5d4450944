import { type ContainerRuntime, type RuntimeEventListener, UnavailableError } from "@oriel/contracts";
import { afterEach, describe, expect, it, vi } from "vitest";
import { noteEvents, stubborn, type TestEngine, type TestEngineOptions, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

async function running(program = waits, options: TestEngineOptions = {}): Promise<string> {
  test = await testEngine({ program: () => program, ...options });
  const id = await test.create({ name: "web", hostConfig: { Isolation: "hyperv" } });
  await test.engine.containers.start(id);
  return id;
}

async function status(): Promise<string> {
  return (await test.engine.containers.inspect("web")).state.status;
}

describe("pause", () => {
  it("holds a container until it is unpaused, and tells each once", async () => {
    const id = await running();
    const events = noteEvents(test.engine);
    await test.engine.containers.pause("web");
    expect(await status()).toBe("paused");
    expect(test.runtime.status(id)).toBe("paused");
    expect((await test.engine.containers.list({ filters: { status: ["paused"] } })).map((found) => found.id)).toEqual([id]);
    expect((await test.engine.info()).containers).toMatchObject({ running: 0, paused: 1 });
    await test.engine.containers.unpause("web");
    expect(await status()).toBe("running");
    expect(test.runtime.status(id)).toBe("running");
    await test.engine.close();
    expect(events.actions().slice(0, 2)).toEqual(["pause", "unpause"]);
    expect(events.actions().filter((action) => action.endsWith("pause"))).toHaveLength(2);
  });

  it("is refused under process isolation, in dockerd's words", async () => {
    test = await testEngine({ program: () => waits });
    const id = await test.create({ name: "web" });
    await test.engine.containers.start(id);
    await expect(test.engine.containers.pause("web")).rejects.toMatchObject({
      code: "Unimplemented",
      message: `cannot pause container ${id}: not implemented`,
    });
    expect(await status()).toBe("running");
  });

  it("is refused where there is nothing to pause or to unpause, in dockerd's words", async () => {
    const id = await running();
    await expect(test.engine.containers.unpause("web")).rejects.toMatchObject({
      code: "Conflict",
      message: `Container ${id} is not paused`,
    });
    await test.engine.containers.pause("web");
    await expect(test.engine.containers.pause("web")).rejects.toMatchObject({
      code: "Conflict",
      message: `Container ${id} is already paused`,
    });
    await test.engine.containers.kill("web");
    await expect(test.engine.containers.pause("web")).rejects.toMatchObject({
      code: "Conflict",
      message: `container ${id} is not running`,
    });
    await expect(test.engine.containers.pause("nosuch")).rejects.toMatchObject({ code: "NotFound" });
  });

  it("leaves the state as it was when the runtime fails", async () => {
    await running();
    test.runtime.before("pause", () => {
      throw new UnavailableError("HCS does not answer", { op: "system.pause" });
    });
    await expect(test.engine.containers.pause("web")).rejects.toThrow("HCS does not answer");
    expect(await status()).toBe("running");
  });

  it("that hangs keeps nobody from looking at the container, nor from ending it", async () => {
    const id = await running();
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    let fail = (_: Error): void => {};
    test.runtime.before("pause", () => {
      isAsked();
      return new Promise((_, reject) => {
        fail = reject;
      });
    });
    const pausing = test.engine.containers.pause("web");
    await asked;
    expect(await status()).toBe("running");
    await test.engine.containers.kill("web");
    expect(await status()).toBe("exited");
    fail(new UnavailableError("it is gone", { op: "system.pause", resource: id }));
    await expect(pausing).rejects.toThrow("it is gone");
    expect(await status()).toBe("exited");
  });

  it("by somebody else is shown and told as well", async () => {
    const id = await running();
    const events = noteEvents(test.engine);
    await test.runtime.pause(id);
    await vi.waitFor(async () => expect(await status()).toBe("paused"));
    await test.runtime.resume(id);
    await vi.waitFor(async () => expect(await status()).toBe("running"));
    expect(events.actions()).toEqual(["pause", "unpause"]);
  });

  it("is found again by the next daemon", async () => {
    const id = await running();
    await test.engine.containers.pause("web");
    const next = test.crash({ adopt: test.runtime.survivors() });
    vi.spyOn(next.runtime, "status").mockReturnValue("paused");
    await next.engine.start();
    expect((await next.engine.containers.inspect(id)).state.status).toBe("paused");
    vi.restoreAllMocks();
    test = next;
  });
});

describe("a paused container", () => {
  it("takes no execs, no start and no new clients", async () => {
    const id = await running();
    const prepared = await test.engine.execs.create("web", { Cmd: ["tool"] });
    await test.engine.containers.pause("web");
    const refusal = { code: "Conflict", message: `Container ${id} is paused, unpause the container before exec` };
    await expect(test.engine.execs.create("web", { Cmd: ["tool"] })).rejects.toMatchObject(refusal);
    await expect(test.engine.execs.start(prepared.id, { attach: false })).rejects.toMatchObject(refusal);
    await expect(test.engine.containers.start("web")).rejects.toThrow("cannot start a paused container, try unpause instead");
    const streams = { stdin: false, stdout: true, stderr: true, stream: true };
    await expect(test.engine.containers.attach("web", streams)).rejects.toThrow("is paused, unpause the container before attach");
    await expect(test.engine.containers.remove("web")).rejects.toMatchObject({ code: "Conflict" });
    // What was refused can be done later.
    await test.engine.containers.unpause("web");
    expect(await test.engine.execs.start(prepared.id, { attach: false })).toMatchObject({ outcome: "running" });
  });

  it("goes on when it is stopped, so that it can do what it is asked for", async () => {
    const id = await running();
    await test.engine.containers.pause("web");
    const events = noteEvents(test.engine);
    expect(await test.engine.containers.stop("web")).toEqual({ changed: true });
    const order = test.runtime.calls.filter((call) => /^(resume|signal) /.test(call));
    expect(order).toEqual([`resume ${id}`, `signal ${id} init SIGTERM`]);
    expect(await status()).toBe("exited");
    await test.engine.close();
    expect(events.actions()).toEqual(["unpause", "kill", "die", "stop"]);
  });

  it("is terminated when it cannot go on", async () => {
    const id = await running(stubborn);
    await test.engine.containers.pause("web");
    test.runtime.before("resume", () => {
      throw new UnavailableError("HCS does not answer", { op: "system.resume" });
    });
    const stopping = test.engine.containers.stop("web", { timeout: 2 });
    await test.clock.sleeping(2000);
    test.clock.advance(3000);
    await stopping;
    expect(test.runtime.calls).toContain(`signal ${id} init SIGKILL`);
    expect(await status()).toBe("exited");
    expect(test.log).toContain("warn: a paused container that is to end could not be unpaused");
  });

  it.each(["kill", "remove"] as const)("is ended by %s as it is", async (how) => {
    const id = await running(stubborn);
    await test.engine.containers.pause("web");
    if (how === "kill") await test.engine.containers.kill("web");
    else await test.engine.containers.remove("web", { force: true });
    expect(test.runtime.calls).toContain(`signal ${id} init SIGKILL`);
    expect(test.runtime.calls).not.toContain(`resume ${id}`);
  });
});

it("tells that a container ran out of memory where the runtime knows", async () => {
  let tell: RuntimeEventListener = () => {};
  const id = await running(waits, {
    intercept: (service) =>
      new Proxy(service, {
        get(target, name) {
          if (name === "onEvent") {
            return (listener: RuntimeEventListener) => {
              tell = listener;
              return (target as unknown as ContainerRuntime).onEvent(listener);
            };
          }
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
  });
  const events = noteEvents(test.engine);
  await tell({ kind: "oom", id, at: new Date() });
  await tell({ kind: "oom", id: "of-somebody-else", at: new Date() });
  await vi.waitFor(() => expect(events.actions()).toEqual(["oom"]));
});
