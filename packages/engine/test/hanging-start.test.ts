import { afterEach, describe, expect, it } from "vitest";
import { type Gate, gate } from "./gate.ts";
import { cat, noteEvents, stubborn, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
let host: Gate;
afterEach(async () => {
  host.open();
  await test.dispose();
});

/** Where the host does not return from in a start. The runtime is left behind there; storage is not, as nothing interrupts a mount. */
const places = ["mountScratch", "createEndpoint", "layerFolders", "create", "start"] as const;
type Place = (typeof places)[number];

const deadline = 5000;
/** A busy machine may take its time to clean up. */
const polling = { timeout: 30_000 };

/** A container whose start hangs. */
async function hanging(place: Place, hostConfig = {}): Promise<{ readonly id: string; readonly started: Promise<unknown> }> {
  test = await testEngine({ program: () => waits });
  host = gate();
  const id = await test.create({ name: "web", hostConfig });
  if (place === "create" || place === "start") test.runtime.before(place, host.pass);
  else if (place === "createEndpoint") test.networks.before(place, host.pass);
  else test.storage.before(place, host.pass);
  const started = test.engine.containers.start(id).catch((error: unknown) => error);
  await host.reached;
  return { id, started };
}

/** Waits for what waits for a host that does not return: lets the deadline pass as often as something waits for it. */
async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = work.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  while (!isOver) {
    await Promise.race([test.clock.sleeping(deadline), over]);
    test.clock.advance(deadline + 1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => test.runtime.live, polling).toEqual([]);
  await expect.poll(() => test.networks.endpoints(), polling).toEqual([]);
  await expect.poll(() => [...test.storage.mounts.values()].filter((count) => count > 0), polling).toEqual([]);
}

describe.each(places)("a start that hangs in %s", (place) => {
  const isInterrupted = place === "create" || place === "start";
  /** Ends without any deadline where the runtime is left behind. */
  const soon = <T>(work: Promise<T>): Promise<T> => (isInterrupted ? work : withinDeadline(work));

  it.each(["stop", "kill"] as const)("is given up by %s: the start fails, and what the host makes late is undone", async (action) => {
    const { id, started } = await hanging(place);
    await soon<unknown>(test.engine.containers[action]("web"));
    expect(await started).toMatchObject({ code: "Conflict", message: `container ${id} was stopped while it was being started` });
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({
      status: "created",
      exitCode: 128,
      error: `container ${id} was stopped while it was being started`,
    });
    host.open();
    await expectNothingLeft();
    await test.engine.containers.start(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });

  it("is given up by a removal by force, which ends at once or says what it waits for, and then goes on behind", async () => {
    const { id, started } = await hanging(place);
    const error = await soon(test.engine.containers.remove("web", { force: true })).catch((reason: unknown) => reason);
    if (isInterrupted) expect(error).toBeUndefined();
    else {
      expect(error).toMatchObject({
        code: "DeadlineExceeded",
        message: expect.stringContaining(`container ${id} is removed once what its last start or run left is cleaned up`),
      });
      expect((await test.engine.containers.inspect(id)).state.status).toBe("removing");
      // A second call waits for the same removal, no longer than before.
      await expect(soon(test.engine.containers.remove("web", { force: true }))).rejects.toMatchObject({
        code: "DeadlineExceeded",
      });
      await expect(test.engine.containers.start(id)).rejects.toThrow("is marked for removal and cannot be started");
    }
    expect(await started).toMatchObject({ code: "Conflict" });
    host.open();
    await expect.poll(() => test.engine.containers.list({ all: true }), polling).toEqual([]);
    await expectNothingLeft();
    expect(await test.storage.listScratches()).toEqual([]);
    await test.create({ name: "web" });
  });

  it("lets the engine close within its deadlines", async () => {
    const { started } = await hanging(place);
    await soon(test.engine.close());
    expect(await started).toMatchObject({ code: "Unavailable", message: "the engine is closing" });
  });

  it("fails as soon as the engine begins to close, and none begins after that", async () => {
    const { id, started } = await hanging(place);
    test.engine.beginClose();
    expect(await started).toMatchObject({ code: "Unavailable", message: "the engine is closing" });
    await expect(test.engine.containers.start(id)).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("is cleaned up by the next daemon when this one is killed after the start was given up", async () => {
    const { id } = await hanging(place);
    await soon(test.engine.containers.kill("web"));
    const next = test.crash();
    await next.engine.start();
    expect((await next.engine.containers.inspect(id)).state.status).toBe("created");
    expect(next.storage.mounts.get(id) ?? 0).toBe(0);
    await next.engine.containers.start(id);
    test = next;
  });

  it("is waited for by a second start, which changes nothing", async () => {
    const { started } = await hanging(place);
    const second = test.engine.containers.start("web");
    host.open();
    expect(await started).toEqual({ changed: true });
    expect(await second).toEqual({ changed: false });
  });

  it("keeps no other call waiting", async () => {
    const { id } = await hanging(place);
    const { containers, execs } = test.engine;
    const streams = { stdin: false, stdout: true, stderr: true, stream: true };
    const notRunning = { code: "Conflict", message: `container ${id} is not running` };
    const isStarting = { code: "Conflict", message: `container ${id} is being started` };
    expect((await containers.inspect(id)).state).toMatchObject({ status: "created", pid: 0 });
    expect(await containers.list()).toEqual([]);
    expect(await containers.list({ all: true })).toHaveLength(1);
    expect(await containers.wait(id, "not-running")).toMatchObject({ exitCode: 0 });
    await expect(containers.remove(id)).rejects.toMatchObject({
      code: "Conflict",
      message: 'cannot remove container "/web": container is starting: stop the container before removing or force remove',
    });
    await containers.rename(id, "renamed");
    await containers.logs(id, { stdout: true, stderr: true });
    (await containers.attach(id, streams)).detach();
    await expect(execs.create(id, { Cmd: ["x"] })).rejects.toMatchObject(notRunning);
    await expect(containers.processes(id)).rejects.toMatchObject(notRunning);
    await expect(containers.pause(id)).rejects.toMatchObject(notRunning);
    await expect(containers.unpause(id)).rejects.toMatchObject({ code: "Conflict", message: `Container ${id} is not paused` });
    await expect(containers.resize(id, { height: 1, width: 1 })).rejects.toMatchObject(notRunning);
    expect(await containers.stats(id)).toMatchObject({ usage: undefined });
    expect(await containers.update(id, { restartPolicy: { Name: "always" } })).toEqual({ warnings: [] });
    await expect(containers.changes(id)).rejects.toMatchObject(isStarting);
    await expect(containers.commit(id)).rejects.toMatchObject(isStarting);
    expect(await containers.size(id)).toMatchObject({ own: 0 });
    expect(await containers.prune()).toEqual([]);
    const other = await test.create();
    await containers.start(other);
    await containers.remove(other, { force: true });
    host.open();
    await expect.poll(async () => (await containers.inspect(id)).state.status, polling).toBe("running");
  });

  it("is given up for good: a restart stops it and starts anew", async () => {
    const { id, started } = await hanging(place);
    const restarting = test.engine.containers.restart("web");
    expect(await started).toMatchObject({ code: "Conflict" });
    host.open();
    await restarting;
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
    expect(test.runtime.live).toEqual([id]);
  });

  it("of a container that is removed by itself is removed when it is given up", async () => {
    const { started } = await hanging(place, { AutoRemove: true });
    await soon(test.engine.containers.stop("web"));
    expect(await started).toMatchObject({ code: "Conflict" });
    host.open();
    await expect.poll(() => test.engine.containers.list({ all: true }), polling).toEqual([]);
    await expectNothingLeft();
  });
});

describe("a start after one that was given up in a mount", () => {
  it("says what it waits for when the host does not return within the deadline", async () => {
    const { id } = await hanging("mountScratch");
    await withinDeadline(test.engine.containers.kill("web"));
    await expect(withinDeadline(test.engine.containers.start("web"))).rejects.toMatchObject({
      code: "DeadlineExceeded",
      message: `container ${id}: what its last start or run left is still being cleaned up; the host has not returned from mounting its layer`,
    });
  });
});

describe("cleaning up that hangs", () => {
  /** A container that runs, and that the host will not return from cleaning up. */
  async function running(): Promise<string> {
    test = await testEngine({ program: () => stubborn });
    host = gate();
    const id = await test.create({ name: "web" });
    await test.engine.containers.start(id);
    return id;
  }

  it.each(["delete", "unmountScratch"] as const)("in %s after an exit does not keep the exit from being recorded", async (place) => {
    const id = await running();
    if (place === "delete") test.runtime.before(place, host.pass);
    else test.storage.before(place, host.pass);
    const events = noteEvents(test.engine);
    await withinDeadline(test.engine.containers.kill(id));
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: 0x40010004 });
    await expect(withinDeadline(test.engine.containers.start(id))).rejects.toMatchObject({ code: "DeadlineExceeded" });
    await expect(withinDeadline(test.engine.containers.remove(id))).rejects.toMatchObject({ code: "DeadlineExceeded" });
    host.open();
    await expect.poll(() => test.engine.containers.list({ all: true }), polling).toEqual([]);
    expect(events.actions()).toEqual(["kill", "die", "destroy"]);
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("of a terminate that hangs fails within its deadline, and keeps no other call waiting", async () => {
    const id = await running();
    test.runtime.before("signal", host.pass);
    const removing = test.engine.containers.remove(id, { force: true }).catch((error: unknown) => error);
    await host.reached;
    expect(await test.engine.containers.start(id).catch((error: unknown) => error)).toMatchObject({ code: "Conflict" });
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
    await test.engine.containers.rename(id, "other");
    expect(await test.engine.containers.prune()).toEqual([]);
    await test.clock.sleeping(60_000);
    test.clock.advance(61_000);
    expect(await removing).toMatchObject({ code: "DeadlineExceeded" });
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
  });
});

describe("an exec whose creation hangs", () => {
  it("is given up when its container ends, and keeps nobody from ending it", async () => {
    test = await testEngine({ program: () => stubborn });
    host = gate();
    const id = await test.create();
    await test.engine.containers.start(id);
    const exec = await test.engine.execs.create(id, { Cmd: ["x"] });
    test.runtime.before("exec", host.pass);
    const starting = test.engine.execs.start(exec.id, { attach: false });
    await host.reached;
    await test.engine.containers.kill(id);
    expect(await starting).toMatchObject({ outcome: "failed", error: { message: `container ${id} has ended` } });
    expect(await test.engine.execs.inspect(exec.id)).toMatchObject({ status: "ended", exitCode: 126 });
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
  });
});

describe("a create whose storage hangs", () => {
  it("keeps its name, and no other call waiting", async () => {
    test = await testEngine({ program: () => cat });
    host = gate();
    test.storage.before("createScratch", host.pass);
    const creating = test.create({ name: "web" });
    await host.reached;
    await expect(test.create({ name: "web" })).rejects.toMatchObject({ code: "Conflict" });
    await expect(test.engine.containers.inspect("web")).rejects.toMatchObject({ code: "NotFound" });
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
    const other = await test.create();
    await test.engine.containers.start(other);
    await test.engine.containers.remove(other, { force: true });
    host.open();
    await test.engine.containers.remove(await creating);
  });
});
