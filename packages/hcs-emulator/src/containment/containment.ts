import { execFile } from "node:child_process";
import { closeSync, constants, rmSync, statSync } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { firstLine } from "../linux/linux-tools.ts";
import { allowsMappedTrees } from "../native/mapped-mounts.ts";
import { containerUserOf, openSwappedNames } from "./container-user.ts";
import { makeDeviceFolder } from "./device-nodes.ts";
import { insidePaths } from "./inside-paths.ts";
import { hasNativePrograms, reaperImage } from "./native-programs.ts";
import { seccompFilter } from "./seccomp-filter.ts";

const run = promisify(execFile);

/** What this host contains its containers with. */
export interface Containment {
  /** Absolute path of bubblewrap. */
  readonly bubblewrap: string;
  /** `root`: real mounts and users; `user`: in a user name space, with the rights of who runs the daemon. */
  readonly as: "root" | "user";
  /** As root: whether programs run as a user that is not the host's root, for which files must be shown as another's. */
  readonly ownUsers: boolean;
  /** File with the filter of system calls. */
  readonly filter: string;
  /** Whether each container has device nodes of its own; else those of the host, shown by bubblewrap. */
  readonly ownDevices: boolean;
}

/** Why there is no containment, as the rest of a sentence, and what would change that. */
export interface NoContainment {
  readonly why: string;
  readonly remedy: string;
}

export function isContainment(found: Containment | NoContainment): found is Containment {
  return "bubblewrap" in found;
}

const usualPlaces = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];
const askForNone = 'or run containers without containment, with all rights of the daemon, by emulator.isolation = "none"';
const deadline = 10_000;

/** What every sandbox has of its own, beside its network. */
export const nameSpaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session"];

/**
 * Finds out how this host can contain containers, by doing so.
 * @param folder for what all sandboxes share; made here
 * @param places folders in which bubblewrap may be
 */
export async function findContainment(folder: string, places = [...usualPlaces, ...inPath()]): Promise<Containment | NoContainment> {
  if (!hasNativePrograms()) {
    return {
      why: `containers are contained on Linux on x86-64 only, and this is ${process.platform} on ${process.arch}`,
      remedy: askForNone.slice(3),
    };
  }
  const bubblewrap = await findTool(places);
  if (bubblewrap === undefined) {
    const remedy = `install it: 'apt-get install bubblewrap' on Debian and Ubuntu, 'dnf install bubblewrap' on Fedora, 'pacman -S bubblewrap' on Arch; ${askForNone}`;
    return { why: "bubblewrap (bwrap), which contains them, is not installed", remedy };
  }
  const as = process.getuid?.() === 0 ? "root" : "user";
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const words = [
    ...nameSpaces,
    "--unshare-net",
    ...(as === "user" ? ["--unshare-user"] : []),
    "--ro-bind",
    reaperImage,
    insidePaths.reaper,
  ];
  try {
    await run(bubblewrap, [...words, "--proc", "/proc", "--dev", "/dev", "--", insidePaths.reaper], { timeout: deadline });
  } catch (error) {
    const remedy =
      as === "root"
        ? `give the daemon the right to mount and to make name spaces (a container of Docker's needs --privileged for it); ${askForNone}`
        : `let users make user name spaces (kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), or run the daemon as root; ${askForNone}`;
    return { why: `bubblewrap can make no sandbox here: ${firstLine(error)}`, remedy };
  }
  const ownUsers = as === "root" && (await showsOwnUsers(folder));
  const ownDevices = as === "root" && canMakeDevices(path.join(folder, "dev"));
  // Seen from a user name space, whose root this may be, the host's nodes are not root's.
  if (as === "root" && !ownUsers && !ownDevices && statSync("/dev/null").uid === 0) {
    return {
      why: "the daemon's root folder has neither idmapped mounts nor devices, so programs of containers could change the mode of the host's /dev/null",
      remedy: `keep the root folder on ext4, XFS or Btrfs, with Linux 5.19 or newer, or on what is mounted without nodev; ${askForNone}`,
    };
  }
  const filter = path.join(folder, "system-calls.bpf");
  await writeFile(filter, seccompFilter("x64"));
  return { bubblewrap, as, ownUsers, filter, ownDevices };
}

function inPath(): string[] {
  return (process.env.PATH ?? "").split(path.delimiter).filter((name) => path.isAbsolute(name));
}

async function findTool(places: readonly string[]): Promise<string | undefined> {
  for (const name of places) {
    const file = path.join(name, "bwrap");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** Not on a file system that is mounted without devices. */
function canMakeDevices(folder: string): boolean {
  const can = makeDeviceFolder(folder);
  rmSync(folder, { recursive: true, force: true });
  return can;
}

async function showsOwnUsers(folder: string): Promise<boolean> {
  try {
    const names = await openSwappedNames(containerUserOf(folder));
    try {
      return allowsMappedTrees(folder, names);
    } finally {
      closeSync(names);
    }
  } catch {
    return false;
  }
}
