import { execFile } from "node:child_process";
import { closeSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { exists, filesOf, ownFolderOf } from "./layer-folder.ts";
import { type OverlayMount, overlayFoldersOf, overlayNames, overlayOptions } from "./overlay-mount.ts";
import type { Rootfs } from "./rootfs.ts";

const run = promisify(execFile);
const deadline = 30_000;

/** What a thread for layers does of this. */
export interface OverlayCalls {
  mount(scratch: string, parents: readonly string[], names: number | undefined): Promise<OverlayMount>;
  /** Whether nothing is mounted there now. */
  unmount(target: string): Promise<boolean>;
  /** Descriptor of a user name space by whose numbers the files of a scratch are shown, which is closed then; undefined: as they are. */
  names?(scratch: string): Promise<number | undefined>;
}

/** The root as an overlay mount: nothing is copied before it is written to. */
export function overlayRootfs(calls: OverlayCalls): Rootfs {
  return {
    kind: "overlay",
    attach: async ({ scratch, parents }) => {
      const names = await calls.names?.(scratch);
      try {
        const { mounted, lower } = await calls.mount(scratch, parents, names);
        if (!mounted) await mountByProgram(scratch, lower);
      } finally {
        if (names !== undefined) closeSync(names);
      }
      return overlayFoldersOf(scratch).root;
    },
    detach: async (scratch) => {
      const { root } = overlayFoldersOf(scratch);
      // It was never attached.
      if (!exists(root)) return;
      if (!(await calls.unmount(root))) await unmount(root);
    },
  };
}

/**
 * The mount's options must fit into a page (4 KiB), however many layers there are and wherever they lie, so the layers
 * are named by short links relative to the working directory of mount(8).
 */
async function mountByProgram(scratch: string, lower: readonly string[]): Promise<void> {
  const own = ownFolderOf(scratch);
  const links = path.join(own, "l");
  await rm(links, { recursive: true, force: true });
  await mkdir(links);
  await Promise.all(lower.map((folder, index) => symlink(folder, path.join(links, String(index)))));
  const { upper, work, root } = overlayNames;
  const options = overlayOptions({ lower: lower.map((_, index) => `l/${index}`), upper, work });
  await run("mount", ["-t", "overlay", "overlay", "-o", options, root], { cwd: own, timeout: deadline });
}

async function unmount(root: string): Promise<void> {
  if (!(await mountsBelow(root)).includes(root)) return;
  try {
    await run("umount", [root], { timeout: deadline });
  } catch {
    // A process of the host looks into it: gone from sight now, from the kernel when that process leaves.
    await run("umount", ["-l", root], { timeout: deadline });
  }
}

/** Takes away the roots of scratches below `folder` that a former process left mounted; returns them. */
export async function unmountLeftovers(folder: string): Promise<string[]> {
  const suffixes = [overlayNames.root, overlayNames.mapped].map((name) => path.join(path.sep, ".oriel", name));
  const left = (await mountsBelow(folder)).filter((target) => suffixes.some((suffix) => target.endsWith(suffix)));
  for (const target of left.reverse()) await unmount(target);
  return left;
}

/** Mount points at or below `folder`, in the order of mounting. None where the system has no list of them. */
async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return table
    .split("\n")
    .map((line) => unescapeMount(line.split(" ")[4] ?? ""))
    .filter((target) => target === folder || target.startsWith(`${folder}${path.sep}`));
}

/** The kernel writes white space and backslashes in mount points as octal numbers (proc_pid_mountinfo(5)). */
function unescapeMount(target: string): string {
  return target.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const probeName = "overlay-probe-";

/**
 * Whether this process may mount overlays with whiteouts on the file system of `folder`, found out by doing so there:
 * one file system may hold an overlay's upper folder and another not (an overlay itself cannot). The folder is made when
 * it is missing.
 */
export async function overlayAllowed(folder: string = os.tmpdir()): Promise<boolean> {
  if (process.platform !== "linux") return false;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const probe = await mkdtemp(path.join(folder, probeName));
  try {
    const scratch = path.join(probe, "scratch");
    const parent = path.join(probe, "parent");
    await mkdir(filesOf(parent), { recursive: true });
    await run("mknod", [path.join(probe, "whiteout"), "c", "0", "0"], { timeout: deadline });
    for (const own of Object.values(overlayFoldersOf(scratch))) await mkdir(own, { recursive: true });
    const lower = [filesOf(parent)];
    const rootfs = overlayRootfs({ mount: async () => ({ mounted: false, lower }), unmount: async () => false });
    await rootfs.attach({ scratch, parents: [parent] });
    await rootfs.detach(scratch);
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** Removes what a process that was ended while it probed left in `folder`; the mounts must be gone. */
export async function removeProbes(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(probeName))) {
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
