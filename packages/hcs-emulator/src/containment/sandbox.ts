import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { NameFiles } from "../host-network/name-files.ts";
import type { Bind } from "../mapped-directories/map-directories.ts";
import type { WineInstallation } from "../wine-installation.ts";
import { containerUserOf } from "./container-user.ts";
import { type Containment, nameSpaces } from "./containment.ts";
import { makeDeviceFolder } from "./device-nodes.ts";
import { insidePaths } from "./inside-paths.ts";
import { idmapImage, reaperImage } from "./native-programs.ts";
import { showWine, wineBinaries } from "./wine-files.ts";

export interface SandboxOptions {
  readonly containment: Containment;
  /** Folder of the compute system. */
  readonly folder: string;
  /** The container's root on the host. */
  readonly root: string;
  readonly wine: WineInstallation;
  readonly hostName: string;
  readonly binds: readonly Bind[];
  /** Folder with the prefix, and folder with the named pipes, on the host. */
  readonly prefix: string;
  readonly pipes: string;
  readonly agent: string;
  /** How many processes and threads it may have. */
  readonly processes: number;
  /** Whether it keeps the network that it is started on; else it gets a name space with a loopback address. */
  readonly hasNetwork: boolean;
  /** What its programs find names in. */
  readonly names: NameFiles;
}

/** A sandbox for one container, ready to be started. */
export interface Sandbox {
  /** Words that start the agent in it. */
  readonly words: readonly string[];
  /** What standard streams are followed by: the descriptor that the reaper notes deaths in, and the filter of system calls. */
  readonly files: readonly number[];
  /** Environment that its Wine needs beside what every Wine does. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that could not be shown as the container's own user's; known when it has started. */
  foreign(): readonly string[];
  /** Closes `files`, once the started process has inherited them. */
  close(): void;
}

/** Descriptors of what is started (the order of `files`). */
const deathsDescriptor = 3;
const filterDescriptor = 4;

/** What is written to in /proc to change the host: it can be read only, even by root. */
const lockedProc = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What the kernel tells about the host in /proc, as Docker masks it: folders are empty, files cannot be read. */
const maskedFolders = ["/proc/acpi", "/proc/asound", "/proc/scsi"];
const maskedFiles = ["/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug"];

/** How many processors there are, and how they are connected: Wine and programs ask for it. */
const processorFacts = "/sys/devices/system/cpu";

/** Words that make the folders above what is shown: bubblewrap itself would make them for root only. */
function foldersAbove(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files.filter((each) => path.isAbsolute(each) && !each.startsWith(`${insidePaths.root}/`))) {
    for (let folder = path.dirname(file); folder !== "/"; folder = path.dirname(folder)) folders.add(folder);
  }
  return [...folders].sort().flatMap((folder) => ["--dir", folder]);
}

/**
 * Makes what a sandbox shows, below the folder of the compute system, which nobody but the daemon gets into. Synchronous: it is
 * little, and each wait for another thread would take longer than all of it.
 */
export function makeSandbox(options: SandboxOptions): Sandbox {
  const { containment, folder, root, hostName, prefix, pipes } = options;
  const user = userOf(containment, root, folder);
  const wine = wineBinaries(options.wine);
  const wineWords = showWine(wine);
  const etc = writeAccounts(folder, user, options.names, wineWords);
  const owned = [prefix, path.join(prefix, "dosdevices")];
  if (containment.as === "root") for (const file of owned) chownSync(file, user, user);

  const devices = path.join(folder, "dev");
  if (containment.ownDevices) makeDeviceFolder(devices);
  const shown = showAsOwn(options, user);
  const places = shown.binds.flatMap(({ source, target, readOnly }) => [readOnly ? "--ro-bind" : "--bind", source, target]);
  const words = [
    ...shown.before,
    containment.bubblewrap,
    ...nameSpaces,
    ...(options.hasNetwork ? [] : ["--unshare-net"]),
    ...(containment.as === "user" ? asUser() : rootRights),
    ...["--as-pid-1", "--seccomp", String(filterDescriptor), ...(hostName === "" ? [] : ["--hostname", hostName])],
    ...foldersAbove([...wineWords, insidePaths.agent, processorFacts, ...shown.binds.map(({ target }) => target)]),
    ...["--ro-bind", etc, "/etc", ...wineWords],
    ...["--proc", "/proc", ...lockedProc.filter((name) => existsSync(name)).flatMap((name) => ["--ro-bind", name, name])],
    ...maskedFolders.filter((name) => existsSync(name)).flatMap((name) => ["--tmpfs", name, "--remount-ro", name]),
    ...maskedFiles.filter((name) => existsSync(name)).flatMap((name) => ["--ro-bind", "/dev/null", name]),
    ...(containment.ownDevices ? ["--dev-bind", devices, "/dev"] : ["--dev", "/dev", "--remount-ro", "/dev"]),
    ...["--ro-bind-try", processorFacts, processorFacts],
    // In memory: Wine 10's server ends, and all with it, where a disk has no room for a page of what it shares with programs.
    ...[
      "--perms",
      "1777",
      "--size",
      String(temporarySize()),
      "--tmpfs",
      "/tmp",
      "--bind",
      shown.root,
      insidePaths.root,
      "--bind",
      prefix,
      insidePaths.prefix,
    ],
    // Pipes can be written to all the same; nobody can put something else in the place of one.
    ...["--ro-bind", pipes, insidePaths.pipes, "--ro-bind", options.agent, insidePaths.agent, "--ro-bind", reaperImage, insidePaths.reaper],
    ...places,
    ...["--remount-ro", "/", "--chdir", "/", "--"],
    ...[insidePaths.reaper, String(deathsDescriptor), containment.as === "root" ? String(user) : "-", String(options.processes)],
    ...[wine.server, wine.loader, insidePaths.agent],
  ];
  const files = [openSync(path.join(folder, "deaths"), "a", 0o600), openSync(containment.filter, "r")];
  return {
    words,
    files,
    environment: { WINELOADER: wine.loader, WINESERVER: wine.server, ORIEL_GUEST: folder },
    foreign: () => shown.staged.filter(({ target }) => existsSync(`${target}.plain`)).map(({ source }) => source),
    close: () => {
      for (const file of files) closeSync(file);
    },
  };
}

/**
 * Bytes of a /tmp: what Wine shares between programs is there, and nothing else need be. Without a limit it has half of the memory,
 * which nobody gets back before the container ends: no process is to be ended for it.
 */
function temporarySize(): number {
  return Math.min(1024 ** 3, Math.floor(os.totalmem() / 4));
}

/** The user who runs the daemon, which in a name space of networks is called root. */
function asUser(): string[] {
  return ["--unshare-user", "--uid", String(process.getuid?.()), "--gid", String(process.getgid?.())];
}

/** Rights that the reaper gives up when it becomes another user; the rest is gone before. */
const rootRights = ["--cap-drop", "ALL", ...["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"].flatMap((name) => ["--cap-add", name])];

/** The user that the container's files belong to already, as an overlay of it shows them; or one of its own. */
function userOf(containment: Containment, root: string, folder: string): number {
  const { uid } = statSync(root);
  return containment.as === "root" && containment.ownUsers && uid === 0 ? containerUserOf(folder) : uid;
}

interface Shown {
  readonly before: readonly string[];
  readonly root: string;
  readonly binds: readonly Bind[];
  readonly staged: readonly { readonly source: string; readonly target: string }[];
}

/** Folders of the host belong to somebody else than the container's user: mounts of them with other numbers stand for them. */
function showAsOwn({ containment, folder, root, binds }: SandboxOptions, user: number): Shown {
  if (!containment.ownUsers) return { before: [], root, binds, staged: [] };
  const staged: { source: string; target: string }[] = [];
  const stage = (source: string): string => {
    if (statSync(source).uid === user) return source;
    const target = path.join(folder, "shown", String(staged.length));
    mkdirSync(target, { recursive: true });
    staged.push({ source, target });
    return target;
  };
  const shownRoot = stage(root);
  const shownBinds = binds.map((bind): Bind => ({ ...bind, source: stage(bind.source) }));
  if (staged.length === 0) return { before: [], root, binds, staged };
  const words = staged.flatMap(({ source, target }) => [source, target]);
  return { before: [idmapImage, "mounts", String(user), ...words, "--"], root: shownRoot, binds: shownBinds, staged };
}

/**
 * The folder for /etc, with files that programs of Linux look into for names: nothing of the host's is in them. What else is shown
 * there has its place in it.
 */
function writeAccounts(folder: string, user: number, names: NameFiles, wineWords: readonly string[]): string {
  const etc = path.join(folder, "etc");
  const readable = (file: string, make: (file: string) => void, mode: number): void => {
    make(file);
    // Whatever the umask: it is read by the container's user.
    chmodSync(file, mode);
  };
  readable(etc, (file) => mkdirSync(file), 0o755);
  const files = {
    passwd: `ContainerAdministrator:x:${user}:${user}::/:/nonexistent\n`,
    group: `ContainerAdministrator:x:${user}:\n`,
    ...names,
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  };
  for (const [name, text] of Object.entries(files)) readable(path.join(etc, name), (file) => writeFileSync(file, text), 0o644);
  for (const shown of wineWords.filter((word, index) => word.startsWith("/etc/") && wineWords[index - 2] === "--ro-bind")) {
    const place = path.join(folder, shown);
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o755 });
    if (statSync(shown).isDirectory()) mkdirSync(place, { mode: 0o755 });
    else writeFileSync(place, "");
  }
  return etc;
}
