import { readFile, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ContainerGroup, ProcessorTime } from "./container-group.ts";
import { signalAll, stopAll, waitUntil } from "./process-signals.ts";

/** The folders that are one container's group: one of version 2, or one for each controller of version 1. */
export interface GroupFolders {
  readonly version: 1 | 2;
  /** By controller; of version 2 all are the same. */
  readonly of: ReadonlyMap<string, string>;
}

/** Moves itself into groups and becomes the command: what it is started as is in them before its first instruction. */
const enterScript = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"';
const deadline = 10_000;

export function cgroupGroup(folders: GroupFolders, warnings: readonly string[]): ContainerGroup {
  const unique = [...new Set(folders.of.values())];
  const [first = ""] = unique;
  const pids = () => pidsIn(first);
  return {
    enter: [
      "/bin/sh",
      "-c",
      enterScript,
      "enter-group",
      String(unique.length),
      ...unique.map((folder) => path.join(folder, "cgroup.procs")),
    ],
    warnings,
    pids,
    processorTime: () => processorTime(folders),
    memoryKills: () => memoryKills(folders),
    freeze: () => setFrozen(folders, pids, true),
    thaw: () => setFrozen(folders, pids, false),
    remove: () => removeFolders(unique),
  };
}

/** Lets what is in the folder go on, where it has a freezer. */
export async function thawFolder(version: 1 | 2, folder: string): Promise<void> {
  await setFrozen({ version, of: new Map([["freezer", folder]]) }, none, false).catch(() => undefined);
}

const none = async (): Promise<number[]> => [];

/** Ends the processes in the folders and takes those away; what cannot be taken away stays, and is empty. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  const remove = (folder: string): Promise<boolean> =>
    waitUntil(async () => {
      signalAll(await pidsIn(folder), "SIGKILL");
      return rmdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code !== "EBUSY",
      );
    }, deadline);
  await Promise.all(folders.map(remove));
}

async function pidsIn(folder: string): Promise<number[]> {
  const text = await readFile(path.join(folder, "cgroup.procs"), "utf8").catch(() => "");
  return text
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);
}

async function setFrozen({ version, of }: GroupFolders, pids: () => Promise<number[]>, frozen: boolean): Promise<void> {
  const folder = of.get("freezer");
  if (folder === undefined) {
    if (frozen) return stopAll(pids);
    return signalAll(await pids(), "SIGCONT");
  }
  const [file, wanted] = version === 1 ? ["freezer.state", frozen ? "FROZEN" : "THAWED"] : ["cgroup.freeze", frozen ? "1" : "0"];
  await writeFile(path.join(folder, file), wanted);
  const [told, word] = version === 1 ? [file, wanted] : ["cgroup.events", `frozen ${wanted}`];
  const settled = await waitUntil(async () => (await readFile(path.join(folder, told), "utf8")).split("\n").includes(word), deadline);
  if (!settled) throw new Error(`${folder} is not ${wanted} after ${deadline / 1000} s`);
}

/** @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and ../cgroup-v2.html */
async function memoryKills({ version, of }: GroupFolders): Promise<number> {
  const folder = of.get("memory");
  if (folder === undefined) return 0;
  const text = await readFile(path.join(folder, version === 1 ? "memory.oom_control" : "memory.events"), "utf8").catch(() => "");
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function processorTime({ version, of }: GroupFolders): Promise<ProcessorTime | undefined> {
  const folder = of.get("cpuacct");
  if (folder === undefined) return undefined;
  const read = async (file: string): Promise<string> => readFile(path.join(folder, file), "utf8");
  try {
    if (version === 1) {
      // Nanoseconds.
      const [user, kernel] = await Promise.all([read("cpuacct.usage_user"), read("cpuacct.usage_sys")]);
      return { user100ns: Math.round(Number(user) / 100), kernel100ns: Math.round(Number(kernel) / 100) };
    }
    const text = await read("cpu.stat");
    const microseconds = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    return { user100ns: microseconds("user_usec") * 10, kernel100ns: microseconds("system_usec") * 10 };
  } catch {
    return undefined;
  }
}
