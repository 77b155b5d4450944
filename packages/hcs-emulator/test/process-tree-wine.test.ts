import { copyFile } from "node:fs/promises";
import path from "node:path";
import { HcsNotification } from "@oriel/contracts";
import { guestProcesses, wineProgramFolder } from "@oriel/testkit";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseLayer, noContainer, startContainer, type TestContainer } from "./emulated-container.ts";

const { folder, base, remove } = await baseLayer();
afterAll(remove);
if (noContainer === undefined) {
  await copyFile(path.join((await wineProgramFolder()) ?? "", "start.exe"), path.join(base, "Files", "Windows", "System32", "start.exe"));
}

describe.skipIf(noContainer !== undefined)(`processes with children${noContainer ? ` (skipped: ${noContainer})` : ""}`, () => {
  let container: TestContainer;
  beforeEach(async () => {
    container = await startContainer({ folder, base });
  });
  afterEach(() => container.close());

  const count = async (name: string): Promise<number> =>
    (await guestProcesses(path.dirname(container.scratch))).filter(({ program }) => program === name).length;

  it("are ended with all that they started: their output ends, and other processes go on", async () => {
    const other = await container.start({ CommandLine: "cat.exe" });
    const tree = await container.start({ CommandLine: "cmd.exe /c cmd.exe /c cat.exe" });
    for (const process of [other, tree]) {
      process.write("reads");
      await process.seen(/reads/);
    }
    expect([await count("cmd.exe"), await count("cat.exe")]).toEqual([2, 2]);
    expect((await container.hcs.compute.HcsTerminateProcess(tree.handle)).hresult).toBe(0);
    expect(await tree.exited).toBe(0x40010004);
    await tree.ended;
    expect([await count("cmd.exe"), await count("cat.exe")]).toEqual([0, 1]);
  });

  it("are reported as ended when children live on; their output ends with the last of those that write to it", async () => {
    const parent = await container.start({ CommandLine: "cmd.exe /c start /b cat.exe& exit 6" });
    expect(await parent.exited).toBe(6);
    // The child has the parent's streams: what is written to it comes back by the parent's output.
    parent.write("still here");
    await parent.seen(/still here/);
    expect(await count("cat.exe")).toBe(1);
    const modify = { Operation: "CloseHandle", CloseHandle: { Handle: "StdIn" } };
    expect((await container.hcs.compute.HcsModifyProcess(parent.handle, JSON.stringify(modify))).hresult).toBe(0x80070490);
    parent.end();
    await parent.ended;
  });

  it.each([
    ["terminated", "HcsTerminateComputeSystem"],
    ["shut down", "HcsShutdownComputeSystem"],
  ] as const)("leave nothing behind when the system is %s", async (_, call) => {
    const processes = [
      await container.start({ CommandLine: "cmd.exe /c cmd.exe /c cat.exe" }),
      await container.start({ CommandLine: "cmd.exe /c ping.exe -n 600 127.0.0.1", EmulateConsole: true, ConsoleSize: [25, 80] }),
      await container.start({ CommandLine: "cmd.exe /c start /b cat.exe& echo started& ping.exe -n 600 127.0.0.1>nul" }),
    ] as const;
    processes[0].write("reads");
    await Promise.all([processes[0].seen(/reads/), processes[1].seen(/Pinging/), processes[2].seen(/started/)]);
    const { compute } = container.hcs;
    const exited = new Promise<void>((resolve) => {
      void compute.HcsRegisterComputeSystemCallback(
        container.system,
        (type) => void (type === HcsNotification.SystemExited && resolve()),
        0n,
      );
    });
    expect((await compute[call](container.system, "")).hresult).toBe(0xc0370103);
    await exited;
    expect(await guestProcesses(path.dirname(container.scratch))).toEqual([]);
    expect(await Promise.all(processes.map((process) => process.exited))).toEqual([0x40010004, 0x40010004, 0x40010004]);
    await Promise.all(processes.map((process) => process.ended));
  });
});
