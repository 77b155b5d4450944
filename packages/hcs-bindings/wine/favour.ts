import { readdir, readFile, writeFile } from "node:fs/promises";

/**
 * Gives a Windows process and the wineserver of its prefix more of the processors than what they start, as a host gives its
 * services more than containers. Linux shares the processors between sessions first (sched(7), "The autogroup feature"),
 * and Wine makes a session of each process: two hundred programs leave a service one part in two hundred. Needs root;
 * answers whether it was done.
 */
export async function favour(pid: number, prefix: string): Promise<boolean> {
  try {
    for (const service of [pid, ...(await serversOf(prefix))]) await writeFile(`/proc/${service}/autogroup`, "-20");
    return true;
  } catch {
    return false;
  }
}

async function serversOf(prefix: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (!name.startsWith("wineserver")) continue;
    const environment = (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
    if (environment.includes(`WINEPREFIX=${prefix}`)) found.push(Number(pid));
  }
  return found;
}
