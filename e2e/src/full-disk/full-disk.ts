import { appendFileSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runCommand } from "../command.ts";

/** A file system of a few hundred MB that can be filled to its last byte. */
export interface FullDisk {
  readonly folder: string;
  /** Takes all that is free. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  dispose(): Promise<void>;
}

/** Why no such disk can be made here; undefined where it can. */
export function whyNoFullDisk(): string | undefined {
  return process.platform === "linux" && process.getuid?.() === 0 ? undefined : "a tmpfs can be mounted by root on Linux only";
}

/** @param size bytes, with the suffix m */
export async function mountFullDisk(size: string): Promise<FullDisk> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "oriel-full-"));
  const { code, stderr } = await runCommand("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  if (code !== 0) throw new Error(`tmpfs could not be mounted: ${stderr}`);
  const filler = path.join(folder, "filler");
  return {
    folder,
    fill() {
      for (let bytes = 1024 * 1024; bytes >= 1; bytes = bytes === 4096 ? 1 : bytes / 16) {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(bytes));
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        }
      }
    },
    free: () => truncateSync(filler, 0),
    async dispose() {
      await runCommand("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
