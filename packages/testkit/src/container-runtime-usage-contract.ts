import { describe, expect, it } from "vitest";
import { endWithoutInput, finish, type RuntimeTrial } from "./container-runtime-trial.ts";

/** What a runtime says of a container that runs, and what it cannot do for one. */
export function containerRuntimeUsageContract(trial: () => RuntimeTrial): void {
  describe("what a container uses", () => {
    it("is told in numbers that are there, while it runs", async () => {
      const t = trial();
      const { id, init } = await t.started(t.commands.echoStdin);
      const stats = await t.runtime.stats(id);
      expect(stats.readAt).toBeInstanceOf(Date);
      const numbers = [stats.uptime100ns, stats.memory, stats.processor, stats.storage].flatMap((part) =>
        typeof part === "number" ? [part] : Object.values(part),
      );
      for (const number of numbers) expect(Number.isInteger(number) && number >= 0).toBe(true);
      expect(numbers.length).toBe(11);
      expect(Array.isArray(stats.networks)).toBe(true);
      await endWithoutInput(init);
    });

    it("is told by process, by the runtime's names where they are its own, and the oldest first", async () => {
      const t = trial();
      const { id, init } = await t.started(t.commands.echoStdin);
      const exec = await t.exec(id, "e1", t.commands.echoStdin);
      const ours = (await t.runtime.processes(id)).filter(({ processId }) => processId !== undefined);
      expect(ours).toMatchObject([
        { pid: init.pid, processId: "init" },
        { pid: exec.pid, processId: "e1" },
      ]);
      await endWithoutInput(exec);
      const left = (await t.runtime.processes(id)).map(({ processId }) => processId);
      expect(left.includes("init") && !left.includes("e1")).toBe(true);
      await endWithoutInput(init);
    });

    it("is refused for one that does not run, and for one that does not exist", async () => {
      const t = trial();
      const { id } = await t.created(t.commands.exitWith(0));
      const ask = (of: string) => [t.runtime.stats(of), t.runtime.processes(of)];
      for (const asked of ask(id)) await expect(asked).rejects.toMatchObject({ code: "FailedPrecondition" });
      await endWithoutInput(await t.runtime.start(id));
      for (const asked of ask(id)) await expect(asked).rejects.toMatchObject({ code: "FailedPrecondition" });
      for (const asked of ask("no-such-container")) await expect(asked).rejects.toMatchObject({ code: "NotFound" });
    });

    it("cannot be limited anew, which is said in so many words; of one that does not exist it is NotFound", async () => {
      const t = trial();
      const { id, init } = await t.started(t.commands.echoStdin);
      const limits = { memory: { limit: 1 } };
      await expect(t.runtime.update(id, limits)).rejects.toMatchObject({ code: "Unimplemented", resource: id });
      await expect(t.runtime.update("no-such-container", limits)).rejects.toMatchObject({ code: "NotFound" });
      await endWithoutInput(init);
    });
  });
}

/** @param noHyperV Why the fixture cannot make a container with Hyper-V isolation; undefined where it can. */
export function containerRuntimePauseContract(trial: () => RuntimeTrial, noHyperV: string | undefined): void {
  describe("pausing", () => {
    it("is refused for process isolation, and leaves the container running", async () => {
      const t = trial();
      const { id, init } = await t.started(t.commands.echoStdin);
      await expect(t.runtime.pause(id)).rejects.toMatchObject({ code: "FailedPrecondition", resource: id });
      await expect(t.runtime.resume(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      expect(t.runtime.status(id)).toBe("running");
      await endWithoutInput(init);
    });

    it("is refused for what does not run, and NotFound for what does not exist", async () => {
      const t = trial();
      const made = t.fixture.prepareHyperV?.() ?? t.fixture.prepare();
      const { id } = await t.created(t.commands.exitWith(0), made);
      await expect(t.runtime.pause(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      await endWithoutInput(await t.runtime.start(id));
      await expect(t.runtime.pause(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      await expect(t.runtime.resume(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      await expect(t.runtime.pause("no-such-container")).rejects.toMatchObject({ code: "NotFound" });
      await expect(t.runtime.resume("no-such-container")).rejects.toMatchObject({ code: "NotFound" });
    });
  });

  describe.skipIf(noHyperV !== undefined)(`pausing a virtual machine${noHyperV === undefined ? "" : ` (skipped: ${noHyperV})`}`, () => {
    function started(t: RuntimeTrial, commandLine: string) {
      const { prepareHyperV } = t.fixture;
      if (prepareHyperV === undefined) throw new Error("the fixture has no prepareHyperV: say why in noHyperV");
      return t.started(commandLine, prepareHyperV());
    }

    it("holds it, and its processes go on when it is resumed", async () => {
      const t = trial();
      const { id, init } = await started(t, t.commands.echoStdin);
      await t.runtime.pause(id);
      expect(t.runtime.status(id)).toBe("paused");
      await expect(t.runtime.pause(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      await expect(t.exec(id, "e1", t.commands.printHello)).rejects.toMatchObject({ code: "FailedPrecondition" });
      init.stdin.write("one\r\n");
      await t.runtime.resume(id);
      expect(t.runtime.status(id)).toBe("running");
      await expect(t.runtime.resume(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      const exec = await t.exec(id, "e1", t.commands.printHello);
      expect((await endWithoutInput(exec)).out.trimEnd()).toBe("hello");
      expect((await endWithoutInput(init)).out).toBe("one\r\n");
      await t.toldInOrder(id, [
        ...["created", "started", "paused", "resumed", "exec-added e1", "exec-started e1"],
        ...["exit e1 0", "exit init 0"],
      ]);
    });

    it("can be done again and again, by one caller at a time", async () => {
      const t = trial();
      const { id, init } = await started(t, t.commands.echoStdin);
      for (let round = 0; round < 3; round++) {
        const results = await Promise.allSettled([t.runtime.pause(id), t.runtime.pause(id)]);
        expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        await t.runtime.resume(id);
      }
      await endWithoutInput(init);
      const turns = ["paused", "resumed", "paused", "resumed", "paused", "resumed"];
      await t.toldInOrder(id, ["created", "started", ...turns, "exit init 0"]);
    });

    it("leaves the numbers and processes of a container to be seen, and SIGKILL its effect", async () => {
      const t = trial();
      const { id, init } = await started(t, t.commands.runLong);
      await t.runtime.pause(id);
      expect((await t.runtime.stats(id)).readAt).toBeInstanceOf(Date);
      expect((await t.runtime.processes(id)).map(({ pid }) => pid)).toContain(init.pid);
      await t.runtime.signal(id, "init", "SIGKILL");
      const { exit } = await finish(init);
      expect(t.runtime.status(id)).toBe("stopped");
      await t.toldInOrder(id, ["created", "started", "paused", `exit init ${exit.exitCode}`]);
    });

    it("does not keep a container from being deleted", async () => {
      const t = trial();
      const { id, init } = await started(t, t.commands.runLong);
      await t.runtime.pause(id);
      const ended = finish(init);
      await t.runtime.delete(id);
      const { exit } = await ended;
      await t.toldInOrder(id, ["created", "started", "paused", `exit init ${exit.exitCode}`]);
    });
  });
}
