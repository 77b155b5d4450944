import { readdir, readFile } from "node:fs/promises";

/** What a process holds of its host. */
export interface HeldResources {
  readonly descriptors: number;
  readonly threads: number;
  /** Resident memory in MiB. */
  readonly memory: number;
}

export async function heldResources(pid: number): Promise<HeldResources> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    threads: field("Threads"),
    memory: Math.round(field("VmRSS") / 1024),
  };
}
