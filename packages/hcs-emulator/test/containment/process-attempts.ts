import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expect } from "vitest";
import { type Attempt, expectForbidden, expectRefused } from "./attempt.ts";
import { type HostileProgram, openFlags } from "./hostile-program.ts";
import { nameSpaceFlags } from "./linux-calls.ts";

const signal = { user: 10, fileSize: 25 } as const;
const limitOf = { core: 4, processes: 6, files: 7 } as const;

/** Content of a file of every process that the program sees. */
async function ofAllProcesses(program: HostileProgram, name: string): Promise<string> {
  const names = await program.names("/proc");
  expect(names).toContain("self");
  const parts: string[] = [];
  for (const pid of (names as string[]).filter((each) => /^\d+$/.test(each)))
    parts.push(String(await program.content(`/proc/${pid}/${name}`)));
  return parts.join("\n");
}

/** Addresses and lengths, as process_vm_readv takes them. */
function vector(address: number | bigint, length: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(address), 0);
  bytes.writeBigUInt64LE(BigInt(length), 8);
  return bytes;
}

/** The container's processes as the host sees them. */
export function hostProcesses(
  daemon: number,
): readonly { readonly pid: number; readonly name: string; readonly status: Map<string, string> }[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
        return [{ pid: Number(pid), status: new Map(lines.map((line) => line.split(":\t") as [string, string])) }];
      } catch {
        return [];
      }
    });
  const below = new Set([daemon]);
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const { pid, status } of all) if (below.has(Number(status.get("PPid")))) below.add(pid);
  }
  return all
    .filter(({ pid, status }) => below.has(pid) && /^(reaper|wineserver\d*|\S+\.exe)$/.test(status.get("Name") ?? ""))
    .map(({ pid, status }) => ({ pid, name: status.get("Name") ?? "", status }));
}

export const processAttempts: readonly Attempt[] = [
  [
    "the processes of the host are not in /proc",
    async ({ program, decoys }) => {
      expect(await ofAllProcesses(program, "cmdline")).not.toContain(decoys.secret);
      expect(await program.names(`/proc/${decoys.process.pid}`)).toBe("ENOENT");
    },
  ],
  [
    "the environment of no process has a secret of the host",
    async ({ program, decoys }) => {
      const found = await ofAllProcesses(program, "environ");
      expect(found).not.toContain(decoys.secret);
      expect(found).not.toContain("DAEMON_SECRET");
    },
  ],
  [
    "the memory of a process of the host is absent in /proc",
    async ({ program, decoys }) => expectRefused(await program.linux("open", `/proc/${decoys.process.pid}/mem`, openFlags.read)),
  ],
  [
    "the memory of a process of the host cannot be read or written",
    async ({ program, decoys }) => {
      const { pid, environmentAt } = decoys.process;
      const buffer = program.reserve(64);
      const remote = vector(environmentAt, 32);
      expectRefused(await program.linux("process_vm_readv", pid, vector(buffer, 32), 1, remote, 1, 0));
      // The first character is what it is already.
      const character = await program.place(Buffer.from("D"));
      expectRefused(await program.linux("process_vm_writev", pid, vector(character, 1), 1, vector(environmentAt, 1), 1, 0));
      expect((await program.peek(buffer, 32)).toString()).not.toContain("DECOY");
    },
  ],
  [
    "a signal to a process of the host is refused",
    async ({ program, decoys }) => {
      const { pid } = decoys.process;
      expectRefused(await program.linux("kill", pid, 0));
      expectRefused(await program.linux("tgkill", pid, pid, 0));
      expectRefused(await program.linux("pidfd_open", pid, 0));
      expectRefused(await program.linux("kill", process.pid, 0));
    },
  ],
  [
    "a process of the host cannot be traced",
    async ({ program, decoys }) => {
      const seize = 0x4206;
      expectRefused(await program.linux("ptrace", seize, decoys.process.pid, 0, 0));
    },
  ],
  [
    "the priority and the limits of a process of the host cannot be changed",
    async ({ program, decoys }) => {
      expectRefused(await program.linux("setpriority", 0, decoys.process.pid, 5));
      expectRefused(await program.linux("prlimit64", decoys.process.pid, limitOf.files, 0, program.reserve(16)));
    },
  ],
  ...Object.entries(nameSpaceFlags).map(
    ([name, flag]): Attempt => [
      `a ${name} name space of its own is refused`,
      async ({ program }) => {
        expectForbidden(await program.linux("unshare", flag));
        // Not for clone: a bit of the signal.
        if (name !== "time") expectForbidden(await program.clone(flag));
      },
    ],
  ),
  [
    "a child by clone3, whose flags no filter sees, is refused",
    async ({ program }) => {
      // struct clone_args; with CLONE_FS, which a user name space excludes: no child where the call is there.
      const words = Buffer.alloc(88);
      words.writeBigUInt64LE(BigInt(nameSpaceFlags.user | 0x200), 0);
      expect(await program.linux("clone3", words, words.length)).toBe("ENOSYS");
    },
  ],
  [
    "the name spaces of other processes cannot be entered",
    async ({ program, decoys }) => {
      for (const pid of ["self", 1, decoys.process.pid]) {
        for (const name of ["mnt", "pid", "net", "user", "ipc", "uts"]) {
          const space = await program.linux("open", `/proc/${pid}/ns/${name}`, openFlags.read);
          if (typeof space === "number") expectForbidden(await program.linux("setns", space, 0));
          else expectRefused(space);
        }
      }
    },
  ],
  [
    "other accounts, of root too, and other groups are refused",
    async ({ program, account }) => {
      const someone = 4242;
      for (const user of account.isHostRoot ? [someone] : [0, someone]) {
        for (const result of [
          await program.linux("setuid", user),
          await program.linux("setresuid", user, user, user),
          await program.linux("setresgid", user, user, user),
        ]) {
          expect(["EPERM", "EINVAL"]).toContain(result);
        }
      }
      expectForbidden(await program.linux("setgroups", 1, Buffer.alloc(4)));
    },
  ],
  [
    "capabilities are refused",
    async ({ program }) => {
      const header = Buffer.from("2205082000000000", "hex");
      const systemAdministration = 1 << 21;
      const wanted = Buffer.alloc(24);
      for (const at of [0, 4]) wanted.writeUInt32LE(systemAdministration, at);
      expectForbidden(await program.linux("capset", header, wanted));
      const bounding = [];
      for (let capability = 0; capability <= 40; capability += 1) bounding.push(await program.linux("prctl", 23, capability, 0, 0, 0));
      expect(bounding.filter((each) => each !== 0)).toEqual([]);
    },
  ],
  [
    "more rights by a program's owner cannot be allowed again",
    async ({ program }) => {
      const [set, get] = [38, 39];
      expect(await program.linux("prctl", set, 0, 0, 0, 0)).toBe("EINVAL");
      expect(await program.linux("prctl", get, 0, 0, 0, 0)).toBe(1);
    },
  ],
  [
    "other rules for its address space are refused",
    async ({ program }) => {
      const readImpliesExecute = 0x0400000;
      expectForbidden(await program.linux("personality", readImpliesExecute));
    },
  ],
  [
    "a place before others for the processor, or behind them when memory ends, is refused",
    async ({ program }) => {
      expectForbidden(await program.linux("sched_setscheduler", 0, 1, Buffer.from("01000000", "hex")));
      expectForbidden(await program.linux("setpriority", 0, 0, -20));
      const file = await program.linux("open", "/proc/self/oom_score_adj", openFlags.write);
      if (typeof file === "number") expectForbidden(await program.linux("write", file, "-999", 4));
      else expectRefused(file);
    },
  ],
  [
    "limits cannot be raised",
    async ({ program }) => {
      const most = Buffer.alloc(16, 0xff);
      for (const limit of [limitOf.core, limitOf.processes]) expectForbidden(await program.linux("prlimit64", 0, limit, most, 0));
      const files = program.reserve(16);
      await program.linux("prlimit64", 0, limitOf.files, 0, files);
      const more = await program.peek(files, 16);
      const limit = more.readBigUInt64LE(8);
      more.writeBigUInt64LE(limit + 1n, 8);
      expectForbidden(await program.linux("prlimit64", 0, limitOf.files, more, 0));
      expect(await program.linux("fcntl", 1, 0, limit)).toBe("EINVAL");
    },
  ],
  [
    "a crash leaves no core file, and runs no handler of the host",
    async ({ program, container }) => {
      const limits = program.reserve(16);
      expect(await program.linux("prlimit64", 0, limitOf.core, 0, limits)).toBe(0);
      // 1 byte: no file, and no handler either, which the kernel runs for a limit of 0 (core(5)).
      expect((await program.peek(limits, 16)).readBigUInt64LE(8)).toBe(1n);
      const drive = await program.systemDrive();
      await program.linux("prlimit64", 0, limitOf.core, Buffer.alloc(16, 0xff), 0);
      await expect(program.linux("kill", await program.linux("getpid"), signal.fileSize)).rejects.toThrow("the output ended");
      const next = await container.start();
      const other = new (program.constructor as typeof HostileProgram)((line) => container.request(next, line));
      expect(((await other.names(drive)) as string[]).filter((name) => name.startsWith("core"))).toEqual([]);
      await container.end(next);
    },
  ],
  [
    "keys cannot be typed into a terminal of the host",
    async ({ program }) => {
      const insert = 0x5412;
      const terminal = await program.linux("open", "/dev/tty", openFlags.readWrite);
      expect(["ENXIO", "ENOENT", "EACCES"]).toContain(terminal);
      for (const descriptor of [0, 1, 2])
        expect(["ENOTTY", "EPERM", "EBADF"]).toContain(await program.linux("ioctl", descriptor, insert, "x"));
    },
  ],
  [
    "no open file of the container's processes leads to the host",
    async ({ program, files, decoys }) => {
      const names = (await program.names("/proc")) as string[];
      const found: string[] = [];
      for (const pid of names.filter((each) => /^\d+$/.test(each))) {
        const descriptors = await program.names(`/proc/${pid}/fd`);
        if (typeof descriptors === "string") continue;
        for (const descriptor of descriptors) found.push((await program.linkTarget(`/proc/${pid}/fd/${descriptor}`)) ?? "");
      }
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((target) => target.startsWith(files.engine) || target.startsWith(decoys.folder))).toEqual([]);
    },
  ],
  [
    "all that runs in it has no rights, no way to get some, a filter of calls, and name spaces of its own: so the host sees it",
    async ({ files, account }) => {
      const own = (name: string): string => readlinkSync(`/proc/self/ns/${name}`);
      const found = hostProcesses(files.daemon);
      expect(found.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["agent.exe", "hostile.exe", expect.stringMatching(/^wineserver/)]),
      );
      for (const { pid, name, status } of found) {
        const value = (field: string) => status.get(field)?.trim();
        const capabilities = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((field) => BigInt(`0x${value(field)}`));
        const accounts = new Set(value("Uid")?.split("\t").map(Number));
        expect({
          name,
          capabilities,
          isRoot: accounts.has(0),
          isAccount: accounts.has(account.uid),
          rights: value("NoNewPrivs"),
          filter: value("Seccomp"),
        }).toEqual({
          name,
          capabilities: [0n, 0n, 0n, 0n, 0n],
          isRoot: account.isHostRoot,
          isAccount: account.uid !== 0 || account.isHostRoot,
          rights: "1",
          filter: "2",
        });
        for (const space of ["mnt", "pid", "net", "ipc", "uts"]) expect(readlinkSync(`/proc/${pid}/ns/${space}`)).not.toBe(own(space));
      }
    },
  ],
];
