import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { KeyedQueue } from "@oriel/core";
import { filesOf, ownFolderOf } from "./layer-folder.ts";
import { type OverlayFolders, overlayOptions } from "./overlay-mount.ts";
import type { Rootfs, RootfsLayers } from "./rootfs.ts";

const run = promisify(execFile);
const deadline = 30_000;

/** Folders below a scratch's `.oriel`. */
const names = { upper: "upper", work: "work", root: "root", lower: "l" } as const;

/** What a thread for layers does of this. */
export interface OverlayCalls {
  /** Folders that hide what layers take away, in the order of the layers; undefined for a layer that takes away nothing. */
  whiteoutFolders(layers: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Whether the mount was made. */
  mount(target: string, folders: OverlayFolders): Promise<boolean>;
  /** Whether nothing is mounted there now. */
  unmount(target: string): Promise<boolean>;
}

export function upperFolderOf(scratch: string): string {
  return path.join(ownFolderOf(scratch), names.upper);
}

/** The root as an overlay mount: nothing is copied before it is written to. */
export function overlayRootfs(calls: OverlayCalls): Rootfs {
  // Threads that make the same folder on its first use would be in each other's way.
  const inTurn = new KeyedQueue();
  const whiteoutFolders: OverlayCalls["whiteoutFolders"] = (layers) => inTurn.run("whiteouts", () => calls.whiteoutFolders(layers));
  return {
    kind: "overlay",
    attach: (layers) => attach(layers, { ...calls, whiteoutFolders }),
    detach: async (scratch) => {
      const root = path.join(ownFolderOf(scratch), names.root);
      if (!(await calls.unmount(root))) await unmount(root);
    },
  };
}

async function attach({ scratch, parents }: RootfsLayers, calls: OverlayCalls): Promise<string> {
  const own = ownFolderOf(scratch);
  const root = path.join(own, names.root);
  const [upper, work] = [path.join(own, names.upper), path.join(own, names.work)];
  for (const folder of [root, upper, work]) await mkdir(folder, { recursive: true });
  const whiteouts = await calls.whiteoutFolders(parents);
  // Below the layer's own files and above its parents': it hides what they have.
  const lower = parents.flatMap((parent, index) => [filesOf(parent), ...(whiteouts[index] === undefined ? [] : [whiteouts[index]])]);
  if (!(await calls.mount(root, { lower, upper, work }))) await mountByProgram(own, lower);
  return root;
}

/**
 * The mount's options must fit into a page (4 KiB), however many layers there are and wherever they lie, so the layers
 * are named by short links relative to the working directory of mount(8).
 */
async function mountByProgram(own: string, lower: readonly string[]): Promise<void> {
  const links = path.join(own, names.lower);
  await rm(links, { recursive: true, force: true });
  await mkdir(links);
  await Promise.all(lower.map((folder, index) => symlink(folder, path.join(links, String(index)))));
  const options = overlayOptions({ lower: lower.map((_, index) => `${names.lower}/${index}`), upper: names.upper, work: names.work });
  await run("mount", ["-t", "overlay", "overlay", "-o", options, names.root], { cwd: own, timeout: deadline });
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

/** Takes away the roots of scratches below `folder` that a former process left mounted; answers them. */
export async function unmountLeftovers(folder: string): Promise<string[]> {
  const suffix = path.join("", path.sep, ".oriel", names.root);
  const left = (await mountsBelow(folder)).filter((target) => target.endsWith(suffix));
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

/** Whether this process may mount overlays with whiteouts, found out by doing so. */
export async function overlayAllowed(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const probe = await mkdtemp(path.join(os.tmpdir(), "oriel-overlay-"));
  try {
    const scratch = path.join(probe, "scratch");
    const parent = path.join(probe, "parent");
    await mkdir(filesOf(parent), { recursive: true });
    await run("mknod", [path.join(probe, "whiteout"), "c", "0", "0"], { timeout: deadline });
    const calls = { whiteoutFolders: async () => [], mount: async () => false, unmount: async () => false };
    const rootfs = overlayRootfs(calls);
    await rootfs.attach({ scratch, parents: [parent] });
    await rootfs.detach(scratch);
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
