import { open, readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** What the host knows of one of its processes. Times in 100 ns, memory in bytes; all 0 where it says nothing. */
export interface HostProcess {
  /** At most 15 characters. */
  readonly name: string;
  /** Its number in a process namespace inside of ours; undefined where it is in none. */
  readonly innerPid: number | undefined;
  readonly started: Date;
  readonly user100ns: number;
  readonly kernel100ns: number;
  /** The same of its children that have ended. */
  readonly endedUser100ns: number;
  readonly endedKernel100ns: number;
  /** Its alone, in memory or swapped out. */
  readonly commit: number;
  /** Its alone, in memory. */
  readonly privateMemory: number;
  /** In memory, and perhaps of others too. */
  readonly sharedMemory: number;
  /** Read from and written to disks, by its ended children too. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Units of the times in /proc: every Linux that Node.js runs on shows 100 a second, whatever it counts with (USER_HZ). */
const tick100ns = 100_000;

/** undefined for a process that has ended. @see proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5) */
export async function readHostProcess(pid: number, proc = "/proc"): Promise<HostProcess | undefined> {
  const read = (name: string): Promise<string> => readFile(path.join(proc, String(pid), name), "utf8").catch(() => "");
  const [stat, status, io] = await Promise.all([read("stat"), read("status"), read("io")]);
  // The name in brackets can have anything in it, brackets too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20) return undefined;
  const [, ...inner] = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split("\t") ?? [];
  const time = (index: number): number => Number(fields[index] ?? 0) * tick100ns;
  const size = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  const bytes = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1] ?? 0);
  return {
    name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
    innerPid: inner.length > 0 ? Number(inner.at(-1)) : undefined,
    started: new Date((await bootTime(proc)) + (Number(fields[19]) * tick100ns) / 10_000),
    user100ns: time(11),
    kernel100ns: time(12),
    endedUser100ns: time(13),
    endedKernel100ns: time(14),
    commit: size("RssAnon") + size("VmSwap"),
    privateMemory: size("RssAnon"),
    sharedMemory: size("RssFile") + size("RssShmem"),
    readBytes: bytes("read_bytes"),
    writtenBytes: bytes("write_bytes"),
  };
}

/** When each host was started, by its /proc. */
const booted = new Map<string, Promise<number>>();

/** When the host was started, in milliseconds since 1970. */
function bootTime(proc: string): Promise<number> {
  const known = booted.get(proc);
  if (known !== undefined) return known;
  const time = readFile(path.join(proc, "stat"), "utf8").then(
    (text) => Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000,
    () => 0,
  );
  booted.set(proc, time);
  return time;
}

/** All processes of the host. Linux only; none elsewhere. */
export async function allPids(proc = "/proc"): Promise<number[]> {
  const names = await readdir(proc).catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Whether it is the reaper of a guest, which adopts orphans: of its descendants none goes away from it. */
export async function adoptsOrphans(pid: number, proc = "/proc"): Promise<boolean> {
  const command = await readFile(path.join(proc, String(pid), "cmdline"), "utf8").catch(() => "");
  return path.basename(command.split("\0")[0] ?? "") === "reaper";
}

/** A process and its descendants, as far as they are not orphans. */
export async function familyOf(pid: number, proc = "/proc"): Promise<number[]> {
  const tasks = path.join(proc, String(pid), "task");
  const threads = await readdir(tasks).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => readFile(path.join(tasks, thread, "children"), "utf8").catch(() => "")));
  const children = lists.flatMap((list) => list.split(" ").filter((word) => word !== ""));
  return [pid, ...(await Promise.all(children.map((child) => familyOf(Number(child), proc)))).flat()];
}

/** Processes of this user that were started with `variable`, as `NAME=value`, in their environment. Linux only. */
export async function pidsWithVariable(variable: string, proc = "/proc"): Promise<number[]> {
  const all = await allPids(proc);
  const found: number[] = [];
  for (let at = 0; at < all.length; at += most.atOnce) {
    const some = all.slice(at, at + most.atOnce);
    const environments = await Promise.all(some.map((pid) => readStart(path.join(proc, String(pid), "environ"))));
    found.push(...some.filter((_, index) => `\0${environments[index]}\0`.includes(`\0${variable}\0`)));
  }
  return found;
}

/** A container may have thousands of processes, and each an environment of megabytes: what is looked for is at its beginning. */
const most = { atOnce: 32, bytes: 128 * 1024 } as const;

async function readStart(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(most.bytes), 0, most.bytes, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return "";
  }
}
