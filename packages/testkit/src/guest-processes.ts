import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** A process of the host that belongs to an emulated container. */
export interface GuestHostProcess {
  /** The host's number. */
  readonly pid: number;
  /** As the kernel has it: at most 15 characters. */
  readonly name: string;
  /** Last part of the first word of its command line, in lower case; a Windows program's has its extension. */
  readonly program: string;
}

/**
 * Live processes of the emulated containers of all engines whose folder begins with `folder`: what a sandbox consists of and all
 * that runs in it, and where there is no sandbox all that has a Wine prefix there. Linux; none elsewhere.
 */
export async function guestProcesses(folder: string): Promise<GuestHostProcess[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const parents = new Map<string, string>();
  const found = new Set<string>();
  await Promise.all(
    pids.map(async (pid) => {
      const [environment, stat] = await Promise.all([read(pid, "environ"), read(pid, "stat")]);
      // The name in brackets can have anything in it, brackets too.
      parents.set(pid, stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "");
      if ([`ORIEL_GUEST=${folder}`, `WINEPREFIX=${folder}`].some((text) => `\0${environment}`.includes(`\0${text}`))) found.add(pid);
    }),
  );
  const belongs = (pid: string | undefined): boolean => pid !== undefined && (found.has(pid) || belongs(parents.get(pid)));
  const own = pids.filter((pid) => belongs(pid));
  const described = await Promise.all(
    own.map(async (pid) => {
      const [name, command, state] = await Promise.all([read(pid, "comm"), read(pid, "cmdline"), read(pid, "stat")]);
      const program = (command.split("\0")[0] ?? "").split(/[\\/]/).at(-1) ?? "";
      // What nobody has reaped yet has ended.
      const hasEnded = state === "" || state.slice(state.lastIndexOf(")") + 2).startsWith("Z");
      return hasEnded ? [] : [{ pid: Number(pid), name: name.trim(), program: program.toLowerCase() }];
    }),
  );
  return described.flat().sort((a, b) => a.pid - b.pid);
}

function read(pid: string, file: string): Promise<string> {
  return readFile(path.join("/proc", pid, file), "utf8").catch(() => "");
}
