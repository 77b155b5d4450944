import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Containment, findContainment, isContainment } from "../src/containment/containment.ts";
import { processEnvironment } from "../src/guest/environment.ts";
import { Guest } from "../src/guest/guest.ts";
import { findWine } from "../src/index.ts";
import { overlayAllowed } from "../src/layers/rootfs-overlay.ts";
import { baseLayer, noWine, startContainer, type TestContainer, whyNotContained } from "./emulated-container.ts";

const run = promisify(execFile);
const shared = await baseLayer();
afterAll(() => shared.remove());
const reason = noWine ?? (await whyNotContained());
const isRoot = process.getuid?.() === 0;
const noRoot = reason ?? (isRoot ? undefined : "needs root");
const noOverlay = noRoot ?? ((await overlayAllowed()) ? undefined : "this host allows no overlay mounts");
const skipped = (why: string | undefined): string => (why === undefined ? "" : ` (skipped: ${why})`);

let container: TestContainer | undefined;
let guest: Guest | undefined;
afterEach(async () => {
  await container?.close();
  await guest?.stop(1);
  container = undefined;
  guest = undefined;
});

/** What the kernel says of a process of the container's, by the names of proc_pid_status(5). */
async function statusOf(folder: string, program: string): Promise<(name: string) => string> {
  const find = async () => (await guestProcesses(folder)).find((one) => one.program === program);
  let found = await find();
  while (found === undefined) {
    await pause(20);
    found = await find();
  }
  const status = await readFile(`/proc/${found.pid}/status`, "utf8");
  return (name) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "";
}

describe.skipIf(reason !== undefined)(`a program in a sandbox${skipped(reason)}`, () => {
  it("has no capability, can get none, and makes no system call that is not filtered", async () => {
    container = await startContainer(shared);
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const of = await statusOf(path.dirname(container.scratch), "ping.exe");
    for (const name of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) expect(of(name), name).toBe("0000000000000000");
    if (isRoot) expect(of("CapBnd")).toBe("0000000000000000");
    expect([of("NoNewPrivs"), of("Seccomp")]).toEqual(["1", "2"]);
  });

  it("has name spaces of its own", async () => {
    container = await startContainer(shared);
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const ping = (await guestProcesses(path.dirname(container.scratch))).find(({ program }) => program === "ping.exe");
    const names = ["mnt", "pid", "ipc", "uts", "net"];
    const { stdout } = await run(
      "readlink",
      [...names, ...names].map((name, index) => `/proc/${index < 5 ? "self" : ping?.pid}/ns/${name}`),
    );
    const links = stdout.trim().split("\n");
    expect(new Set(links).size).toBe(10);
  });

  it("has what Wine shares between programs in memory, so that a full disk of the host ends none of them", async () => {
    container = await startContainer(shared);
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const server = (await guestProcesses(path.dirname(container.scratch))).find(({ name }) => name.startsWith("wineserver"));
    const mounts = await readFile(`/proc/${server?.pid}/mountinfo`, "utf8");
    expect(mounts).toMatch(/ \/tmp [^\n]* - tmpfs /);
    const { stdout } = await run("ls", ["-l", `/proc/${server?.pid}/fd`]);
    const shares = stdout.split("\n").filter((line) => line.includes("tmpmap-"));
    expect(shares.length).toBeGreaterThan(0);
    expect(shares.filter((line) => !line.includes(" -> /tmp/"))).toEqual([]);
  });

  it("sees a root with nothing of the host's but Wine and its libraries", async () => {
    container = await startContainer(shared);
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const reaper = (await guestProcesses(path.dirname(container.scratch))).find(({ program }) => program === "reaper");
    const list = async (folder: string) => (await run("ls", [`/proc/${reaper?.pid}/root${folder}`])).stdout.trim().split("\n");
    if (!isRoot) return;
    expect(["c", "dev", "etc", "oriel", "proc", "sys", "tmp", "usr"].filter((name) => name !== "")).toEqual(
      (await list("/")).filter((name) => !/^(lib\w*|nix|opt)$/.test(name)),
    );
    expect(await list("/oriel")).toEqual(["agent.exe", "pipes", "prefix", "reaper"]);
    expect(await list("/dev")).toEqual(["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"]);
    expect(await list("/usr")).not.toContain("bin");
  });
});

describe.skipIf(noRoot !== undefined)(`what a daemon of root's contains${skipped(noRoot)}`, () => {
  it.each([
    ["copy", noRoot],
    ["overlay", noOverlay],
  ] as const)("runs as a user of its own, whose files in a root that is made as %s are root's on the disk", async (rootfs, why) => {
    if (why !== undefined) return;
    container = await startContainer({ ...shared, rootfs });
    await container.run("cmd.exe /c echo x>C:\\Windows\\x.txt");
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const uid = Number((await statusOf(path.dirname(container.scratch), "ping.exe"))("Uid").split("\t")[0]);
    expect(uid).toBeGreaterThanOrEqual(2_001_000_000);
    await container.hcs.close();
    const files = path.join(container.scratch, ".oriel", rootfs === "copy" ? "root" : "upper");
    const made = await stat(path.join(files, "Windows", "x.txt"));
    expect([made.uid, made.gid]).toEqual([0, 0]);
  });

  it("writes into a mapped directory, and what is mounted below it, as its owner on the host, whoever that is", async () => {
    const host = await mkdtemp(path.join(os.tmpdir(), "oriel-mapped-"));
    const below = path.join(host, "below");
    await mkdir(below);
    await run("mount", ["-t", "tmpfs", "tmpfs", below]);
    for (const folder of [host, below]) await chown(folder, 1234, 1234);
    const MappedDirectories = [{ HostPath: host, ContainerPath: "D:\\", ReadOnly: false }];
    container = await startContainer({ ...shared, document: { MappedDirectories } });
    await container.run("cmd.exe /c echo x>D:\\x.txt& echo x>D:\\below\\x.txt");
    expect((await stat(path.join(host, "x.txt"))).uid).toBe(1234);
    expect((await stat(path.join(below, "x.txt"))).uid).toBe(1234);
    await run("umount", [below]);
    await rm(host, { recursive: true });
  });

  it.skipIf(noOverlay !== undefined)(
    `has the rights of others in a mapped directory whose file system cannot show its files as another's, and says so${skipped(noOverlay)}`,
    async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-mapped-"));
      const [lower, upper, work, host] = ["lower", "upper", "work", "host"].map((name) => path.join(folder, name));
      for (const each of [lower, upper, work, host]) await mkdir(each ?? "");
      await writeFile(path.join(lower ?? "", "from-host.txt"), "host");
      await run("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`, host ?? ""]);
      try {
        const { boot, warnings } = await guestOf({});
        const output = await boot([{ hostPath: host ?? "", containerPath: "D:\\", readOnly: false }]);
        expect(await output("type D:\\from-host.txt& echo x>D:\\x.txt")).toBe("host");
        expect(warnings).toEqual([expect.stringMatching(`^${host} is on a file system .* the rights of others there$`)]);
        await expect(stat(path.join(host ?? "", "x.txt"))).rejects.toThrow("ENOENT");
        await guest?.stop(1);
        guest = undefined;
      } finally {
        await run("umount", [host ?? ""]);
        await rm(folder, { recursive: true });
      }
    },
  );

  it("is root without a capability where no file can be shown as another's, and can set nothing of the kernel's", async () => {
    const { boot, folder } = await guestOf({ ownUsers: false });
    const output = await boot([]);
    expect(await output("echo x>C:\\x.txt& type C:\\x.txt")).toBe("x\r\n");
    const pending = output("ping.exe -n 100 127.0.0.1");
    const of = await statusOf(folder, "ping.exe");
    expect(of("Uid").split("\t")).toEqual(["0", "0", "0", "0"]);
    for (const name of ["CapPrm", "CapEff", "CapBnd"]) expect(of(name), name).toBe("0000000000000000");
    const mounts = await readFile(`/proc/${of("Pid")}/mountinfo`, "utf8");
    for (const locked of ["/proc/sys", "/proc/irq"]) expect(mounts).toMatch(new RegExp(` ${locked} ro,`));
    await guest?.stop(1);
    guest = undefined;
    await pending;
  });

  /** A guest with a root that a container has made. */
  async function guestOf(changes: Partial<Containment>) {
    container = await startContainer(shared);
    const { root, hcs } = container;
    await hcs.close();
    const folder = path.join(path.dirname(container.scratch), "guest");
    const [wine, containment] = [await findWine(), await findContainment(path.join(shared.folder, "containment"))];
    if (wine === undefined || !isContainment(containment)) throw new Error("this host contains nothing any more");
    const warnings: string[] = [];
    const boot = async (mappedDirectories: readonly { hostPath: string; containerPath: string; readOnly: boolean }[]) => {
      const options = { folder, root, wine, hostName: "box", mappedDirectories, warn: (message: string) => void warnings.push(message) };
      const booted = await Guest.boot({ ...options, containment: { ...containment, ...changes } });
      guest = booted;
      const environment = processEnvironment({ registry: booted.environment, document: {}, user: "u", computerName: "BOX" });
      return async (command: string): Promise<string> => {
        const streams = { stdin: false, stdout: true, stderr: false, console: undefined };
        const made = await booted.createProcess({
          commandLine: `cmd.exe /c ${command}`,
          workingDirectory: "C:\\",
          environment,
          ...streams,
        });
        return made.stdout === undefined ? "" : text(made.stdout.stream());
      };
    };
    return { boot, folder, warnings };
  }
});

describe.skipIf(process.platform !== "linux")("a host without the tool (skipped but on Linux)", () => {
  it("contains nothing, and says what to install", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-containment-"));
    const found = await findContainment(path.join(folder, "sandbox"), []);
    expect(found).toEqual({ why: expect.stringContaining("not installed"), remedy: expect.stringContaining("apt-get install bubblewrap") });
    await rm(folder, { recursive: true });
  });
});

describe.skipIf(noRoot !== undefined)(`a root folder that has neither idmapped mounts nor devices${skipped(noRoot)}`, () => {
  it("has no containers in it: they would have the host's devices, as their owner", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-containment-"));
    await run("mount", ["-t", "ramfs", "-o", "nodev", "none", folder]);
    try {
      const found = await findContainment(path.join(folder, "sandbox"));
      expect(found).toEqual({ why: expect.stringContaining("/dev/null"), remedy: expect.stringContaining("without nodev") });
    } finally {
      await run("umount", [folder]);
      await rm(folder, { recursive: true });
    }
  });
});
