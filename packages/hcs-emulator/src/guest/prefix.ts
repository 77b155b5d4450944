import { chmod, copyFile, lstat, mkdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findInFolder } from "../files/case-insensitive.ts";
import { giveToOwnerOfFolder } from "../files/owner.ts";
import { removeTree } from "../files/remove-tree.ts";

/** Where an image keeps Wine's registry: in its own file system, so that a container's registry is part of its layers. */
const registryFolder = ["Windows", "System32", "config", "wine"];
const registryFiles = ["system.reg", "user.reg", "userdef.reg"];
const emptyRegistry = "WINE REGISTRY Version 2\n;; All keys relative to \\\\\n\n#arch=win64\n";

const agentImage = fileURLToPath(new URL("../../guest/agent.exe", import.meta.url));

/** The Wine prefix of one compute system. It holds links and sockets only; all content is in the container's root. */
export interface WinePrefix {
  /** WINEPREFIX. */
  readonly folder: string;
  /** The agent's copy: Wine wants the file below a path without links. */
  readonly agent: string;
  /** Where named pipes are made. */
  readonly pipes: string;
}

export interface PrefixOptions {
  /** Of the compute system; the prefix is made in it. */
  readonly folder: string;
  /** Absolute path of the container's root. */
  readonly root: string;
  /** The same as the container's processes have it. */
  readonly rootInside: string;
  /** Folders behind other drive letters, in lower case; as the container's processes have them. */
  readonly drives: ReadonlyMap<string, string>;
}

/** Lays out a prefix whose C: is the container's root. */
export async function makePrefix({ folder, root, rootInside, drives }: PrefixOptions): Promise<WinePrefix> {
  const prefix = path.join(folder, "prefix");
  const pipes = path.join(folder, "pipes");
  const agent = path.join(folder, "agent.exe");
  await mkdir(path.join(prefix, "dosdevices"), { recursive: true, mode: 0o700 });
  await mkdir(pipes, { mode: 0o700 });
  for (const [letter, target] of [["c", rootInside] as const, ...drives]) {
    await symlink(target, path.join(prefix, "dosdevices", `${letter}:`));
  }
  await copyFile(agentImage, agent);
  await linkRegistry(prefix, root, rootInside);
  // A stamp newer than any wine.inf: Wine never tries to update the prefix.
  await writeFile(path.join(prefix, ".update-timestamp"), "disable\n");
  return { folder: prefix, agent, pipes };
}

/**
 * Where the server of a prefix without a sandbox keeps its socket. Debian's Wine reads it from a file, below /tmp; it insists on
 * 0400 and 0700.
 */
export async function makeServerFolder({ folder }: WinePrefix): Promise<void> {
  const server = path.join(path.dirname(folder), "server");
  await mkdir(server, { mode: 0o700 });
  await chmod(server, 0o700);
  await writeFile(path.join(folder, "wineserver"), `..${server}`, { mode: 0o400 });
}

async function linkRegistry(prefix: string, root: string, rootInside: string): Promise<void> {
  const config = await ensureFolder(root, registryFolder);
  for (const name of registryFiles) {
    const found = await findInFolder(config, name);
    const file = path.join(config, found ?? name);
    if (found === undefined) {
      await writeFile(file, emptyRegistry, { flag: "wx" });
      giveToOwnerOfFolder(file);
    }
    // wineserver writes through links in place instead of renaming over them.
    await symlink(path.join(rootInside, path.relative(root, file)), path.join(prefix, name));
  }
}

/**
 * The folder below `root` of these names, whatever their case; made where it is missing.
 * @throws Error for a name that is no folder: a link that the container made must not lead out of it
 */
async function ensureFolder(root: string, names: readonly string[]): Promise<string> {
  let folder = root;
  for (const name of names) {
    const found = await findInFolder(folder, name);
    folder = path.join(folder, found ?? name);
    if (found === undefined) {
      await mkdir(folder);
      giveToOwnerOfFolder(folder);
    } else if (!(await lstat(folder)).isDirectory())
      throw new Error(`'${name}' of the container is no folder, so it cannot hold its registry`);
  }
  return folder;
}

/** Without a sandbox, upstream Wine keeps its server's socket in folders named by the prefix's device and inode numbers (wine/server/request.c). */
async function outerServerFolders(prefix: string): Promise<string[]> {
  const { dev, ino } = await stat(prefix);
  const uid = process.getuid?.() ?? 0;
  const name = `server-${dev.toString(16)}-${ino.toString(16)}`;
  return [path.join(`/tmp/.wine-${uid}`, name), path.join(`/run/user/${uid}/wine`, name)];
}

/** Removes what `makePrefix` made in `folder`, and wineserver's folders outside. The root behind C: is not touched. */
export async function removePrefix(folder: string): Promise<void> {
  const outer = await outerServerFolders(path.join(folder, "prefix")).catch(() => []);
  for (const target of [...outer, folder]) {
    try {
      await rm(target, { recursive: true, force: true });
    } catch {
      removeTree(target);
    }
  }
}
