import { existsSync } from "node:fs";
import { FailedPreconditionError } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { noteEvents, prints, stubborn, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

describe("removing a container", () => {
  it("takes its scratch, its log and its name away", async () => {
    test = await testEngine({ program: () => prints("x") });
    const events = noteEvents(test.engine);
    const id = await test.create({ name: "web" });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await ended;
    const { logPath } = await test.engine.containers.inspect(id);
    expect(existsSync(logPath)).toBe(true);
    const removed = test.engine.containers.wait(id, "removed");
    await test.engine.containers.remove("web");
    expect(await removed).toEqual({ exitCode: 0, error: "" });
    expect(existsSync(logPath)).toBe(false);
    expect(await test.storage.listScratches()).toEqual([]);
    await expect(test.engine.containers.inspect(id)).rejects.toThrow(`No such container: ${id}`);
    await expect(test.create({ name: "web" })).resolves.toBeDefined();
    await test.engine.close();
    expect(events.actions()).toEqual(["create", "start", "die", "destroy", "create"]);
  });

  it("is a conflict while it runs, in dockerd's words", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ name: "web" });
    await test.engine.containers.start(id);
    await expect(test.engine.containers.remove(id)).rejects.toThrow(
      expect.objectContaining({
        code: "Conflict",
        message: 'cannot remove container "/web": container is running: stop the container before removing or force remove',
      }),
    );
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });

  it("by force ends it first", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    await test.engine.containers.start(id);
    await test.engine.containers.remove(id, { force: true });
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
    expect(test.runtime.live).toEqual([]);
  });

  it("by force is no conflict with its removal by itself", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ hostConfig: { AutoRemove: true } });
    await test.engine.containers.start(id);
    await Promise.all([test.engine.containers.remove(id, { force: true }), test.engine.containers.remove(id, { force: true })]);
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("twice at a time without force is a conflict for the second", async () => {
    test = await testEngine();
    const id = await test.create();
    const first = test.engine.containers.remove(id);
    await expect(test.engine.containers.remove(id)).rejects.toThrow(`removal of container ${id} is already in progress`);
    await first;
  });

  it("that fails leaves it dead with the reason, and can be tried again", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    test.storage.before("removeScratch", () => {
      throw new FailedPreconditionError("access denied", { op: "scratch.remove" });
    });
    const removed = test.engine.containers.wait(id, "removed");
    await expect(test.engine.containers.remove(id)).rejects.toThrow("access denied");
    expect(await removed).toEqual({ exitCode: 0, error: "access denied" });
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "dead", error: "access denied" });
    await expect(test.engine.containers.start(id)).rejects.toThrow("marked for removal and cannot be started");
    await expect(test.create({ name: "web" })).rejects.toThrow("is already in use");
    await test.engine.containers.remove(id);
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
  });

  it("wins over a start that comes after it", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    const results = await Promise.allSettled([test.engine.containers.remove(id), test.engine.containers.start(id)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(test.runtime.live).toEqual([]);
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("without force gives way to a start that came before it", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    const results = await Promise.allSettled([test.engine.containers.start(id), test.engine.containers.remove(id)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });
});

describe("pruning", () => {
  it("removes all that do not run, and passes over what cannot be removed", async () => {
    test = await testEngine({ program: () => waits });
    const [stays, fails, goes] = [await test.create(), await test.create(), await test.create()];
    await test.engine.containers.start(stays);
    test.storage.before("removeScratch", () => {
      throw new FailedPreconditionError("access denied", { op: "scratch.remove" });
    });
    expect(await test.engine.containers.prune()).toEqual([goes]);
    expect((await test.engine.containers.list({ all: true })).map(({ id }) => id).sort()).toEqual([stays, fails].sort());
  });
});
