import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { HCS, HcsNotification, type HcsProcess } from "@oriel/contracts";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { findWine } from "../src/index.ts";
import { createContainerGroups } from "../src/limits/container-groups.ts";
import { baseLayer, noContainer, startContainer, type TestContainer } from "./emulated-container.ts";

const run = promisify(execFile);
const shared = await baseLayer();
if (noContainer === undefined)
  await copyFile(new URL("./fixtures/eat.exe", import.meta.url), path.join(shared.base, "Files", "Windows", "System32", "eat.exe"));
afterAll(() => shared.remove());

const support = await createContainerGroups({ root: "/" }).support();
// What Wine tells a program of one that it has started and a signal has ended: Wine 8 says 0, Wine 10 says 1, which is no success either.
const wineTellsSuccess = Number(/^wine-(\d+)/.exec((await findWine())?.version ?? "")?.[1] ?? 0) < 10;
const noLimits = support.kind === "none" ? ` (skipped: the host keeps no limits: ${support.why})` : "";

const hostProcesses = (container: TestContainer) => guestProcesses(path.dirname(container.scratch));

async function hostProcess(container: TestContainer, name: string): Promise<number> {
  const found = (await hostProcesses(container)).find((each) => each.name.startsWith(name) || each.program === name);
  if (found === undefined) throw new Error(`the container has no process ${name}`);
  return found.pid;
}

const skipped = noContainer === undefined ? "" : ` (skipped: ${noContainer})`;
describe.skipIf(noContainer !== undefined)(`the end of what did not end by itself${skipped}`, () => {
  let container: TestContainer;
  afterEach(() => container.close());

  it("has the exit code 128 and the signal: a program that a signal of the host ended", async () => {
    container = await startContainer(shared);
    for (const [signal, code] of [
      ["SIGKILL", 137],
      ["SIGTERM", 143],
    ] as const) {
      const ping = await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
      process.kill(await hostProcess(container, "ping.exe"), signal);
      expect(await ping.exited).toBe(code);
    }
    // What nobody has ended goes on as it was, with codes of its own.
    const [zero, seven] = [
      await container.start({ CommandLine: "cmd.exe /c exit 0" }),
      await container.start({ CommandLine: "cmd.exe /c exit 7" }),
    ];
    expect([await zero.exited, await seven.exited]).toEqual([0, 7]);
  });

  it("is not that of the program beside it which a signal ended", async () => {
    container = await startContainer(shared);
    const ping = await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const cat = await container.start({ CommandLine: "cat.exe" });
    process.kill(await hostProcess(container, "ping.exe"), "SIGKILL");
    expect(await ping.exited).toBe(137);
    cat.end();
    expect(await cat.exited).toBe(0);
  });

  describe.skipIf(noLimits !== "")(`at the limit of memory${noLimits}`, () => {
    const statusOf = async (handle: HcsProcess) => {
      const { processProperties } = await container.hcs.compute.HcsGetProcessProperties(handle);
      return JSON.parse(processProperties ?? "{}") as Record<string, unknown>;
    };

    it("has exit code 137 and says so: of a program, an exit code other than 0 of one that has only started it, and none of one beside them", async () => {
      container = await startContainer({ ...shared, document: { MemoryMaximumInMB: 150 } });
      const cat = await container.start({ CommandLine: "cat.exe" });
      const eat = await container.start({ CommandLine: "eat.exe" });
      expect(await eat.exited).toBe(137);
      expect(await statusOf(eat.handle)).toMatchObject({ ExitCode: 137, OutOfMemory: true });
      cat.end();
      expect(await cat.exited).toBe(0);
      expect(await statusOf(cat.handle)).not.toHaveProperty("OutOfMemory");
      const parent = await container.start({ CommandLine: "cmd.exe /c eat.exe" });
      const code = wineTellsSuccess ? 137 : 1;
      expect(await parent.exited).toBe(code);
      expect(await statusOf(parent.handle)).toMatchObject({ ExitCode: code, OutOfMemory: true });
    });
  });

  it.each(["wineserver", "agent.exe", "reaper", "bwrap"])(
    "is noticed, and nothing is left: the whole container's, whose %s was ended",
    async (name) => {
      container = await startContainer(shared);
      const { hcs, system } = container;
      const ended = new Promise<number>((resolve) => {
        const callback = (type: number, _context: bigint, status: number) =>
          void (type === HcsNotification.SystemExited && resolve(status >>> 0));
        void hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n);
      });
      const ping = await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
      process.kill(await hostProcess(container, name), "SIGKILL");
      expect(await ended).toBe(HCS.UNEXPECTED_EXIT);
      expect(await ping.exited).not.toBe(0);
      expect((await hcs.compute.HcsCreateProcess(system, JSON.stringify({ CommandLine: "cmd.exe" }))).hresult).toBe(
        HCS.SYSTEM_ALREADY_STOPPED,
      );
      // The kernel takes a moment for what it has ended.
      while ((await hostProcesses(container)).length > 0) await pause(20);
    },
  );

  it("comes at once when a program writes into the agent's pipe: what it says is not believed, and nobody else is disturbed", async () => {
    container = await startContainer(shared);
    const ping = await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    await writeFile(path.join(path.dirname(container.scratch), "hcs", "c", "pipes", "answers"), "no answer of an agent is this");
    expect(await ping.exited).not.toBe(0);
    const { hcs, system } = container;
    while ((await hcs.compute.HcsCreateProcess(system, JSON.stringify({ CommandLine: "cmd.exe" }))).hresult !== HCS.SYSTEM_ALREADY_STOPPED)
      await pause(20);
    while ((await hostProcesses(container)).length > 0) await pause(20);
  });

  it("comes also where what it had on the host cannot be removed", async () => {
    container = await startContainer(shared);
    const { hcs, system, scratch } = container;
    const folder = path.join(path.dirname(scratch), "hcs");
    // Nobody can remove a place where something is mounted, nor what lies in a folder that he may not write.
    const isRoot = process.getuid?.() === 0;
    const held = path.join(folder, "c", "held");
    await mkdir(held);
    if (isRoot) await run("mount", ["-t", "tmpfs", "none", held]);
    else await chmod(folder, 0o500);
    try {
      const ended = new Promise<void>((resolve) => {
        const callback = (type: number) => void (type === HcsNotification.SystemExited && resolve());
        void hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n);
      });
      expect((await hcs.compute.HcsTerminateComputeSystem(system, "")).hresult).toBe(HCS.OPERATION_PENDING);
      await ended;
      expect(await readdir(folder)).toEqual(["c"]);
    } finally {
      if (isRoot) await run("umount", [held]);
      else await chmod(folder, 0o700);
    }
  });
});
