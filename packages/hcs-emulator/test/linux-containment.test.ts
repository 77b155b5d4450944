import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { HcsSystem } from "@oriel/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemCallNumbers } from "../src/containment/system-call-numbers.ts";
import { LinuxContainers, type LinuxImage, makeLinuxImage, noLinux, shell, skippedLinux } from "./emulated-linux.ts";

const run = promisify(execFile);
const program = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
const [EPERM, EAFNOSUPPORT] = [-1, -97];
/** Docker's default set without MKNOD and SETFCAP, as CapBnd shows it. */
const capabilities = "00000000200425fb";

let image: LinuxImage;
/** A layer with programs that try to get out. */
let attempts: string;
/** A file system that can show no other owners. */
let plain: string;
let secret: string;

beforeAll(async () => {
  if (noLinux !== undefined) return;
  image = await makeLinuxImage();
  attempts = path.join(image.folder, "attempts");
  plain = path.join(image.folder, "plain");
  secret = path.join(image.folder, "secret");
  for (const folder of [attempts, plain]) await mkdir(folder);
  await writeFile(secret, "of the host\n", { mode: 0o644 });
  await copyFile(program("call"), path.join(attempts, "call"));
  await copyFile(path.join(image.layer, "bin", "id"), path.join(attempts, "id-of-root"));
  await chmod(path.join(attempts, "id-of-root"), 0o4755);
  await symlink(image.folder, path.join(attempts, "out"));
  await mkdir(path.join(attempts, image.folder), { recursive: true });
  await symlink("/proc/self/exe", path.join(attempts, "self"));
  await run("mount", ["-t", "ramfs", "ramfs", plain]);
});
afterAll(async () => {
  if (noLinux !== undefined) return;
  await run("umount", [plain]);
  await image.remove();
});

let containers: LinuxContainers;
let system: HcsSystem;
let count = 0;

const hasOwnUsers = "users of its own";
const kinds = [hasOwnUsers, "the host's users, where files cannot be shown with other owners"];

describe.skipIf(noLinux !== undefined).each(kinds)(`a Linux container with %s${skippedLinux}`, (kind) => {
  beforeEach(async () => {
    count += 1;
    containers = new LinuxContainers(image, path.join(image.folder, `engine-${count}`));
    await containers.start();
    system = (await containers.started(document())).system;
  });
  afterEach(() => containers.hcs.close());

  const document = () => {
    const layers = [attempts, image.upper, image.layer, ...(kind === hasOwnUsers ? [] : [plain])];
    return { Layers: layers.map((Path, index) => ({ ID: String(index), Path })) };
  };
  const sh = (script: string, more: Readonly<Record<string, unknown>> = {}) => containers.outcome(system, { ...shell(script), ...more });
  const call = async (name: string, ...words: readonly (string | number)[]): Promise<number> => {
    const number = systemCallNumbers.x64.get(name);
    const { out } = await containers.outcome(system, { CommandArgs: ["/call", String(number), ...words.map(String)] });
    return Number(out);
  };

  it("warns of users that are the host's, and of nothing else", () => {
    if (kind === hasOwnUsers) expect(containers.warnings).toEqual([]);
    else expect(containers.warnings).toEqual([expect.stringMatching(/^compute system c: its users are the host's.*EINVAL$/)]);
  });

  it("has no file of the host, neither by process 1 nor by links that lead up", async () => {
    const { out, err } = await sh(`cat ${secret} /proc/1/root${secret} /../..${secret} /out/secret; ls /proc/1/cwd; cat /proc/1/fd/0`);
    expect(out).toBe("");
    expect(err.split("\n").filter((line) => /No such file|Permission denied|Not a directory/.test(line))).toHaveLength(6);
    expect((await sh("ls /")).out.split("\n")).not.toContain("etc");
  });

  it("has the capabilities of Docker but MKNOD and SETFCAP, another user none, and all its programs the filter", async () => {
    const read = async (User: string): Promise<Record<string, string>> => {
      const { out } = await sh("cat /proc/self/status", { User });
      return Object.fromEntries([...out.matchAll(/^(\w+):[ \t]*(.*?) *$/gm)].map(([, key, value]) => [key, value]));
    };
    expect(await read("0")).toMatchObject({
      CapBnd: capabilities,
      CapEff: capabilities,
      CapInh: "0".repeat(16),
      CapAmb: "0".repeat(16),
      Seccomp: "2",
    });
    expect(await read("7:8")).toMatchObject({
      CapBnd: capabilities,
      CapEff: "0".repeat(16),
      CapPrm: "0".repeat(16),
      Groups: "",
      Seccomp: "2",
    });
  });

  it("can mount no disk of the host, nor anything else", async () => {
    expect(await call("mknod", "/disk", 0o060666, 254 << 8)).toBe(EPERM);
    expect(await call("mknod", "/dev/disk", 0o060666, 254 << 8)).toBe(EPERM);
    for (const type of ["tmpfs", "proc", "cgroup", "cgroup2", "devtmpfs", "overlay"])
      expect(await call("mount", type, "/bin", type, 0, 0), type).toBe(EPERM);
    for (const name of ["umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "mount_setattr"])
      expect(await call(name, "/proc", "/bin"), name).toBe(EPERM);
  });

  it("has a small /dev of its own: what it does to a device is not done to the host's", async () => {
    const { mode } = await stat("/dev/full");
    const { out } = await sh("chmod 000 /dev/full; ls /dev; echo lost > /dev/null; echo seen > /dev/stdout");
    expect(out.split("\n")).toEqual([
      "fd",
      "full",
      "null",
      "random",
      "shm",
      "stderr",
      "stdin",
      "stdout",
      "tty",
      "urandom",
      "zero",
      "seen",
      "",
    ]);
    expect((await stat("/dev/full")).mode).toBe(mode);
  });

  it("cannot change the kernel's settings", async () => {
    const files = [
      "sys/kernel/core_pattern",
      "sys/vm/overcommit_memory",
      "sys/kernel/modprobe",
      "sysrq-trigger",
      "irq/default_smp_affinity",
    ];
    const { out, err } = await sh(files.map((file) => `(: >> /proc/${file}) && echo opened ${file}`).join("; "));
    expect(out).toBe("");
    expect(err.match(/Read-only file system|Permission denied|Directory nonexistent/g)).toHaveLength(files.length);
  });

  it("sees nothing of what /proc tells of the host", async () => {
    const { out } = await sh(
      "for f in kcore keys key-users timer_list interrupts kpagecount sched_debug; do cat /proc/$f; done; ls /proc/acpi /proc/scsi",
    );
    expect(out.replace(/^\/proc\/(acpi|scsi):$/gm, "").trim()).toBe("");
  });

  it("can do nothing to process 1, and sees none of the host's", async () => {
    expect(await call("ptrace", 16, 1)).toBe(EPERM);
    await sh("kill -9 1; kill -KILL -1");
    const { out, err } = await sh("cat /proc/1/environ; echo $$; for p in /proc/[0-9]*; do echo $p; done");
    expect(err).toMatch(/Permission denied/);
    const [own, ...seen] = out.trim().split("\n");
    expect(seen.toSorted()).toEqual(["/proc/1", `/proc/${own}`].toSorted());
  });

  it("has a network of its own, without the host's listeners", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    const abstract = createServer().listen(`\0oriel-${process.pid}`);
    try {
      await Promise.all(
        [server, abstract].map(async (each) => each.listening || new Promise((resolve) => each.once("listening", resolve))),
      );
      const { out } = await sh("cat /proc/net/dev /proc/net/tcp /proc/net/unix");
      expect([...out.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name).filter((name) => !/^\d/.test(name ?? ""))).toEqual(["lo"]);
      expect(out).not.toContain("oriel-");
      const { port } = server.address() as { port: number };
      expect(out).not.toContain(`0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`);
    } finally {
      server.close();
      abstract.close();
    }
  });

  it.each([
    "keyctl",
    "add_key",
    "request_key",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "open_by_handle_at",
    "unshare",
    "setns",
  ])("is refused the call %s", async (name) => {
    expect(await call(name, 0, 0)).toBe(EPERM);
  });

  it("is refused modules, other kernels, clocks, swap, the end of the machine, and sockets into the host", async () => {
    for (const name of ["init_module", "finit_module", "kexec_load", "settimeofday", "clock_settime", "swapon", "acct", "syslog"]) {
      expect(await call(name, 0, 0), name).toBe(EPERM);
    }
    // Without its magic numbers, should the filter let it through.
    expect(await call("reboot", 0, 0, 0)).toBe(EPERM);
    expect(await call("socket", 40, 1, 0)).toBe(EAFNOSUPPORT);
    expect(await call("socket", 38, 5, 0)).toBe(EAFNOSUPPORT);
  });

  it("cannot type into the terminal of who started it: it has a session of its own, and none", async () => {
    expect(await call("ioctl", 0, 0x5412, "x")).toBe(EPERM);
    const { out } = await sh("cat /proc/$$/stat; echo $$; (: < /dev/tty) 2>/dev/null || echo no terminal");
    const [, , , , , session] = out.split(" ");
    expect(out).toContain(`\n${session}\nno terminal\n`);
  });

  it("has no descriptor of the host's", async () => {
    // The last is that of ls itself.
    expect((await sh("ls /proc/self/fd")).out).toBe("0\n1\n2\n3\n");
  });

  it("is heard by no program of the host: its environment is for its own programs", async () => {
    const Environment = { LD_PRELOAD: "/of-the-container.so", ENV: "/of-the-container", PATH: "/nowhere:/bin" };
    expect(await containers.outcome(system, { CommandArgs: ["/call", "39"], Environment })).toMatchObject({ err: "", code: 0 });
    expect((await containers.outcome(system, { CommandArgs: ["id", "-u"], Environment })).err.match(/of-the-container/g)).toHaveLength(1);
  });

  it("gets no further by what runs its programs than by programs of its own", async () => {
    const before = await readFile(program("../../guest/linux-container"));
    expect(await containers.outcome(system, { CommandArgs: ["/self", "probe"] })).toEqual({ out: "", err: "unshare: error 1\n", code: 1 });
    const { err } = await sh("for n in 1 $$; do (: >> /proc/$n/exe); done");
    expect(err.match(/Permission denied|Text file busy/g)).toHaveLength(2);
    expect((await readFile(program("../../guest/linux-container"))).equals(before)).toBe(true);
  });

  it("can have programs with the rights of their owner, which are not the host's", async () => {
    const { out } = await containers.outcome(system, { CommandArgs: ["/id-of-root"], User: "7:8" });
    expect(out).toContain("uid=7 gid=8 euid=0");
    expect(await sh("cat /bin/id > /own; chmod 4755 /own; ls -l /own")).toMatchObject({
      out: expect.stringContaining("-rwsr-xr-x"),
      err: "",
    });
    // Accounts of the host do not get at it.
    expect((await stat(path.join(containers.root, "scratch", ".oriel"))).mode & 0o777).toBe(0o700);
    const { handle } = await containers.process(system, { CommandArgs: ["sleep", `1000.${process.pid}`] });
    const [host] = await hostPidsOf(`sleep 1000.${process.pid}`);
    const uids = /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${host}/status`, "utf8"))?.[1];
    if (kind === hasOwnUsers) expect(Number(uids)).toBeGreaterThanOrEqual(2_010_000_000);
    else expect(uids).toBe("0");
    await containers.hcs.compute.HcsTerminateProcess(handle);
  });

  it("leaves files as its users' in its scratch, where the next run finds them so", async () => {
    await sh("echo mine > /tmp-file", { User: "0" });
    await sh("mkdir /folder; chmod 1777 /folder");
    await sh("echo mine > /folder/file", { User: "7:8" });
    const upper = path.join(containers.root, "scratch", ".oriel", "upper");
    const owners = await Promise.all(["tmp-file", "folder/file"].map(async (name) => stat(path.join(upper, name))));
    expect(owners.map(({ uid, gid }) => [uid, gid])).toEqual([
      [0, 0],
      [7, 8],
    ]);
  });

  it("is given folders of the host without devices and rights of owners, and never outside its root", async () => {
    const HostPath = path.join(containers.root, "data");
    await mkdir(HostPath);
    await writeFile(path.join(HostPath, "file"), "shared\n");
    await copyFile(path.join(image.layer, "bin", "id"), path.join(HostPath, "id"));
    await chmod(path.join(HostPath, "id"), 0o4755);
    await chmod(HostPath, 0o777);
    await containers.hcs.close();
    containers = new LinuxContainers(image, path.join(image.folder, `engine-${count}-shared`));
    await containers.start();
    const MappedDirectories = [{ HostPath, ContainerPath: "/run/vm/data", ReadOnly: false, CreateInUtilityVM: true }];
    ({ system } = await containers.started({ ...document(), MappedDirectories }));
    const OCISpecification = {
      process: {
        args: ["sh", "-c", "cat /out/data/file; echo x > /out/data/made; cat /proc/mounts; /out/data/id"],
        env: ["PATH=/bin"],
        user: { uid: 7, gid: 8 },
      },
      mounts: [{ destination: "/out/data", source: "/run/vm/data", type: "bind" }],
    };
    const before = await readdir(image.folder);
    const { out } = await containers.outcome(system, { OCISpecification });
    expect(out).toMatch(/^shared\n/);
    expect(out).toMatch(new RegExp(`${image.folder}/data \\S+ rw,nosuid,nodev`));
    expect(out).toContain("uid=7 gid=8 groups=8");
    expect(await readdir(image.folder)).toEqual(before);
    expect((await stat(path.join(HostPath, "made"))).uid).toBe(7);
    // Only where there is such a folder.
    for (const mode of ["4755", "2755"])
      expect((await sh(`chmod ${mode} /out/data/made /shell`)).err).toMatch(/^(.*Operation not permitted\n){2}$/);
    expect((await stat(path.join(HostPath, "made"))).mode & 0o6000).toBe(0);
  });

  // The kernel counts no processes of the host's root.
  if (kind === hasOwnUsers) {
    it("has no more processes than it may have", async () => {
      await containers.hcs.close();
      containers = new LinuxContainers(image, path.join(image.folder, `engine-${count}-bomb`), { processes: 12 });
      await containers.start();
      ({ system } = await containers.started(document()));
      const { err } = await sh("n=0; while [ $n -lt 100 ]; do sleep 1000 >/dev/null 2>&1 & n=$((n+1)); done");
      expect(err).toContain("Cannot fork");
      const { properties } = await containers.hcs.compute.HcsGetComputeSystemProperties(system, '{"PropertyTypes":["ProcessList"]}');
      expect(JSON.parse(properties ?? "").ProcessList.length).toBeLessThanOrEqual(12);
    });
  }

  it("is not made of an image whose /proc is a link", async () => {
    const bad = path.join(image.folder, `bad-${count}`);
    await mkdir(bad);
    await symlink("/bin", path.join(bad, "proc"));
    await containers.hcs.close();
    containers = new LinuxContainers(image, path.join(image.folder, `engine-${count}-bad`));
    await containers.start();
    ({ system } = await containers.started({ Layers: [{ ID: "x", Path: bad }, ...document().Layers] }));
    const { result } = await containers.hcs.compute.HcsCreateProcess(system, JSON.stringify(shell("exit")));
    expect(result).toContain("no folder in the image: /proc: ENOTDIR");
  });

  it("refuses a user that it does not have, a folder and a program that are none, each by its name", async () => {
    const answer = async (more: Readonly<Record<string, unknown>>) =>
      (await containers.hcs.compute.HcsCreateProcess(system, JSON.stringify({ ...shell("exit"), ...more }))).result;
    expect(await answer({ User: "70000" })).toContain("user 70000:70000 is none of a Linux container");
    expect(await answer({ WorkingDirectory: "/nowhere" })).toContain("'/nowhere' cannot be entered: ENOENT");
    expect(await answer({ CommandArgs: ["/which"] })).toContain("/which");
    expect(await answer({ Environment: { A: "b\0C=d" } })).toContain("ends a text");
  });
});

/** Numbers on the host of processes with this command line. */
async function hostPidsOf(commandLine: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").trim() === commandLine ? [pid] : [],
    ),
  );
  return found.flat();
}
