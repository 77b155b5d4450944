import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PowerDisk } from "./power-disk.ts";

/** What this machine lacks for disks that lose their power; undefined where it lacks nothing. Found out by making one. */
export async function powerLack(): Promise<string | undefined> {
  const at = await mkdtemp(path.join(os.tmpdir(), "oriel-power-"));
  try {
    await using _ = await PowerDisk.make(at, 32 * 1024 * 1024);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(at, { recursive: true, force: true });
  }
}
