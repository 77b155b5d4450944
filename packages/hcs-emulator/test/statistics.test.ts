import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import type { ContainerGroup, ProcessorTime } from "../src/limits/container-group.ts";
import { adoptsOrphans, familyOf, pidsWithVariable, readHostProcess } from "../src/statistics/host-process.ts";
import { UsageMeter } from "../src/statistics/usage-meter.ts";

async function inProc(work: (proc: string) => Promise<void>) {
  const proc = await mkdtemp(path.join(os.tmpdir(), "oriel-proc-"));
  await mkdir(path.join(proc, "42"));
  await writeFile(path.join(proc, "stat"), "cpu 1 2 3\nbtime 1000\n");
  const fields = ["S", ...Array(10).fill(0), 3, 4, 5, 6, 0, 0, 0, 0, 700];
  await writeFile(path.join(proc, "42", "stat"), `42 (a (b) c) ${fields.join(" ")} 0 0\n`);
  await writeFile(
    path.join(proc, "42", "status"),
    "Name:\ta\nNSpid:\t42\t7\nVmSwap:\t       1 kB\nRssAnon:\t       2 kB\nRssFile:\t       3 kB\nRssShmem:\t       4 kB\n",
  );
  await writeFile(path.join(proc, "42", "io"), "rchar: 9\nread_bytes: 10\nwrite_bytes: 11\n");
  await writeFile(path.join(proc, "42", "environ"), "A=1\0B=2\0");
  await work(proc).finally(() => rm(proc, { recursive: true }));
}

it("reads what the host knows of a process, whatever its name", () =>
  inProc(async (proc) => {
    expect(await readHostProcess(42, proc)).toEqual({
      name: "a (b) c",
      innerPid: 7,
      started: new Date(1_007_000),
      user100ns: 300_000,
      kernel100ns: 400_000,
      endedUser100ns: 500_000,
      endedKernel100ns: 600_000,
      commit: 3 * 1024,
      privateMemory: 2 * 1024,
      sharedMemory: 7 * 1024,
      readBytes: 10,
      writtenBytes: 11,
    });
    expect(await readHostProcess(43, proc)).toBeUndefined();
  }));

it("finds processes by a variable that they were started with", () =>
  inProc(async (proc) => {
    expect(await pidsWithVariable("A=1", proc)).toEqual([42]);
    expect(await pidsWithVariable("A=", proc)).toEqual([]);
    expect(await pidsWithVariable("A=1", "/no/proc")).toEqual([]);
  }));

it("finds processes by a variable among hundreds that have environments of any size, of which it reads little", () =>
  inProc(async (proc) => {
    for (let pid = 1000; pid < 1300; pid += 1) await mkdir(path.join(proc, String(pid)));
    for (let pid = 1000; pid < 1300; pid += 1) {
      const file = path.join(proc, String(pid), "environ");
      await writeFile(file, pid === 1200 ? "A=1\0B=" : "B=");
      // Longer than a text may be.
      await truncate(file, 4 * 1024 ** 3);
    }
    expect((await pidsWithVariable("A=1", proc)).toSorted()).toEqual([1200, 42]);
  }));

it("finds the family of a process that keeps it together", () =>
  inProc(async (proc) => {
    const make = async (pid: number, command: string, children: Readonly<Record<string, string>>) => {
      for (const [thread, list] of Object.entries(children)) {
        await mkdir(path.join(proc, String(pid), "task", thread), { recursive: true });
        await writeFile(path.join(proc, String(pid), "task", thread, "children"), list);
      }
      await writeFile(path.join(proc, String(pid), "cmdline"), command);
    };
    await make(50, "/usr/lib/oriel/reaper\0/tmp/deaths\0wine\0", { 50: "51 52 " });
    await make(51, "wine\0", { 51: "", 61: "53 " });
    await make(53, "cmd\0", { 53: "" });
    expect((await familyOf(50, proc)).toSorted()).toEqual([50, 51, 52, 53]);
    expect(await adoptsOrphans(50, proc)).toBe(true);
    expect(await adoptsOrphans(51, proc)).toBe(false);
  }));

function meterOf(times: (ProcessorTime | undefined)[], pids: number[][]) {
  const group: Pick<ContainerGroup, "pids" | "processorTime"> = {
    pids: async () => pids.shift() ?? [],
    processorTime: async () => times.shift(),
  };
  return new UsageMeter(group as ContainerGroup);
}

it("counts the memory of what lives, and remembers the most that it was", async () => {
  const meter = meterOf([], [[process.pid], []]);
  const first = await meter.read();
  expect(first.Memory.MemoryUsageCommitBytes).toBeGreaterThan(0);
  const { Memory } = await meter.read();
  expect(Memory).toEqual({
    MemoryUsageCommitBytes: 0,
    MemoryUsageCommitPeakBytes: first.Memory.MemoryUsageCommitPeakBytes,
    MemoryUsagePrivateWorkingSetBytes: 0,
  });
});

it("never counts backwards", async () => {
  const meter = meterOf([{ user100ns: 20, kernel100ns: 5 }, undefined, { user100ns: 21, kernel100ns: 4 }], []);
  const used = async () => Object.values((await meter.read()).Processor);
  expect([await used(), await used(), await used()]).toEqual([
    [25, 20, 5],
    [25, 20, 5],
    [26, 21, 5],
  ]);
});
