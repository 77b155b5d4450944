import { type ContainerRuntime, type ProcessSpec, type RuntimeSpec, UnavailableError } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContractCommands } from "./compute-session.ts";
import { containerRuntimeEndpointsContract } from "./container-runtime-endpoints-contract.ts";
import { containerRuntimeEventsContract } from "./container-runtime-events-contract.ts";
import { answersInput, type ContainerRuntimeFixture, endWithoutInput, finish, RuntimeTrial } from "./container-runtime-trial.ts";
import { containerRuntimePauseContract, containerRuntimeUsageContract } from "./container-runtime-usage-contract.ts";
import type { ContractOptions } from "./raw-hcs-contract.ts";

export interface RuntimeContractOptions extends ContractOptions {
  /** A runtime in memory, whose host has no endpoints. */
  readonly isFake?: boolean;
  /** Why the fixture has no `prepareHyperV`; left out where it has one. */
  readonly noHyperV?: string | undefined;
  /** Command line of a program that the limit of memory ends with exit code 137; its case is left out where there is none. */
  readonly outOfMemory?: string | undefined;
}

/** What every container runtime does alike. The factory makes a fixture for each test. */
export function containerRuntimeContract(
  name: string,
  factory: () => Promise<ContainerRuntimeFixture>,
  options: RuntimeContractOptions = {},
): void {
  const title = `container runtime: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let trial: RuntimeTrial;
    let fixture: ContainerRuntimeFixture;
    let runtime: ContainerRuntime;
    let commands: ContractCommands;

    beforeEach(async () => {
      fixture = await factory();
      ({ runtime, commands } = fixture);
      trial = new RuntimeTrial(fixture);
    });

    afterEach(() => trial.end());

    const specOf = (commandLine: string) => trial.specOf(commandLine);
    const created = (commandLine: string) => trial.created(commandLine);
    const started = (commandLine: string) => trial.started(commandLine);
    const exec = (commandLine: string): ProcessSpec => ({ user: {}, cwd: "", commandLine });

    describe("the life of a container", () => {
      it("goes from created over running to stopped, and is forgotten when deleted", async () => {
        const { id, init } = await (async () => {
          const made = await created(commands.echoStdin);
          expect(runtime.status(made.id)).toBe("created");
          return { id: made.id, init: await runtime.start(made.id) };
        })();
        expect(runtime.status(id)).toBe("running");
        await endWithoutInput(init);
        expect(runtime.status(id)).toBe("stopped");
        await runtime.delete(id);
        expect(runtime.status(id)).toBeUndefined();
      });

      it("gives the output, the errors apart from it, and the exit code", async () => {
        const hello = await endWithoutInput((await started(commands.printHello)).init);
        expect(hello.out.trimEnd()).toBe("hello");
        expect(hello.err).toBe("");
        expect(hello.exit).toMatchObject({ exitCode: 0 });
        expect(hello.exit.error).toBeUndefined();
        expect(hello.exit.exitedAt).toBeInstanceOf(Date);
        const oops = await endWithoutInput((await started(commands.printOopsToStderr)).init);
        expect([oops.out, oops.err.trim()]).toEqual(["", "oops"]);
      });

      it.each([7, 256, 0x40010004])("keeps exit code %i", async (code) => {
        expect((await endWithoutInput((await started(commands.exitWith(code))).init)).exit.exitCode).toBe(code);
      });

      it("delivers the input and its end", async () => {
        const { init } = await started(commands.echoStdin);
        init.stdin.write("one\r\n");
        init.stdin.write("two\r\n");
        expect((await endWithoutInput(init)).out).toBe("one\r\ntwo\r\n");
      });

      it("closes the input of a process that has ended, twice, without an error", async () => {
        const { init } = await started(commands.exitWith(0));
        await init.exit;
        await init.closeStdin();
        await init.closeStdin();
        await finish(init);
      });

      it("names the first process init and gives its process id", async () => {
        const { init } = await started(commands.exitWith(0));
        expect(init.id).toBe("init");
        expect(init.pid).toBeGreaterThan(0);
        await endWithoutInput(init);
      });

      it("refuses an id in use", async () => {
        const { id, spec } = await created(commands.exitWith(0));
        await expect(runtime.create({ id, spec })).rejects.toMatchObject({ code: "AlreadyExists", resource: id });
        expect(runtime.status(id)).toBe("created");
      });

      it("makes the same id only once when it is asked for twice at once", async () => {
        const made = await specOf(commands.exitWith(0));
        const results = await Promise.allSettled([runtime.create(made), runtime.create(made)]);
        expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      });

      it("refuses a second start, while it runs and after it ended", async () => {
        const { id, init } = await started(commands.echoStdin);
        await expect(runtime.start(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
        await endWithoutInput(init);
        await expect(runtime.start(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
      });

      it("leaves nothing behind when the program does not exist; the id can be created again", async () => {
        const { id, spec } = await created(commands.missing);
        await expect(runtime.start(id)).rejects.toMatchObject({ code: "NotFound", message: expect.stringContaining(commands.missing) });
        expect(runtime.status(id)).toBeUndefined();
        await expect.poll(() => fixture.leftovers()).toEqual([]);
        await runtime.create({ id, spec: { ...spec, process: { user: {}, cwd: "C:\\", commandLine: commands.exitWith(3) } } });
        expect((await endWithoutInput(await runtime.start(id))).exit.exitCode).toBe(3);
      });

      it("can be created again after it was deleted", async () => {
        const { id, spec, init } = await started(commands.exitWith(0));
        await endWithoutInput(init);
        await runtime.delete(id);
        await runtime.create({ id, spec });
        expect((await endWithoutInput(await runtime.start(id))).exit.exitCode).toBe(0);
      });
    });

    describe("a caller's signal", () => {
      const reason = new UnavailableError("nobody wants it any more", { op: "test" });

      it("gives a creation up with its reason, and leaves nothing", async () => {
        const { id, spec } = await specOf(commands.echoStdin);
        await expect(runtime.create({ id, spec, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect(runtime.status(id)).toBeUndefined();
        await expect.poll(() => fixture.leftovers()).toEqual([]);
      });

      it("gives a start up with its reason, and leaves nothing; the id can be created again", async () => {
        const { id, spec } = await created(commands.echoStdin);
        await expect(runtime.start(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect(runtime.status(id)).toBeUndefined();
        await expect.poll(() => fixture.leftovers()).toEqual([]);
        await runtime.create({ id, spec });
        expect((await endWithoutInput(await runtime.start(id))).exit.exitCode).toBe(0);
      });

      it("gives an exec up with its reason, and the container goes on", async () => {
        const { id, init } = await started(commands.echoStdin);
        await expect(runtime.exec(id, "e1", exec(commands.runLong), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect(runtime.status(id)).toBe("running");
        const again = await runtime.exec(id, "e1", exec(commands.exitWith(3)));
        expect((await endWithoutInput(again)).exit.exitCode).toBe(3);
        await endWithoutInput(init);
      });

      it("that aborts later changes nothing", async () => {
        const control = new AbortController();
        const { id } = await created(commands.echoStdin);
        const init = await runtime.start(id, { signal: control.signal });
        control.abort(reason);
        expect((await endWithoutInput(init)).exit.exitCode).toBe(0);
      });
    });

    describe("a spec that cannot be served", () => {
      const process: ProcessSpec = { user: {}, cwd: "C:\\", args: ["x"] };
      it.each<[string, (spec: RuntimeSpec) => RuntimeSpec]>([
        ["without a process", ({ process: _process, ...spec }) => spec],
        ["without a command", (spec) => ({ ...spec, process: { user: {}, cwd: "C:\\" } })],
        ["without Windows", ({ windows: _windows, ...spec }) => ({ ...spec, process })],
        [
          "with one layer folder",
          (spec) => ({ ...spec, process, windows: { ...spec.windows, layerFolders: spec.windows?.layerFolders.slice(-1) ?? [] } }),
        ],
        ["with a root that is no volume", (spec) => ({ ...spec, process, root: { path: "C:\\somewhere" } })],
        ["with a read-only root", (spec) => ({ ...spec, process, root: { path: spec.root?.path ?? "", readonly: true } })],
        ["with a mount without source", (spec) => ({ ...spec, process, mounts: [{ destination: "C:\\x" }] })],
      ])("is refused %s, and leaves nothing behind", async (_title, change) => {
        const { id, spec } = await fixture.prepare();
        await expect(runtime.create({ id, spec: change(spec) })).rejects.toMatchObject({ code: "InvalidArgument" });
        expect(runtime.status(id)).toBeUndefined();
      });
    });

    describe("further processes", () => {
      it("run beside the first one, with an output and an exit code of their own", async () => {
        const { id, init } = await started(commands.echoStdin);
        const one = await runtime.exec(id, "e1", exec(commands.printHello));
        expect(one.id).toBe("e1");
        expect((await endWithoutInput(one)).out.trimEnd()).toBe("hello");
        const two = await runtime.exec(id, "e2", exec(commands.exitWith(9)));
        expect((await endWithoutInput(two)).exit.exitCode).toBe(9);
        expect(runtime.status(id)).toBe("running");
        await endWithoutInput(init);
      });

      it("refuse an exec id in use, and init", async () => {
        const { id, init } = await started(commands.echoStdin);
        const one = await runtime.exec(id, "e1", exec(commands.echoStdin));
        for (const taken of ["e1", "init"]) {
          await expect(runtime.exec(id, taken, exec(commands.printHello))).rejects.toMatchObject({ code: "AlreadyExists" });
        }
        await endWithoutInput(one);
        await endWithoutInput(init);
      });

      it("fail for a program that does not exist, and leave the container running", async () => {
        const { id, init } = await started(commands.echoStdin);
        await expect(runtime.exec(id, "e1", exec(commands.missing))).rejects.toMatchObject({ code: "NotFound" });
        const again = await runtime.exec(id, "e1", exec(commands.exitWith(0)));
        await endWithoutInput(again);
        await endWithoutInput(init);
      });

      it("are refused in a container that does not run, and in one that does not exist", async () => {
        const { id } = await created(commands.exitWith(0));
        await expect(runtime.exec(id, "e1", exec(commands.printHello))).rejects.toMatchObject({ code: "FailedPrecondition" });
        await expect(runtime.exec("no-such-container", "e1", exec(commands.printHello))).rejects.toMatchObject({ code: "NotFound" });
        await endWithoutInput(await runtime.start(id));
        await expect(runtime.exec(id, "e1", exec(commands.printHello))).rejects.toMatchObject({ code: "FailedPrecondition" });
      });

      it("end with the container, each before the first process is reported", async () => {
        const { id, init } = await started(commands.echoStdin);
        const order: string[] = [];
        const others = await Promise.all(["e1", "e2"].map((execId) => runtime.exec(id, execId, exec(commands.runLong))));
        const ends = others.map((other) => other.exit.then(() => order.push(other.id)));
        void init.exit.then(() => order.push("init"));
        await endWithoutInput(init);
        await Promise.all(ends);
        expect(order.at(-1)).toBe("init");
        expect(order.sort()).toEqual(["e1", "e2", "init"]);
        for (const other of others) await finish(other);
      });
    });

    describe("signals", () => {
      it("SIGKILL ends the container", async () => {
        const { id, init } = await started(commands.runLong);
        await runtime.signal(id, "init", "SIGKILL");
        const { exit } = await finish(init);
        expect(exit.exitCode).not.toBe(0);
        expect(exit.error).toBeUndefined();
        expect(runtime.status(id)).toBe("stopped");
      });

      it.each(["SIGTERM", "SIGINT", "SIGHUP"])("%s asks the container to end", async (signal) => {
        const { id, init } = await started(commands.runLong);
        await runtime.signal(id, "init", signal);
        await finish(init);
        expect(runtime.status(id)).toBe("stopped");
      });

      it("are no error for what has ended", async () => {
        const { id, init } = await started(commands.echoStdin);
        const other = await runtime.exec(id, "e1", exec(commands.exitWith(0)));
        await endWithoutInput(other);
        await runtime.signal(id, "e1", "SIGKILL");
        await endWithoutInput(init);
        await runtime.signal(id, "init", "SIGKILL");
        await runtime.signal(id, "init", "SIGTERM");
      });

      it("several at once are no error", async () => {
        const { id, init } = await started(commands.runLong);
        await Promise.all(["SIGTERM", "SIGKILL", "SIGKILL", "SIGTERM"].map((signal) => runtime.signal(id, "init", signal)));
        await finish(init);
      });

      it("of any kind end an exec'd process, and leave the container running", async () => {
        const { id, init } = await started(commands.echoStdin);
        const other = await runtime.exec(id, "e1", exec(commands.echoStdin));
        await answersInput(other);
        await runtime.signal(id, "e1", "SIGTERM");
        expect((await finish(other)).exit.exitCode).not.toBe(0);
        expect(runtime.status(id)).toBe("running");
        await endWithoutInput(init);
      });

      it("are NotFound for a container or process that does not exist", async () => {
        const { id, init } = await started(commands.echoStdin);
        await expect(runtime.signal("no-such-container", "init", "SIGKILL")).rejects.toMatchObject({ code: "NotFound" });
        await expect(runtime.signal(id, "no-such-exec", "SIGKILL")).rejects.toMatchObject({ code: "NotFound" });
        await endWithoutInput(init);
      });
    });

    describe("terminals", () => {
      it("cannot be resized where there is none", async () => {
        const { init } = await started(commands.echoStdin);
        await expect(init.resize({ height: 25, width: 80 })).rejects.toMatchObject({ code: "FailedPrecondition" });
        await endWithoutInput(init);
      });
    });

    describe("delete", () => {
      it("ends a running container first", async () => {
        const { id, init } = await started(commands.runLong);
        await runtime.delete(id);
        expect(runtime.status(id)).toBeUndefined();
        await finish(init);
      });

      it("ends a container that was created and never started", async () => {
        const { id } = await created(commands.runLong);
        await runtime.delete(id);
        expect(runtime.status(id)).toBeUndefined();
        await expect.poll(() => fixture.leftovers()).toEqual([]);
      });

      it("closes output that nobody read", async () => {
        const { id, init } = await started(commands.printHello);
        await init.exit;
        await runtime.delete(id);
      });

      it("is no error for an unknown id, nor a second time", async () => {
        await runtime.delete("no-such-container");
        const { id } = await created(commands.runLong);
        await Promise.all([runtime.delete(id), runtime.delete(id)]);
        await runtime.delete(id);
      });
    });

    describe("restore", () => {
      it("says that a container is gone, and why, when nothing of it is there", async () => {
        const { id, spec } = await fixture.prepare();
        const restored = await runtime.restore(id, spec);
        expect(restored).toMatchObject({ outcome: "gone", reason: expect.stringMatching(/\w+/) });
      });
    });

    if (options.isFake !== true) containerRuntimeEndpointsContract(() => trial);
    containerRuntimeUsageContract(() => trial);
    containerRuntimePauseContract(() => trial, options.noHyperV);
    containerRuntimeEventsContract(() => trial, options.outOfMemory);
  });
}
