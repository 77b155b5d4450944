import { existsSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import { expect } from "vitest";
import { type Attempt, expectForbidden, expectRefused } from "./attempt.ts";
import { type Argument, openFlags } from "./hostile-program.ts";
import { type linuxCalls, nameSpaceFlags } from "./linux-calls.ts";

/** Calls with which nobody in a container has to do. With these arguments they do no harm to a machine that allows them. */
const calls: readonly (readonly [what: string, name: keyof typeof linuxCalls, ...values: readonly Argument[]])[] = [
  ["a program for the kernel", "bpf", 0, words(2, 4, 4, 1, ...zeros(14)), 72],
  ["counters of the kernel", "perf_event_open", words(1, 64, 1, ...zeros(13)), 0, -1, -1, 0],
  ["page faults of its own making", "userfaultfd", 1],
  ["queues of calls that no filter sees", "io_uring_setup", 1, Buffer.alloc(120)],
  ["watching a file system", "fanotify_init", 0x200, 0],
  ["a key in the kernel's keyring", "add_key", "user", "oriel", "x", 1, -1],
  ["asking for a key", "request_key", "user", "oriel-none", 0, 0],
  ["the kernel's keyring", "keyctl", 0, -3, 0],
  ["another kernel", "kexec_load", 0, 0, 0, 0xffff],
  ["another kernel, from a file", "kexec_file_load", -1, -1, 0, 0, 0xffffffff],
  ["a module of the kernel", "init_module", "", 0, ""],
  ["a module of the kernel, from a file", "finit_module", -1, "", 0],
  ["the end of a module of the kernel", "delete_module", "oriel_none", 0x800],
  ["a restart of the machine", "reboot", 0, 0, 0, 0],
  ["memory on a disk", "swapon", "/oriel-none", 0],
  ["the end of memory on a disk", "swapoff", "/oriel-none"],
  ["accounting", "acct", "/oriel-none"],
  ["quotas", "quotactl", 0x80000100, 0, 0, 0],
  ["the time of the machine", "settimeofday", 0, 0],
  ["the time of the machine, finer", "clock_settime", 0, words(...zeros(4))],
  ["the name of the machine", "sethostname", os.hostname(), os.hostname().length],
  ["the domain of the machine", "setdomainname", "(none)", 6],
  ["ports of the processor", "iopl", 3],
  ["one port of the processor", "ioperm", 0x80, 1, 1],
  ["the kernel's messages", "syslog", 3, Buffer.alloc(16), 16],
  ["files of other processes by comparing", "kcmp", 1, 1, 0, 0, 0],
  ["files of other processes by their numbers", "pidfd_getfd", -1, 0, 0],
  ["another root", "chroot", "."],
  ["another root by exchange", "pivot_root", "/oriel-none", "/oriel-none"],
  ["a file system", "fsopen", "tmpfs", 0],
  ["a mount as a file", "open_tree", -100, "/", 0],
  ["a copy of a mount", "open_tree", -100, "/", 1],
  ["another configuration of a mount", "fspick", -100, "/", 0],
  ["another place for a mount", "move_mount", -1, "", -1, "", 0],
  ["other attributes of a mount", "mount_setattr", -100, ".", 0, Buffer.alloc(32), 32],
];

function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** What a container has in /dev. */
const knownDevices = /^(console|core|fd|full|mqueue|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero)$/;

export const kernelAttempts: readonly Attempt[] = [
  ...calls.map(
    ([what, name, ...values]): Attempt => [
      `${what} (${name}) is refused`,
      async ({ program }) => expectForbidden(await program.linux(name, ...values)),
    ],
  ),
  [
    "another pace of the machine's clock is refused",
    async ({ program }) => {
      // struct timex: what it is read as, put back.
      const now = await program.place(Buffer.alloc(208));
      const read = await program.linux("adjtimex", now);
      if (typeof read === "string") return expectForbidden(read);
      const tick = Buffer.from(await program.peek(now, 208));
      tick.writeUInt32LE(0x4000, 0);
      expectForbidden(await program.linux("adjtimex", tick));
    },
  ],
  ...(["tmpfs", "proc", "sysfs", "cgroup2", "overlay", "devpts"] as const).map(
    (type): Attempt => [
      `mounting ${type} is refused`,
      async ({ program }) => {
        const place = `${await program.systemDrive()}/place-${type}`;
        expect(await program.linux("mkdir", place, 0o777)).toBe(0);
        const mounted = await program.linux("mount", "none", place, type, 0, 0);
        if (mounted === 0) await program.linux("umount2", place, 2);
        expectForbidden(mounted);
      },
    ],
  ),
  [
    "mounting a folder at another place is refused",
    async ({ program }) => {
      const place = `${await program.systemDrive()}/place-bind`;
      expect(await program.linux("mkdir", place, 0o777)).toBe(0);
      const bind = 4096;
      const mounted = await program.linux("mount", "/", place, 0, bind, 0);
      if (mounted === 0) await program.linux("umount2", place, 2);
      expectForbidden(mounted);
    },
  ],
  [
    "the mode and the times of the host's /dev/null cannot be changed, though its own can be written",
    async ({ program, account }) => {
      expect(await program.linux("open", "/dev/null", openFlags.readWrite)).toBeTypeOf("number");
      const { dev, ino, mtimeMs } = statSync("/dev/null", { bigint: true });
      // The owner may do so with a node that is not the host's.
      if (account.isHostRoot && (await program.identity("/dev/null"))?.join() !== [dev, ino].join()) return;
      expectRefused(await program.linux("chmod", "/dev/null", 0o666));
      // The time that it has.
      const seconds = Number(mtimeMs / 1000n);
      expectRefused(await program.linux("utimensat", -100, "/dev/null", words(seconds, 0, 0, 0, seconds, 0, 0, 0), 0));
    },
  ],
  [
    "names in /dev are made in its own at most",
    async ({ program }) => {
      const file = "/dev/oriel-hostile";
      const made = await program.linux("open", file, openFlags.write | openFlags.create, 0o600);
      const isOnHost = existsSync(file);
      if (typeof made === "number") await program.linux("unlink", file);
      expect(isOnHost).toBe(false);
    },
  ],
  [
    "/dev has nothing but what every program needs",
    async ({ program }) => {
      const names = await program.names("/dev");
      expect(names).toContain("null");
      expect((names as string[]).filter((name) => !knownDevices.test(name))).toEqual([]);
    },
  ],
  [
    "the disks of the machine are absent",
    async ({ program }) => {
      for (const name of [...readdirSync("/sys/class/block"), "mem", "kmem", "kmsg", "port", "fuse", "kvm", "loop-control", "net/tun"]) {
        expectRefused(await program.linux("open", `/dev/${name}`, openFlags.read));
      }
    },
  ],
  [
    "making device nodes is refused",
    async ({ program }) => {
      const [characterDevice, blockDevice] = [0o020666, 0o060666];
      for (const folder of [await program.systemDrive(), "/tmp", "/dev/shm"]) {
        for (const [mode, device] of [
          [characterDevice, 0x101],
          [characterDevice, 0x103],
          [blockDevice, 0x800],
        ] as const) {
          const file = `${folder}/node`;
          const made = await program.linux("mknod", file, mode, device);
          if (made === 0) await program.linux("unlink", file);
          expectRefused(made);
        }
      }
    },
  ],
  [
    "settings of the kernel in /proc/sys cannot be written",
    async ({ program }) => {
      for (const name of [
        "kernel/core_pattern",
        "kernel/modprobe",
        "kernel/hostname",
        "vm/drop_caches",
        "vm/overcommit_memory",
        "fs/file-max",
        "net/ipv4/ip_forward",
      ])
        expectRefused(await program.linux("open", `/proc/sys/${name}`, openFlags.write));
    },
  ],
  [
    "what else of /proc concerns the whole machine can be neither written nor read",
    async ({ program, account }) => {
      for (const name of ["sysrq-trigger", "irq/default_smp_affinity", "mtrr", "acpi/wakeup"]) {
        expectRefused(await program.linux("open", `/proc/${name}`, openFlags.write));
      }
      const rootsOwn = account.isHostRoot ? [] : ["kpagecount", "vmallocinfo", "slabinfo"];
      for (const name of ["kcore", "keys", "kmsg", "timer_list", "latency_stats", "sched_debug", ...rootsOwn]) {
        const file = await program.linux("open", `/proc/${name}`, openFlags.read);
        // As good as absent: a node that has nothing in its place.
        if (typeof file === "number") expect(await program.linux("read", file, program.reserve(64), 64)).toBe(0);
        else expectRefused(file);
      }
    },
  ],
  [
    "/sys has nothing to write, and neither control groups nor firmware",
    async ({ program }) => {
      for (const name of ["kernel", "fs/cgroup", "firmware", "class", "block", "module", "power"])
        expectRefused(await program.names(`/sys/${name}`));
      for (const name of ["kernel/uevent_helper", "power/state", "devices/system/cpu/cpu0/online", "devices/system/cpu/probe"]) {
        expectRefused(await program.linux("open", `/sys/${name}`, openFlags.write));
      }
    },
  ],
  [
    "its own limits, in control groups, cannot be written",
    async ({ program }) => {
      const lines = String(await program.content("/proc/self/cgroup"))
        .trim()
        .split("\n");
      for (const line of lines) {
        const [, controllers = "", group = ""] = line.split(":");
        const folder = `/sys/fs/cgroup/${controllers}${group}`;
        for (const name of ["cgroup.procs", "memory.max", "release_agent", "cgroup.subtree_control"]) {
          expectRefused(await program.linux("open", `${folder}/${name}`, openFlags.write));
        }
      }
      for (const name of ["cgroup.procs", "memory/release_agent", "unified/cgroup.procs", "memory/cgroup.procs"])
        expectRefused(await program.linux("open", `/sys/fs/cgroup/${name}`, openFlags.write));
    },
  ],
  [
    "the 32-bit entry of the kernel leads around nothing, where it has one",
    async ({ program, decoys }) => {
      const entered = await program.linux32("getpid").catch((error: Error) => error.message);
      // The program ends by what is no instruction then.
      if (typeof entered === "string") return expect(entered).toContain("the output ended");
      expectRefused(await program.linux32("open", decoys.file, openFlags.read));
      expectRefused(await program.linux32("open", "/etc/shadow", openFlags.read));
      expectForbidden(await program.linux32("unshare", nameSpaceFlags.user));
      expectForbidden(await program.linux32("keyctl", 0, -3, 0));
      expectForbidden(await program.linux32("add_key", "user", "oriel", "x", 1, -1));
      expectForbidden(await program.linux32("bpf", 0, words(2, 4, 4, 1, ...zeros(14)), 72));
      expectForbidden(await program.linux32("userfaultfd", 1));
      expectForbidden(await program.linux32("mount", "none", ".", "oriel-none", 0, 0));
      expectRefused(await program.linux32("ptrace", 0x4206, decoys.process.pid, 0, 0));
    },
  ],
  [
    "the entry for programs with short pointers leads around nothing",
    async ({ program, decoys }) => {
      const short = 0x40000000;
      expectRefused(await program.linuxNumber(short + 2, decoys.file, openFlags.read));
      expectForbidden(await program.linuxNumber(short + 272, nameSpaceFlags.user));
      expectForbidden(await program.linuxNumber(short + 250, 0, -3, 0));
      expectForbidden(await program.linuxNumber(short + 321, 0, words(2, 4, 4, 1, ...zeros(14)), 72));
    },
  ],
];
