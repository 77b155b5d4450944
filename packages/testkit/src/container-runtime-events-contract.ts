import type { RuntimeEvent } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { endWithoutInput, finish, type RuntimeTrial } from "./container-runtime-trial.ts";

/** What a runtime tells of its containers. That each trial's events come in order and once is looked at after each test. */
export function containerRuntimeEventsContract(trial: () => RuntimeTrial, outOfMemory?: string): void {
  describe("events", () => {
    it("tell the whole life of a container in order, with the process ids and the exits that the processes have", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, init } = await t.started(commands.echoStdin);
      const exec = await t.exec(id, "e1", commands.exitWith(9));
      const execEnd = await endWithoutInput(exec);
      const { exit } = await endWithoutInput(init);
      await t.toldInOrder(id, ["created", "started", "exec-added e1", "exec-started e1", "exit e1 9", "exit init 0"]);
      expect(t.eventsOf(id)).toMatchObject([
        { kind: "created", id },
        { kind: "started", id, pid: init.pid },
        { kind: "exec-added", id, processId: "e1" },
        { kind: "exec-started", id, processId: "e1", pid: exec.pid },
        { kind: "exit", id, processId: "e1", pid: exec.pid, exit: execEnd.exit },
        { kind: "exit", id, processId: "init", pid: init.pid, exit },
      ]);
      for (const { at } of t.eventsOf(id)) expect(at).toBeInstanceOf(Date);
      await runtime.delete(id);
      expect(t.toldOf(id).length).toBe(6);
    });

    it("tell the exit of the first process after those of all others", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, init } = await t.started(commands.runLong);
      const others = await Promise.all(["e1", "e2", "e3"].map((execId) => t.exec(id, execId, commands.runLong)));
      await runtime.signal(id, "init", "SIGKILL");
      await Promise.all([...others, init].map((process) => finish(process)));
      await expect.poll(() => t.toldOf(id).at(-1)).toMatch(/^exit init/);
      const kinds = t.eventsOf(id).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "exit").length).toBe(4);
    });

    if (outOfMemory !== undefined) {
      it("report that the limit of memory has ended a process before its exit, which is none of 0", async () => {
        const t = trial();
        const { id, init } = await t.started(t.commands.echoStdin);
        await finish(await t.exec(id, "e1", outOfMemory));
        await endWithoutInput(init);
        const execLines = ["exec-added e1", "exec-started e1", "oom", "exit e1 137"];
        await t.toldInOrder(id, ["created", "started", ...execLines, "exit init 0"]);

        const second = await t.started(outOfMemory);
        expect((await finish(second.init)).exit.exitCode).toBe(137);
        await t.toldInOrder(second.id, ["created", "started", "oom", "exit init 137"]);
      });
    }

    it("tell an exit once, however often and by whomever the container was ended", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, init } = await t.started(commands.runLong);
      await Promise.all([
        ...["SIGTERM", "SIGKILL", "SIGKILL"].map((signal) => runtime.signal(id, "init", signal)),
        finish(init),
        init.exit.then(() => runtime.delete(id)),
      ]);
      await runtime.delete(id);
      await expect.poll(() => t.toldOf(id).length).toBe(3);
    });

    it("tell nothing of a first process that could not be started, and all of it when the id is used again", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, spec } = await t.created(commands.missing);
      await expect(runtime.start(id)).rejects.toMatchObject({ code: "NotFound" });
      await t.toldInOrder(id, ["created"]);
      await runtime.create({ id, spec: { ...spec, process: { user: {}, cwd: "C:\\", commandLine: commands.exitWith(3) } } });
      await endWithoutInput(await runtime.start(id));
      await t.toldInOrder(id, ["created", "created", "started", "exit init 3"]);
    });

    it("tell nothing of a further process that could not be started", async () => {
      const t = trial();
      const { commands } = t;
      const { id, init } = await t.started(commands.echoStdin);
      await expect(t.exec(id, "e1", commands.missing)).rejects.toMatchObject({ code: "NotFound" });
      await endWithoutInput(init);
      await t.toldInOrder(id, ["created", "started", "exit init 0"]);
    });

    it("tell nothing of a container that could not be created, and of one that was deleted unstarted no exit", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, spec } = await t.specOf(commands.exitWith(0));
      await expect(runtime.create({ id, spec: { ...spec, root: { path: "C:\\nowhere" } } })).rejects.toMatchObject({
        code: "InvalidArgument",
      });
      expect(t.toldOf(id)).toEqual([]);
      await runtime.create({ id, spec });
      await runtime.delete(id);
      await t.toldInOrder(id, ["created"]);
    });

    it("tell the exit of a container that was deleted while it ran", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, init } = await t.started(commands.runLong);
      const ended = finish(init);
      await runtime.delete(id);
      const { exit } = await ended;
      await t.toldInOrder(id, ["created", "started", `exit init ${exit.exitCode}`]);
    });

    it("wait for a listener that is busy with a former event of the same container, and not for another's", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const heard: RuntimeEvent[] = [];
      const { promise: busy, resolve: goOn } = Promise.withResolvers<void>();
      const first = await t.specOf(commands.exitWith(0));
      const second = await t.specOf(commands.exitWith(0));
      const stop = runtime.onEvent(async (event) => {
        heard.push(event);
        if (event.id === first.id) await busy;
      });
      for (const made of [first, second]) {
        await runtime.create(made);
        await endWithoutInput(await runtime.start(made.id));
      }
      const kindsOf = (id: string) => heard.filter((event) => event.id === id).map(({ kind }) => kind);
      await expect.poll(() => kindsOf(second.id)).toEqual(["created", "started", "exit"]);
      expect(kindsOf(first.id)).toEqual(["created"]);
      goOn();
      await expect.poll(() => kindsOf(first.id)).toEqual(["created", "started", "exit"]);
      stop();
    });

    it("go on after a listener failed, and end when nobody listens any more", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const failing: string[] = [];
      const stopFailing = runtime.onEvent(({ kind }) => {
        failing.push(kind);
        throw new Error("a listener that fails");
      });
      const rejecting: string[] = [];
      const stopRejecting = runtime.onEvent(async ({ kind }) => {
        rejecting.push(kind);
        throw new Error("a listener that rejects");
      });
      const { init } = await t.started(commands.exitWith(0));
      await endWithoutInput(init);
      await expect
        .poll(() => [failing, rejecting])
        .toEqual([
          ["created", "started", "exit"],
          ["created", "started", "exit"],
        ]);
      stopFailing();
      stopRejecting();
      await endWithoutInput((await t.started(commands.exitWith(0))).init);
      expect([failing.length, rejecting.length]).toEqual([3, 3]);
    });

    it("tell once that a container of a former daemon is gone", async () => {
      const t = trial();
      const { runtime, commands } = t;
      const { id, spec } = await t.specOf(commands.exitWith(0));
      await runtime.restore(id, spec);
      await runtime.restore(id, spec);
      await t.toldInOrder(id, ["exit init 4294967295"]);
      expect(t.eventsOf(id)).toMatchObject([{ exit: { error: { code: "Unavailable" } } }]);
      await runtime.create({ id, spec });
      await endWithoutInput(await runtime.start(id));
      await t.toldInOrder(id, ["exit init 4294967295", "created", "started", "exit init 0"]);
    });
  });
}
