import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, filterProgram, type NumberRule, numberRules, seccompFilter } from "../src/containment/seccomp-filter.ts";
import { type Architecture, systemCallNumbers } from "../src/containment/system-call-numbers.ts";
import { systemCallVerdicts } from "../src/containment/system-call-policy.ts";
import { findWine } from "../src/index.ts";
import { findProgramOfHost } from "../src/linux/linux-tools.ts";
import { baseLayer, noWine } from "./emulated-container.ts";

const architectures = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const i386 = 0x40000003;
const allow = 0x7fff0000;
const errno = (number: number) => 0x00050000 | number;
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);

/** What the kernel does with a filter (kernel/seccomp.c), as far as ours goes. */
function evaluate(program: Buffer, architecture: number, number: number, ...args: readonly bigint[]) {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0, steps = 1; at < program.length / 8; at++, steps++) {
    const value = program.readUInt32LE(8 * at + 4);
    const jump = (condition: boolean) => program.readUInt8(8 * at + (condition ? 2 : 3));
    switch (program.readUInt16LE(8 * at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        break;
      case 0x05:
        at += value;
        break;
      case 0x15:
        at += jump(accumulator === value);
        break;
      case 0x35:
        at += jump(accumulator >= value);
        break;
      case 0x45:
        at += jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return { result: value, steps };
      default:
        throw new Error(`no instruction that the kernel takes at ${at}`);
    }
  }
  throw new Error("the program runs past its end");
}

describe.each(["x64", "arm64"] as const)("the system call filter of %s", (architecture: Architecture) => {
  const program = seccompFilter(architecture);
  const numbers = systemCallNumbers[architecture];
  const call = (name: string, ...args: readonly bigint[]) =>
    evaluate(program, architectures[architecture], numbers.get(name) ?? Number.NaN, ...args).result;

  it.each([
    ["files", "openat statx renameat2 copy_file_range close_range getdents64 fchmodat2 setxattrat"],
    ["waiting", "ppoll epoll_pwait epoll_pwait2 eventfd2 timerfd_settime signalfd4 inotify_add_watch"],
    ["memory", "mmap mprotect memfd_create membarrier madvise"],
    ["threads", "futex futex_waitv rseq set_robust_list sched_setaffinity sched_getattr prctl exit_group"],
    ["what wineserver does to its programs", "ptrace process_vm_readv process_vm_writev tgkill"],
    ["sockets", "connect accept4 sendmsg recvmmsg socketpair"],
    ["the rest", "getrandom execve wait4 rt_sigreturn seccomp setresuid prlimit64"],
  ])("allows %s", (_group, names) => {
    for (const name of names.split(" ")) expect(call(name), name).toBe(allow);
  });

  it.each([
    ["mounts and roots", "mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr"],
    ["name spaces", "unshare setns sethostname setdomainname"],
    ["modules, other kernels, and the end of this one", "init_module finit_module delete_module kexec_load kexec_file_load reboot"],
    ["programs in the kernel", "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register"],
    ["keys", "keyctl add_key request_key"],
    ["clocks and swap", "settimeofday clock_settime swapon swapoff acct"],
    ["files by handle", "open_by_handle_at"],
    ["the kernel's log", "syslog"],
  ])("refuses %s with EPERM", (_group, names) => {
    for (const name of names.split(" ")) expect(call(name), name).toBe(EPERM);
  });

  it("refuses new name spaces as flags of clone, and nothing else of it", () => {
    for (const flag of [0x00020000n, 0x02000000n, 0x04000000n, 0x08000000n, 0x10000000n, 0x20000000n, 0x40000000n]) {
      expect(call("clone", flag | 17n), flag.toString(16)).toBe(EPERM);
    }
    expect(call("clone", 0x3d0f00n)).toBe(allow);
    expect(call("clone", 17n)).toBe(allow);
  });

  it("has neither clone3 nor openat2, whose flags it cannot see, so that a C library takes clone and openat", () => {
    for (const name of ["clone3", "openat2"]) expect(call(name), name).toBe(ENOSYS);
  });

  it("lets nobody make a file that runs with the rights of its owner or group", () => {
    const [create, temporary] = [0x41n, 0x410002n];
    for (const mode of [0o4755n, 0o2755n, 0o6777n, 0o104755n]) {
      for (const flags of [create, temporary]) expect(call("openat", -100n, 0n, flags, mode), mode.toString(8)).toBe(EPERM);
      for (const name of ["mknodat", "fchmodat", "fchmodat2"]) expect(call(name, -100n, 0n, mode), name).toBe(EPERM);
      expect(call("fchmod", 3n, mode)).toBe(EPERM);
    }
    for (const name of ["mknodat", "fchmodat", "fchmodat2"]) expect(call(name, -100n, 0n, 0o1777n), name).toBe(allow);
    expect(call("openat", -100n, 0n, create, 0o644n)).toBe(allow);
    // Nothing is made: the register of the mode has something of before.
    expect(call("openat", -100n, 0n, 2n, -1n)).toBe(allow);
  });

  it("lets a program take the harmless personalities only", () => {
    for (const harmless of [0n, 8n, 0x20000n, 0x20008n, 0xffffffffn, -1n]) expect(call("personality", harmless)).toBe(allow);
    for (const other of [0x40000n, 0x400000n, 0x440000n, 1n]) expect(call("personality", other)).toBe(EPERM);
  });

  it("gives no sockets into the host or the kernel's cryptography", () => {
    for (const family of [1n, 2n, 10n, 16n, 17n]) expect(call("socket", family), String(family)).toBe(allow);
    for (const family of [38n, 40n, 21n, 29n, 1000n]) expect(call("socket", family), String(family)).toBe(EAFNOSUPPORT);
  });

  it("lets nobody type into a terminal, whatever stands above the 32 bits that the kernel looks at", () => {
    for (const request of [0x5412n, 0x541cn, 0xff00005412n]) expect(call("ioctl", 0n, request)).toBe(EPERM);
    for (const request of [0x5401n, 0x5413n, 0x541bn]) expect(call("ioctl", 0n, request)).toBe(allow);
  });

  it("has no call that is newer than the filter", () => {
    for (const number of [467, 500, 1023, 0x7fffffff, 0xffffffff]) {
      expect(evaluate(program, architectures[architecture], number).result, String(number)).toBe(ENOSYS);
    }
  });

  it("has no call of another architecture, not even with a number of its own", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1024 }),
        fc.constantFrom(i386, 0x40000028, architectures.x64, architectures.arm64),
        (number, other) => {
          fc.pre(other !== architectures[architecture]);
          expect(evaluate(program, other, number).result).toBe(ENOSYS);
        },
      ),
    );
  });

  it("has no call of x32, whose numbers are marked by a bit", () => {
    for (const number of numbers.values()) {
      expect(evaluate(program, architectures[architecture], number + 0x40000000).result).toBe(ENOSYS);
    }
  });

  it("lets a container of Linux change its root where it is asked to, and nothing more", () => {
    const other = seccompFilter(architecture, { chroot: true });
    for (const [name, number] of numbers) {
      const result = evaluate(other, architectures[architecture], number).result;
      expect(result, name).toBe(name === "chroot" ? allow : evaluate(program, architectures[architecture], number).result);
    }
  });

  it("lets a container of Linux make files that run with the rights of their owner where it is asked to, and nothing more", () => {
    const other = seccompFilter(architecture, { setId: true });
    const makers = ["open", "openat", "openat2", "creat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2"];
    for (const [name, number] of numbers) {
      const words = [0o6777n, 0o6777n, 0o6777n, 0o6777n];
      const result = evaluate(other, architectures[architecture], number, ...words).result;
      expect(result, name).toBe(makers.includes(name) ? allow : evaluate(program, architectures[architecture], number, ...words).result);
    }
  });

  it("has a verdict for every call that it has a number of", () => {
    expect([...numbers.keys()].filter((name) => !systemCallVerdicts().has(name))).toEqual([]);
  });

  it("is as long as the kernel takes, and passes few instructions for each call", () => {
    expect(program.length % 8).toBe(0);
    expect(program.length / 8).toBeLessThan(4096);
    const steps = [...numbers.values()].map((number) => evaluate(program, architectures[architecture], number).steps);
    expect(Math.max(...steps)).toBeLessThan(20);
  });
});

it("a filter finds for each number the verdict that its table has, however long the table is", () => {
  const verdict = fc.constantFrom<NumberRule["verdict"]>("allow", "EPERM", "ENOSYS", {
    argument: 2,
    noneOfBits: 0x80000001,
    otherwise: "EPERM",
  });
  const rulesOf = fc
    .uniqueArray(fc.integer({ min: 1, max: 0xffffffff }), { maxLength: 800 })
    .chain((starts) => fc.tuple(fc.constant([0, ...starts.sort((a, b) => a - b)]), fc.array(verdict, { minLength: starts.length + 1 })))
    .map(([starts, verdicts]) => starts.map((from, index): NumberRule => ({ from, verdict: verdicts[index] ?? "allow" })));
  fc.assert(
    fc.property(
      rulesOf,
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (rules, number, argument) => {
        const program = assemble(filterProgram(i386, rules));
        const expected = (wanted: number) => {
          const found = rules.findLast(({ from }) => from <= wanted)?.verdict;
          if (typeof found === "object") return (Number(argument & 0xffffffffn) & 0x80000001) === 0 ? allow : EPERM;
          return found === "allow" ? allow : found === "EPERM" ? EPERM : ENOSYS;
        };
        for (const wanted of [number, ...rules.flatMap(({ from }) => [from, Math.max(0, from - 1)])]) {
          expect(evaluate(program, i386, wanted, 0n, 0n, argument).result).toBe(expected(wanted));
        }
      },
    ),
    { numRuns: 50 },
  );
});

it("neighbours with the same verdict are one rule", () => {
  const rules = numberRules("x64");
  expect(rules[0]).toEqual({ from: 0, verdict: "allow" });
  expect(rules.every(({ verdict }, index) => index === 0 || verdict !== rules[index - 1]?.verdict)).toBe(true);
});

const bwrap = await findProgramOfHost("bwrap");
const canContain = bwrap !== undefined && (await sandboxed(["true"])).code === 0;
const skipped = canContain ? "" : " (skipped: bubblewrap is not installed, or may not be used)";

/** Runs a program of the host behind the filter. */
async function sandboxed(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "oriel-seccomp-"));
  try {
    await writeFile(path.join(folder, "filter"), seccompFilter(process.arch === "arm64" ? "arm64" : "x64"));
    const filter = openSync(path.join(folder, "filter"), "r");
    const child = spawn(bwrap ?? "", ["--dev-bind", "/", "/", "--unshare-pid", "--die-with-parent", "--seccomp", "3", "--", ...command], {
      stdio: ["ignore", "pipe", "pipe", filter],
      env: { ...process.env, LC_ALL: "C", ...environment },
    });
    closeSync(filter);
    const [out, err, [code]] = await Promise.all([
      text(child.stdio[1] as Readable),
      text(child.stdio[2] as Readable),
      once(child, "close"),
    ]);
    return { out, err, code: code as number };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe.skipIf(!canContain)(`the filter in the kernel${skipped}`, () => {
  it.each([
    ["new user name spaces", ["unshare", "--user", "true"], "Operation not permitted"],
    ["addresses that are not random", ["setarch", "-R", "true"], "Operation not permitted"],
    ["mounts", ["mount", "-t", "tmpfs", "tmpfs", "/mnt"], "ermission|permitted|must be superuser"],
  ])("refuses programs %s", async (_what, command, message) => {
    const { code, err } = await sandboxed(command);
    expect(err).toMatch(new RegExp(message));
    expect(code).not.toBe(0);
  });

  it("lets programs of the host run, with threads and children", async () => {
    const script = "new Worker('1', { eval: true }); console.log(require('child_process').execSync('echo child') + '')";
    const { out, code } = await sandboxed([process.execPath, "-e", `const { Worker } = require('worker_threads'); ${script}`]);
    expect({ out, code }).toEqual({ out: "child\n\n", code: 0 });
  });
});

describe.skipIf(!canContain || noWine !== undefined)(`the filter around Wine${skipped || (noWine ? ` (skipped: ${noWine})` : "")}`, () => {
  it("keeps nothing from it that the programs of its base image need", async () => {
    const { folder, base, remove } = await baseLayer();
    try {
      const root = path.join(base, "Files");
      const prefix = path.join(folder, "prefix");
      await mkdir(path.join(prefix, "dosdevices"), { recursive: true });
      await symlink(root, path.join(prefix, "dosdevices", "c:"));
      const registry = "WINE REGISTRY Version 2\n;; All keys relative to \\\\\n\n#arch=win64\n";
      for (const name of ["system.reg", "user.reg", "userdef.reg"]) await writeFile(path.join(prefix, name), registry);
      await writeFile(path.join(prefix, ".update-timestamp"), "disable\n");
      await writeFile(path.join(root, "some.txt"), "one\r\ntwo\r\n");
      const { loader } = (await findWine()) ?? {};
      const script = "type C:\\some.txt & ping.exe -n 1 127.0.0.1 & cmd.exe /c exit 7 & cmd.exe /c echo end";
      const environment = { WINEPREFIX: prefix, HOME: folder, WINEDEBUG: "-all", WINEPATH: "C:\\Windows\\System32" };
      const { out } = await sandboxed([loader ?? "", "C:\\Windows\\System32\\cmd.exe", "/c", script], environment);
      expect(out).toContain("two");
      expect(out).toContain("Pinging 127.0.0.1");
      expect(out).toContain("end");
    } finally {
      await remove();
    }
  }, 60_000);
});
