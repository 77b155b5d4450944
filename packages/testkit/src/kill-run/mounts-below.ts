import { readFile } from "node:fs/promises";
import path from "node:path";

/** Mount points below a folder; none on a host without Linux' table of them. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return table
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((mount) => mount.startsWith(`${folder}${path.sep}`));
}
