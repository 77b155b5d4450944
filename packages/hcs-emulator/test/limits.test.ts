import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseContainerDocument } from "../src/compute/documents.ts";
import { cgroupHierarchies } from "../src/limits/cgroup-mounts.ts";
import { settingsOfV1, settingsOfV2 } from "../src/limits/cgroup-settings.ts";
import type { ContainerGroup, ContainerGroups } from "../src/limits/container-group.ts";
import { createContainerGroups } from "../src/limits/container-groups.ts";
import { limitsOf } from "../src/limits/container-limits.ts";

const MB = 1024 * 1024;

describe("limits of a document", () => {
  const of = (document: object) => limitsOf(parseContainerDocument(JSON.stringify(document)), 4);

  it("takes memory in bytes, processors in number and weight as it is", () => {
    expect(of({ MemoryMaximumInMB: 512, ProcessorCount: 2, ProcessorWeight: 100 })).toEqual({
      memory: 512 * MB,
      processors: 2,
      weight: 100,
    });
  });

  it("takes the maximum as a part of all processors, and of two limits the lower", () => {
    expect(of({ ProcessorMaximum: 2500 })).toEqual({ processors: 1 });
    expect(of({ ProcessorMaximum: 2500, ProcessorCount: 3 })).toEqual({ processors: 1 });
  });

  it("has none where the document has none, or what the host has anyway", () => {
    expect(of({})).toEqual({});
    expect(of({ MemoryMaximumInMB: 0, ProcessorCount: 4, ProcessorMaximum: 10_000, ProcessorWeight: 0 })).toEqual({});
  });
});

describe("settings of control groups", () => {
  const show = (settings: readonly { file: string; value: string }[]) => settings.map(({ file, value }) => `${file}=${value}`);
  const limits = { memory: 512 * MB, processors: 1.5, weight: 5000 };

  it("says version 1's files and values", () => {
    expect(show(settingsOfV1(limits))).toEqual([
      "memory.limit_in_bytes=536870912",
      "memory.memsw.limit_in_bytes=536870912",
      "cpu.cfs_period_us=100000",
      "cpu.cfs_quota_us=150000",
      "cpu.shares=1024",
    ]);
  });

  it("says version 2's files and values", () => {
    expect(show(settingsOfV2(limits))).toEqual(["memory.max=536870912", "memory.swap.max=0", "cpu.max=150000 100000", "cpu.weight=100"]);
  });

  it("never asks the kernel for less than it takes", () => {
    expect(show(settingsOfV1({ processors: 0.0004, weight: 1 }))).toEqual([
      "cpu.cfs_period_us=100000",
      "cpu.cfs_quota_us=1000",
      "cpu.shares=2",
    ]);
    expect(show(settingsOfV2({ weight: 1 }))).toEqual(["cpu.weight=1"]);
  });
});

describe("hierarchies of control groups", () => {
  it("finds those of version 1 by their controllers, with the group that this process is in", () => {
    const mountinfo = [
      "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
      "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:7 - cgroup cgroup rw,memory",
      "23 1 8:1 / / rw - ext4 /dev/sda1 rw",
    ].join("\n");
    expect(cgroupHierarchies(mountinfo, "5:cpu,cpuacct:/\n4:memory:/user.slice/me\n0::/\n")).toEqual([
      { version: 1, controllers: ["cpu", "cpuacct"], mount: "/sys/fs/cgroup/cpu,cpuacct", own: "/sys/fs/cgroup/cpu,cpuacct" },
      { version: 1, controllers: ["memory"], mount: "/sys/fs/cgroup/memory", own: "/sys/fs/cgroup/memory/user.slice/me" },
    ]);
  });

  it("finds that of version 2, in a container too whose mount shows a part of the tree", () => {
    const mountinfo = "41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw";
    expect(cgroupHierarchies(mountinfo, "0::/docker/abc/run\n")).toEqual([
      { version: 2, controllers: [], mount: "/sys/fs/cgroup", own: "/sys/fs/cgroup/run" },
    ]);
    expect(cgroupHierarchies(mountinfo, "0::/elsewhere\n")).toEqual([]);
  });
});

let folder: string;
let groups: ContainerGroups;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-limits-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const none = async () => [];

/** Runs a command in the group. */
function start(group: ContainerGroup, ...command: string[]) {
  const [first = "", ...words] = [...group.enter, ...command];
  const child = spawn(first, words, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  child.stdin.on("error", () => undefined);
  const ended = new Promise<string | number | null>((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  return { pid: child.pid ?? 0, stdout: child.stdout, stdin: child.stdin, ended };
}

describe("groups of a host with version 2", () => {
  /** A tree as the kernel would show it, in a folder; the files of the groups are there before they are made. */
  async function tree(files: readonly string[]) {
    const own = path.join(folder, "system.slice", "oriel.service", "daemon");
    await mkdir(own, { recursive: true });
    const proc = { mountinfo: `41 31 0:38 / ${folder} rw - cgroup2 cgroup rw`, membership: "0::/system.slice/oriel.service/daemon\n" };
    groups = createContainerGroups({ root: "/var/lib/oriel", proc });
    expect(await groups.support()).toEqual({ kind: "cgroup v2" });
    const parent = path.dirname(own);
    const group = path.join(parent, "oriel-70608039ade3-web");
    await mkdir(group);
    for (const file of ["cgroup.procs", ...files]) await writeFile(path.join(group, file), "");
    return { parent, group, read: (file: string) => readFile(path.join(group, file), "utf8") };
  }

  it("are beside the engine's own group, with controllers and limits", async () => {
    const { parent, group, read } = await tree(["memory.max", "memory.swap.max", "cpu.max"]);
    const made = await groups.create("web", { memory: 64 * MB, processors: 0.5 }, none);
    expect(made.warnings).toEqual([]);
    expect([await read("memory.max"), await read("cpu.max")]).toEqual(["67108864", "50000 100000"]);
    expect(await readFile(path.join(parent, "cgroup.subtree_control"), "utf8")).toBe("+cpu");
    expect(made.enter.at(-1)).toBe(path.join(group, "cgroup.procs"));
    await rm(group, { recursive: true });
  });

  it("warn of each limit that the host does not keep", async () => {
    const { group } = await tree(["cpu.max"]);
    const made = await groups.create("web", { memory: 64 * MB, processors: 0.5, weight: 10 }, none);
    expect(made.warnings).toEqual([
      "the memory limit of 64 MB is not kept: the host lets nobody set memory.max here (it gives the engine no memory controller)",
      "the processor weight of 10 is not kept: the host lets nobody set cpu.weight here (it gives the engine no cpu controller)",
    ]);
    await rm(group, { recursive: true });
  });

  it("count processor time in units of 100 ns, and freeze", async () => {
    const { group, read } = await tree(["cpu.stat", "cgroup.freeze"]);
    await writeFile(path.join(group, "cpu.stat"), "usage_usec 30\nuser_usec 20\nsystem_usec 10\n");
    await writeFile(path.join(group, "cgroup.events"), "populated 1\nfrozen 1\n");
    const made = await groups.create("web", {}, none);
    expect(await made.processorTime()).toEqual({ user100ns: 200, kernel100ns: 100 });
    await made.freeze();
    expect(await read("cgroup.freeze")).toBe("1");
    await rm(group, { recursive: true });
  });
});

describe("a host without control groups", () => {
  const stateOf = async (pid: number) => /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, "utf8"))?.[1];

  it("stops and continues the processes one by one, and warns of limits", async () => {
    groups = createContainerGroups({ root: folder, proc: { mountinfo: "", membership: "" } });
    expect(await groups.support()).toEqual({ kind: "none", why: "the host has no control groups" });
    const pids: number[] = [];
    const made = await groups.create("web", { memory: 64 * MB }, async () => pids);
    expect(made.warnings).toEqual(["the memory limit of 64 MB is not kept: the host has no control groups"]);
    pids.push(start(made, "cat").pid, start(made, "cat").pid);
    await made.freeze();
    expect(await Promise.all(pids.map(stateOf))).toEqual(["T", "T"]);
    await made.thaw();
    expect(await Promise.all(pids.map(stateOf))).not.toContain("T");
  });
});

const support = await createContainerGroups({ root: "probe" }).support();
// Nothing to install would change it: a host without them has another test, and what it does without them is tested above.
const describeGroups =
  support.kind === "none" ? () => it("a host without control groups says why", () => expect(support.why).not.toBe("")) : describe;

describeGroups("control groups of this host", () => {
  beforeEach(() => {
    groups = createContainerGroups({ root: folder });
  });

  it("hold what is started in them from its first instruction, with all that it starts, and end it when they go", async () => {
    const made = await groups.create("web", {}, none);
    const shell = start(made, "/bin/sh", "-c", "sleep 1000 & echo $!; read -r _");
    const [said] = await new Promise<[Buffer]>((resolve) => shell.stdout.once("data", (chunk: Buffer) => resolve([chunk])));
    expect((await made.pids()).toSorted((a, b) => a - b)).toEqual([shell.pid, Number(said.toString())].toSorted((a, b) => a - b));
    await made.remove();
    expect(await shell.ended).toBe("SIGKILL");
    expect(await made.pids()).toEqual([]);
  });

  it("use no processor while they are frozen", async () => {
    const made = await groups.create("web", {}, none);
    const other = await groups.create("other", {}, none);
    const busy = start(made, "/bin/sh", "-c", "while :; do :; done");
    const usedBy = async (group: typeof made) => {
      const { user100ns = 0, kernel100ns = 0 } = (await group.processorTime()) ?? {};
      return user100ns + kernel100ns;
    };
    const used = () => usedBy(made);
    const first = await used();
    while ((await used()) === first) await pause(1);
    await made.freeze();
    const frozen = await used();
    // As long as another takes for 50 ms of a processor.
    const neighbour = start(other, "/bin/sh", "-c", "while :; do :; done");
    while ((await usedBy(other)) < 500_000) await pause(1);
    expect(await used()).toBe(frozen);
    await other.remove();
    expect(await neighbour.ended).toBe("SIGKILL");
    await made.thaw();
    while ((await used()) === frozen) await pause(1);
    await made.remove();
    expect(await busy.ended).toBe("SIGKILL");
  });

  it("give a program no more memory than the limit", async () => {
    const made = await groups.create("web", { memory: 32 * MB }, none);
    if (made.warnings.length > 0) return expect(made.warnings[0]).toContain("memory limit of 32 MB is not kept");
    // It keeps what it reads until there is a line.
    const reader = start(made, "tail", "-n", "1");
    reader.stdin.end(Buffer.alloc(128 * MB, "x"));
    expect(await reader.ended).toBe("SIGKILL");
    await made.remove();
  });

  it("are taken away with what a former process of the engine left in them", async () => {
    const left = await groups.create("web", {}, none);
    const process = start(left, "sleep", "1000");
    while (!(await left.pids()).includes(process.pid)) await pause(1);
    await left.freeze();
    const next = createContainerGroups({ root: folder });
    expect(await next.removeStale()).toEqual(["web"]);
    expect(await process.ended).toBe("SIGKILL");
    expect(await next.removeStale()).toEqual([]);
  });
});
