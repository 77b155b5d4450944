import { HCS, HcsNotification, type HcsSystem, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { accepted, type ComputeSession, type RawComputeFixture, stdio } from "./compute-session.ts";

const notSupported = hresultFromWin32(WIN32.NOT_SUPPORTED);
const nothing = "0x0";

interface TestParts {
  readonly fixture: RawComputeFixture;
  readonly session: ComputeSession;
}

/** Which calls a compute system takes in which state. Part of the contract of the raw compute interface. */
export function stateCases(parts: () => TestParts, skipIsolated: boolean): void {
  const raw = () => parts().fixture.raw.compute;
  const createProcess = (system: HcsSystem) =>
    raw().HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: parts().fixture.commands.printHello }));

  describe("states", () => {
    it("takes nothing but reading and closing once it has ended", async () => {
      const { session } = parts();
      const { system, log } = await session.started();
      await raw().HcsTerminateComputeSystem(system, "");
      await log.next(HcsNotification.SystemExited);
      const modification = JSON.stringify({ ResourceType: "Network", Settings: nothing, RequestType: "Add" });
      const answers = [
        await raw().HcsStartComputeSystem(system, ""),
        await raw().HcsPauseComputeSystem(system, ""),
        await raw().HcsResumeComputeSystem(system, ""),
        await raw().HcsModifyComputeSystem(system, modification),
        await createProcess(system),
      ];
      expect(answers.map(({ hresult }) => hresult)).toEqual(answers.map(() => HCS.SYSTEM_ALREADY_STOPPED));
    });

    it("refuses to pause or resume what does not run", async () => {
      const { system } = await parts().session.created();
      expect((await raw().HcsPauseComputeSystem(system, "")).hresult).toBe(HCS.INVALID_STATE);
      expect((await raw().HcsResumeComputeSystem(system, "")).hresult).toBe(HCS.INVALID_STATE);
    });

    it("pauses only what is a virtual machine, and lets the others run", async () => {
      const { session } = parts();
      const { system, document, log } = await session.started();
      const isolated = document.HvPartition === true;
      const { hresult } = await raw().HcsPauseComputeSystem(system, "");
      expect(isolated ? accepted : [notSupported]).toContain(hresult);
      if (hresult === HCS.OPERATION_PENDING) await log.next(HcsNotification.SystemPauseCompleted);
      expect((await session.properties(system)).State).toBe(isolated ? "Paused" : "Running");
    });

    it("ends a system whose last handle is closed, where its document says so", async () => {
      const { fixture } = parts();
      const { id, document } = await fixture.prepare();
      const text = JSON.stringify({ ...document, TerminateOnLastHandleClosed: true });
      const made = await raw().HcsCreateComputeSystem(id, text, 0n);
      expect(accepted).toContain(made.hresult);
      const second = await raw().HcsOpenComputeSystem(id);
      await raw().HcsCloseComputeSystem(made.system);
      expect((await raw().HcsGetComputeSystemProperties(second.system, "{}")).hresult).toBe(0);
      await raw().HcsCloseComputeSystem(second.system);
      for (let left = true; left; ) {
        const again = await raw().HcsOpenComputeSystem(id);
        left = again.hresult === 0;
        if (!left) expect(again.hresult).toBe(HCS.SYSTEM_NOT_FOUND);
        else await raw().HcsCloseComputeSystem(again.system);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });

    it("keeps a system without handles, where its document does not say so", async () => {
      const { session } = parts();
      const { id, system } = await session.created();
      const first = await raw().HcsOpenComputeSystem(id);
      await raw().HcsCloseComputeSystem(system);
      await raw().HcsCloseComputeSystem(first.system);
      const again = await raw().HcsOpenComputeSystem(id);
      expect(again.hresult).toBe(0);
      session.keep(again.system);
    });
  });

  describe.skipIf(skipIsolated)("pausing a virtual machine", () => {
    async function paused() {
      const { session, fixture } = parts();
      const made = await session.started(fixture.prepareIsolated());
      const answer = await raw().HcsPauseComputeSystem(made.system, "");
      expect(accepted).toContain(answer.hresult);
      if (answer.hresult === HCS.OPERATION_PENDING) {
        expect((await made.log.next(HcsNotification.SystemPauseCompleted)).status).toBe(0);
      }
      return made;
    }

    it("says that it is paused, and takes no process, no pause and no shutdown meanwhile", async () => {
      const made = await paused();
      expect((await parts().session.properties(made.system)).State).toBe("Paused");
      expect(await createProcess(made.system)).toMatchObject({ hresult: HCS.INVALID_STATE, process: 0n });
      expect((await raw().HcsPauseComputeSystem(made.system, "")).hresult).toBe(HCS.INVALID_STATE);
      expect((await raw().HcsShutdownComputeSystem(made.system, "")).hresult).toBe(HCS.INVALID_STATE);
    });

    it("goes on when it is resumed", async () => {
      const { session, fixture } = parts();
      const made = await paused();
      const answer = await raw().HcsResumeComputeSystem(made.system, "");
      expect(accepted).toContain(answer.hresult);
      if (answer.hresult === HCS.OPERATION_PENDING) {
        expect((await made.log.next(HcsNotification.SystemResumeCompleted)).status).toBe(0);
      }
      expect((await session.properties(made.system)).State).toBe("Running");
      const { out } = await session.finish(await session.run(made.system, fixture.commands.printHello));
      expect(out.trimEnd()).toBe("hello");
    });

    it("can be terminated while it is paused, with its processes", async () => {
      const { session, fixture } = parts();
      const { system, log } = await session.started(fixture.prepareIsolated());
      const running = await session.run(system, fixture.commands.runLong);
      const answer = await raw().HcsPauseComputeSystem(system, "");
      if (answer.hresult === HCS.OPERATION_PENDING) await log.next(HcsNotification.SystemPauseCompleted);
      expect(accepted).toContain((await raw().HcsTerminateComputeSystem(system, "")).hresult);
      await log.next(HcsNotification.SystemExited);
      expect((await session.finish(running)).status.Exited).toBe(true);
    });
  });
}

/** What a running system says of itself. Part of the same contract; the system is as it was after each. */
export function runningCases(parts: () => TestParts & { readonly system: HcsSystem }): void {
  it("refuses to resume what runs", async () => {
    const { fixture, system } = parts();
    expect((await fixture.raw.compute.HcsResumeComputeSystem(system, "")).hresult).toBe(HCS.INVALID_STATE);
  });

  it("counts what a system has used, and names its processes", async () => {
    const { session, fixture, system } = parts();
    const running = await session.run(system, fixture.commands.runLong);
    const { Statistics, ProcessList } = await session.properties<UsageProperties>(system, "Statistics", "ProcessList");
    const { Memory, Processor, Storage } = Statistics;
    const counts = { ...Memory, ...Processor, ...Storage, Uptime100ns: Statistics.Uptime100ns };
    expect(Object.keys(counts)).toHaveLength(11);
    for (const [name, count] of Object.entries(counts)) expect(Number.isInteger(count) && count >= 0, `${name} is ${count}`).toBe(true);
    expect(Processor.TotalRuntime100ns).toBe((Processor.RuntimeUser100ns ?? 0) + (Processor.RuntimeKernel100ns ?? 0));
    expect(Date.parse(Statistics.ContainerStartTime) <= Date.parse(Statistics.Timestamp)).toBe(true);
    const own = ProcessList.filter(({ ProcessId }) => ProcessId === running.pid);
    expect(own).toHaveLength(1);
    expect(own[0]?.ImageName).toMatch(/\S/);
    expect(Number.isNaN(Date.parse(own[0]?.CreateTimestamp ?? ""))).toBe(false);
    await fixture.raw.compute.HcsTerminateProcess(running.process);
    await session.finish(running);
  });
}

interface UsageProperties {
  readonly State: string;
  readonly Statistics: {
    readonly Timestamp: string;
    readonly ContainerStartTime: string;
    readonly Uptime100ns: number;
    readonly Memory: Readonly<Record<string, number>>;
    readonly Processor: Readonly<Record<string, number>>;
    readonly Storage: Readonly<Record<string, number>>;
  };
  readonly ProcessList: readonly { readonly ProcessId: number; readonly ImageName: string; readonly CreateTimestamp: string }[];
}
