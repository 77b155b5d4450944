import { text } from "node:stream/consumers";
import {
  goneHresults,
  HCS,
  HcsNotification,
  type HcsProcess,
  type HcsSystem,
  hresultFailed,
  hresultFromWin32,
  type RawHcs,
  S_OK,
  WIN32,
} from "@oriel/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accepted, ComputeSession, NotificationLog, type RawComputeFixture, type RunningProcess, stdio } from "./compute-session.ts";
import { runningCases, stateCases } from "./raw-states-contract.ts";

export interface ContractOptions {
  /** Why the suite cannot run here; shown as its title. */
  readonly skip?: string | undefined;
}

export interface ComputeContractOptions extends ContractOptions {
  /** Why there is no Hyper-V isolation here; its cases are left out. */
  readonly skipIsolated?: string | undefined;
}

const invalidHandle = hresultFromWin32(WIN32.INVALID_HANDLE);
const notFound = hresultFromWin32(WIN32.NOT_FOUND);
/** What an operation on a process that has ended may answer. */
const processGone = [...goneHresults, HCS.INVALID_STATE];

/**
 * What every provider of the raw compute interface does alike: the fake, the emulator, a test DLL, and Windows itself.
 * The factory makes a fixture for each test; those that leave a system as it was have one system among them, as most of
 * the time goes into its start.
 */
export function rawComputeContract(name: string, factory: () => Promise<RawComputeFixture>, options: ComputeContractOptions = {}): void {
  const title = `raw compute interface: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: RawComputeFixture;
    let raw: RawHcs["compute"];
    let session: ComputeSession;

    async function begin() {
      fixture = await factory();
      raw = fixture.raw.compute;
      session = new ComputeSession(fixture);
    }

    async function end() {
      await session.end();
      await fixture.dispose();
    }

    const created = () => session.created();
    const started = () => session.started();
    const run: ComputeSession["run"] = (system, commandLine, more) => session.run(system, commandLine, more);
    const finish = (running: RunningProcess) => session.finish(running);
    const statusOf = (process: HcsProcess) => session.statusOf(process);

    describe("compute systems", () => {
      beforeEach(begin);
      afterEach(end);

      it("creates, starts and shuts down a system, notifying each step once and the end last", async () => {
        const { system, log } = await started();
        const answer = await raw.HcsShutdownComputeSystem(system, "");
        expect(accepted).toContain(answer.hresult);
        expect((await log.next(HcsNotification.SystemExited)).status).toBe(S_OK);
        expect(new Set(log.types()).size).toBe(log.types().length);
        expect(log.types().at(-1)).toBe(HcsNotification.SystemExited);
      });

      it("hands the context of the registration to every callback", async () => {
        const { system, log } = await started();
        await raw.HcsTerminateComputeSystem(system, "");
        await log.next(HcsNotification.SystemExited);
        expect(new Set(log.received.map((notice) => notice.context))).toEqual(new Set([77n]));
      });

      it("returns the basic properties right after create", async () => {
        const { id, system } = await created();
        const answer = await raw.HcsGetComputeSystemProperties(system, "{}");
        expect(answer.hresult).toBe(S_OK);
        expect(JSON.parse(answer.properties ?? "")).toMatchObject({ Id: id, State: "Created", SystemType: "Container" });
      });

      it("lists a system, by its id and owner too, until it has ended", async () => {
        const { id, system, log } = await created();
        const ids = async (query: unknown) => {
          const answer = await raw.HcsEnumerateComputeSystems(JSON.stringify(query));
          expect(answer.hresult).toBe(S_OK);
          return (JSON.parse(answer.computeSystems ?? "") as { Id: string }[]).map((entry) => entry.Id);
        };
        expect(await ids({})).toContain(id);
        expect(await ids({ Ids: [id] })).toEqual([id]);
        expect(await ids({ Ids: [id], Owners: ["somebody-else"] })).toEqual([]);
        await raw.HcsTerminateComputeSystem(system, "");
        await log.next(HcsNotification.SystemExited);
        expect(await ids({ Ids: [id] })).toEqual([]);
      });

      it("refuses a second system of the same id, and leaves the first alone", async () => {
        const { id, document, system } = await created();
        const answer = await raw.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
        expect(answer).toMatchObject({ hresult: HCS.SYSTEM_ALREADY_EXISTS, system: 0n });
        expect((await raw.HcsGetComputeSystemProperties(system, "{}")).hresult).toBe(S_OK);
      });

      it("says 'already stopped' to a second termination and to a shutdown after the end", async () => {
        const { system, log } = await started();
        expect(accepted).toContain((await raw.HcsTerminateComputeSystem(system, "")).hresult);
        await log.next(HcsNotification.SystemExited);
        expect((await raw.HcsTerminateComputeSystem(system, "")).hresult).toBe(HCS.SYSTEM_ALREADY_STOPPED);
        expect((await raw.HcsShutdownComputeSystem(system, "")).hresult).toBe(HCS.SYSTEM_ALREADY_STOPPED);
      });

      it("refuses a process in a system that has ended", async () => {
        const { system, log } = await started();
        await raw.HcsTerminateComputeSystem(system, "");
        await log.next(HcsNotification.SystemExited);
        const answer = await raw.HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: fixture.commands.printHello }));
        expect(answer).toMatchObject({ hresult: HCS.SYSTEM_ALREADY_STOPPED, process: 0n });
      });

      it("ends a system that was never started", async () => {
        const { system, log } = await created();
        expect(accepted).toContain((await raw.HcsTerminateComputeSystem(system, "")).hresult);
        expect((await log.next(HcsNotification.SystemExited)).status).toBe(S_OK);
      });

      it("frees the id when the system has ended", async () => {
        const first = await started();
        await raw.HcsTerminateComputeSystem(first.system, "");
        await first.log.next(HcsNotification.SystemExited);
        const again = await raw.HcsCreateComputeSystem(first.id, JSON.stringify(first.document), 0n);
        expect(accepted).toContain(again.hresult);
        session.keep(again.system);
      });

      it("lets a second handle live on when the first is closed, and notifies it", async () => {
        const { id, system } = await started();
        const second = await raw.HcsOpenComputeSystem(id);
        expect(second.hresult).toBe(S_OK);
        expect(second.system).not.toBe(system);
        const log = new NotificationLog();
        await raw.HcsRegisterComputeSystemCallback(second.system, log.callback, 2n);
        expect((await raw.HcsCloseComputeSystem(second.system)).hresult).toBe(S_OK);
        expect((await raw.HcsGetComputeSystemProperties(system, "{}")).hresult).toBe(S_OK);

        const third = await raw.HcsOpenComputeSystem(id);
        const thirdLog = new NotificationLog();
        await raw.HcsRegisterComputeSystemCallback(third.system, thirdLog.callback, 3n);
        await raw.HcsTerminateComputeSystem(system, "");
        expect((await thirdLog.next(HcsNotification.SystemExited)).context).toBe(3n);
        expect((await raw.HcsCloseComputeSystem(third.system)).hresult).toBe(S_OK);
      });

      it("returns 'invalid handle' to a handle that was closed", async () => {
        const { id, system } = await created();
        const second = await raw.HcsOpenComputeSystem(id);
        expect((await raw.HcsCloseComputeSystem(second.system)).hresult).toBe(S_OK);
        expect((await raw.HcsCloseComputeSystem(second.system)).hresult).toBe(invalidHandle);
        expect((await raw.HcsStartComputeSystem(second.system, "")).hresult).toBe(invalidHandle);
        expect((await raw.HcsGetComputeSystemProperties(system, "{}")).hresult).toBe(S_OK);
      });
    });

    describe("notifications", () => {
      beforeEach(begin);
      afterEach(end);

      it("delivers on registration what happened before", async () => {
        const { id, document } = await fixture.prepare();
        const made = await raw.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
        const watcher = await raw.HcsOpenComputeSystem(id);
        const ended = new NotificationLog();
        await raw.HcsRegisterComputeSystemCallback(watcher.system, ended.callback, 1n);
        await raw.HcsTerminateComputeSystem(made.system, "");
        await ended.next(HcsNotification.SystemExited);

        const late = new NotificationLog();
        await raw.HcsRegisterComputeSystemCallback(made.system, late.callback, 9n);
        expect(await late.next(HcsNotification.SystemExited)).toMatchObject({ context: 9n, status: S_OK });
        await raw.HcsCloseComputeSystem(watcher.system);
        await raw.HcsCloseComputeSystem(made.system);
      });

      it("calls back no more once unregistering has answered", async () => {
        const { id, system, log, callback } = await started();
        const watcher = await raw.HcsOpenComputeSystem(id);
        const other = new NotificationLog();
        await raw.HcsRegisterComputeSystemCallback(watcher.system, other.callback, 1n);
        expect((await raw.HcsUnregisterComputeSystemCallback(callback)).hresult).toBe(S_OK);
        await raw.HcsTerminateComputeSystem(system, "");
        await other.next(HcsNotification.SystemExited);
        expect(log.types()).not.toContain(HcsNotification.SystemExited);
        await raw.HcsCloseComputeSystem(watcher.system);
      });
    });

    describe("states", () => {
      beforeEach(begin);
      afterEach(end);

      it("refuses a process in a system that is not started", async () => {
        const { system } = await created();
        const answer = await raw.HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: fixture.commands.printHello }));
        expect(answer).toMatchObject({ hresult: HCS.INVALID_STATE, process: 0n });
      });

      it("ends every process with its system, each before the system's own end", async () => {
        const { system, log } = await started();
        const all = await Promise.all([run(system, fixture.commands.runLong), run(system, fixture.commands.echoStdin)]);
        await raw.HcsTerminateComputeSystem(system, "");
        await log.next(HcsNotification.SystemExited);
        for (const running of all) {
          expect(running.log.types()).toEqual([HcsNotification.ProcessExited]);
          expect((await finish(running)).status.Exited).toBe(true);
        }
      });

      stateCases(() => ({ fixture, session }), options.skipIsolated !== undefined);
    });

    describe("a running system and its processes", () => {
      let id: string;
      let system: HcsSystem;

      beforeAll(async () => {
        await begin();
        ({ id, system } = await session.started());
      });
      afterAll(end);

      it("refuses to open a system that does not exist", async () => {
        const answer = await raw.HcsOpenComputeSystem("no-such-system");
        expect(answer).toMatchObject({ hresult: HCS.SYSTEM_NOT_FOUND, system: 0n });
      });

      it.each(["", "not json", "[]", '"text"', '{"SystemType":'])("refuses %j as a container document", async (document) => {
        const prepared = await fixture.prepare();
        const answer = await raw.HcsCreateComputeSystem(prepared.id, document, 0n);
        expect(answer).toMatchObject({ hresult: HCS.INVALID_JSON, system: 0n });
        expect((await raw.HcsOpenComputeSystem(prepared.id)).hresult).toBe(HCS.SYSTEM_NOT_FOUND);
      });

      it("says that a started system runs, and lists its processes when asked", async () => {
        const running = await run(system, fixture.commands.runLong);
        const answer = await raw.HcsGetComputeSystemProperties(system, JSON.stringify({ PropertyTypes: ["ProcessList"] }));
        const properties = JSON.parse(answer.properties ?? "") as { State: string; ProcessList: { ProcessId: number }[] };
        expect(properties.State).toBe("Running");
        expect(properties.ProcessList.map((entry) => entry.ProcessId)).toContain(running.pid);
        await raw.HcsTerminateProcess(running.process);
        await finish(running);
      });

      it("refuses to start a system twice", async () => {
        expect((await raw.HcsStartComputeSystem(system, "")).hresult).toBe(HCS.INVALID_STATE);
      });

      it("delivers the exit of a process to a callback registered after it", async () => {
        const answer = await raw.HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: fixture.commands.exitWith(3) }));
        const { win32 } = fixture.raw;
        const output = await Promise.all([
          text(win32.openPipeReader(answer.information.stdOutput)),
          text(win32.openPipeReader(answer.information.stdError)),
        ]);
        expect(output).toEqual(["", ""]);
        await win32.CloseHandle(answer.information.stdInput);
        while (!(await statusOf(answer.process)).Exited) await new Promise((resolve) => setTimeout(resolve, 5));
        const log = new NotificationLog();
        await raw.HcsRegisterProcessCallback(answer.process, log.callback, 6n);
        expect((await log.next(HcsNotification.ProcessExited)).context).toBe(6n);
        await raw.HcsCloseProcess(answer.process);
      });

      runningCases(() => ({ fixture, session, system }));

      it("refuses a process document that is no JSON", async () => {
        expect(await raw.HcsCreateProcess(system, "{")).toMatchObject({ hresult: HCS.INVALID_JSON, process: 0n });
      });

      it("returns 'file not found', and no pipes, for a program that does not exist", async () => {
        const answer = await raw.HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: fixture.commands.missing }));
        expect(answer).toMatchObject({ hresult: hresultFromWin32(WIN32.FILE_NOT_FOUND), process: 0n });
        const { stdInput, stdOutput, stdError } = answer.information;
        expect([stdInput, stdOutput, stdError]).toEqual([0n, 0n, 0n]);
      });

      it("runs a program: output, end of output, exit code 0", async () => {
        const { out, err, status } = await finish(await run(system, fixture.commands.printHello));
        expect(out.trimEnd()).toBe("hello");
        expect(err).toBe("");
        expect(status).toMatchObject({ Exited: true, ExitCode: 0, LastWaitResult: 0 });
      });

      it("keeps stderr apart from stdout", async () => {
        const { out, err } = await finish(await run(system, fixture.commands.printOopsToStderr));
        expect(out).toBe("");
        expect(err.trim()).toBe("oops");
      });

      it.each([1, 7, 255, 256, 1000, 0x40010004])("returns exit code %i", async (code) => {
        const { status } = await finish(await run(system, fixture.commands.exitWith(code)));
        expect(status).toMatchObject({ Exited: true, ExitCode: code });
      });

      it("makes only the pipes that were asked for", async () => {
        const running = await run(system, fixture.commands.printHello, { CreateStdInPipe: false, CreateStdErrPipe: false });
        expect(running.stdin).toBeUndefined();
        expect(running.stderr).toBeUndefined();
        expect((await finish(running)).out.trimEnd()).toBe("hello");
      });

      it("gives input to the program and, closed by both its end and CloseHandle, the end of file", async () => {
        const running = await run(system, fixture.commands.echoStdin);
        running.stdin?.end("line one\r\nline two\r\n");
        const close = JSON.stringify({ Operation: "CloseHandle", CloseHandle: { Handle: "StdIn" } });
        await new Promise((resolve) => running.stdin?.once("close", resolve));
        const { hresult } = await raw.HcsModifyProcess(running.process, close);
        expect([S_OK, ...processGone]).toContain(hresult);
        const { out, status } = await finish(running);
        expect(out).toBe("line one\r\nline two\r\n");
        expect(status.ExitCode).toBe(0);
      });

      it("passes 1 MiB through a program that echoes its input, without loss", async () => {
        const running = await run(system, fixture.commands.echoStdin);
        const lines = Array.from({ length: 16_384 }, (_, index) => `${String(index).padStart(62, ".")}\r\n`).join("");
        running.stdin?.end(lines);
        const { out } = await finish(running);
        expect(out.length).toBe(lines.length);
        expect(out === lines).toBe(true);
      });

      it("runs several processes at once", async () => {
        const all = await Promise.all([1, 2, 3].map((code) => run(system, fixture.commands.exitWith(code))));
        const codes = await Promise.all(all.map(async (running) => (await finish(running)).status.ExitCode));
        expect(codes).toEqual([1, 2, 3]);
        expect(new Set(all.map((running) => running.pid)).size).toBe(3);
      });

      it("says of a running process that it has not exited, and ends it on request", async () => {
        const running = await run(system, fixture.commands.runLong);
        expect((await statusOf(running.process)).Exited).toBe(false);
        expect((await raw.HcsTerminateProcess(running.process)).hresult).toBe(S_OK);
        const { status } = await finish(running);
        expect(status.Exited).toBe(true);
        expect(status.ExitCode).not.toBe(0);
      });

      it("returns that it is gone to whoever terminates a process that has exited", async () => {
        const running = await run(system, fixture.commands.exitWith(0));
        await running.log.next(HcsNotification.ProcessExited);
        expect(processGone).toContain((await raw.HcsTerminateProcess(running.process)).hresult);
        await finish(running);
      });

      it("refuses to open a process id that is not there", async () => {
        expect(await raw.HcsOpenProcess(system, 0x7ffffff0)).toMatchObject({ hresult: notFound, process: 0n });
      });

      it("opens a running process a second time; closing one handle leaves the other", async () => {
        const running = await run(system, fixture.commands.runLong);
        const second = await raw.HcsOpenProcess(system, running.pid);
        expect(second.hresult).toBe(S_OK);
        expect((await statusOf(second.process)).ProcessId).toBe(running.pid);
        expect((await raw.HcsTerminateProcess(second.process)).hresult).toBe(S_OK);
        expect((await raw.HcsCloseProcess(second.process)).hresult).toBe(S_OK);
        expect((await raw.HcsCloseProcess(second.process)).hresult).toBe(invalidHandle);
        expect((await finish(running)).status.Exited).toBe(true);
      });

      it("ends a process through a second handle of its system, and notifies the first", async () => {
        const running = await run(system, fixture.commands.runLong);
        const other = await raw.HcsOpenComputeSystem(id);
        const second = await raw.HcsOpenProcess(other.system, running.pid);
        expect(second.hresult).toBe(S_OK);
        expect((await raw.HcsTerminateProcess(second.process)).hresult).toBe(S_OK);
        expect((await raw.HcsCloseProcess(second.process)).hresult).toBe(S_OK);
        expect((await raw.HcsCloseComputeSystem(other.system)).hresult).toBe(S_OK);
        expect((await running.log.next(HcsNotification.ProcessExited)).context).toBe(5n);
        expect((await finish(running)).status.Exited).toBe(true);
      });

      it("refuses settings that are no JSON", async () => {
        const running = await run(system, fixture.commands.runLong);
        expect(hresultFailed((await raw.HcsModifyProcess(running.process, "{")).hresult)).toBe(true);
        await raw.HcsTerminateProcess(running.process);
        await finish(running);
      });
    });
  });
}
