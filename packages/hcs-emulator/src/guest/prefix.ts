import { access, chmod, copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findInFolder } from "../files/case-insensitive.ts";

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
  /** Folders that wineserver may have made outside, to be removed with the prefix. */
  serverFolders(): Promise<string[]>;
}

/**
 * Lays out a prefix in `folder` (which must not exist) whose C: is `root`.
 * @param root absolute path of the container's root
 * @param drives folders behind other drive letters, in lower case
 */
export async function makePrefix(folder: string, root: string, drives: ReadonlyMap<string, string>): Promise<WinePrefix> {
  const prefix = path.join(folder, "prefix");
  const server = path.join(folder, "server");
  const pipes = path.join(folder, "pipes");
  const agent = path.join(folder, "agent.exe");
  await mkdir(path.join(prefix, "dosdevices"), { recursive: true, mode: 0o700 });
  await mkdir(pipes, { mode: 0o700 });
  await mkdir(server, { mode: 0o700 });
  await chmod(server, 0o700);
  for (const [letter, target] of [["c", root] as const, ...drives]) await symlink(target, path.join(prefix, "dosdevices", `${letter}:`));
  await copyFile(agentImage, agent);
  await linkRegistry(prefix, root);
  // A stamp newer than any wine.inf: Wine never tries to update the prefix.
  await writeFile(path.join(prefix, ".update-timestamp"), "disable\n");
  // Debian's Wine reads here, below /tmp, where its server keeps its socket; it insists on 0400 and 0700.
  await writeFile(path.join(prefix, "wineserver"), `..${server}`, { mode: 0o400 });
  return { folder: prefix, agent, pipes, serverFolders: () => outerServerFolders(prefix) };
}

async function linkRegistry(prefix: string, root: string): Promise<void> {
  const config = await ensureFolder(root, registryFolder);
  for (const name of registryFiles) {
    const target = (await findInFolder(config, name)) ?? name;
    const file = path.join(config, target);
    if (!(await exists(file))) await writeFile(file, emptyRegistry);
    // wineserver writes through links in place instead of renaming over them.
    await symlink(file, path.join(prefix, name));
  }
}

/** The folder below `root` of these names, whatever their case; made where it is missing. */
async function ensureFolder(root: string, names: readonly string[]): Promise<string> {
  let folder = root;
  for (const name of names) {
    const found = await findInFolder(folder, name);
    folder = path.join(folder, found ?? name);
    if (found === undefined) await mkdir(folder);
  }
  return folder;
}

/** Upstream Wine keeps its server's socket in folders named by the prefix's device and inode numbers (wine/server/request.c). */
async function outerServerFolders(prefix: string): Promise<string[]> {
  const { dev, ino } = await stat(prefix);
  const uid = process.getuid?.() ?? 0;
  const name = `server-${dev.toString(16)}-${ino.toString(16)}`;
  const folders = [path.join(`/tmp/.wine-${uid}`, name), path.join(`/run/user/${uid}/wine`, name)];
  const named = (await readFile(path.join(prefix, "wineserver"), "utf8").catch(() => "")).trim();
  if (/^wine-[A-Za-z0-9]{6}$/.test(named)) folders.push(path.join("/tmp", named));
  return folders;
}

/** Removes what `makePrefix` made in `folder`, and wineserver's folders outside. The root behind C: is not touched. */
export async function removePrefix(folder: string): Promise<void> {
  const outer = await outerServerFolders(path.join(folder, "prefix")).catch(() => []);
  for (const target of [...outer, folder]) await rm(target, { recursive: true, force: true });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
