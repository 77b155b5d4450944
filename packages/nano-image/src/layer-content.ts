import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { encodeEmptyHive } from "@oriel/backup-stream";
import { foldName } from "@oriel/contracts";
import type { DirectoryEntry, FileEntry, LayerTarEntry } from "@oriel/layer-tar";
import type { RegistryFiles } from "./nano-registry.ts";
import { fileSecurity, folderSecurity } from "./security-descriptor.ts";

/** Where the layer keeps Wine's registry, from the root of C:. Whoever starts a container links these into its WINEPREFIX. */
export const registryPaths = {
  system: "Windows/System32/config/wine/system.reg",
  user: "Windows/System32/config/wine/user.reg",
  userDefault: "Windows/System32/config/wine/userdef.reg",
  updateTimestamp: "Windows/System32/config/wine/update-timestamp",
} as const;

/** File with the version of the Wine whose programs the layer holds, from the root of C:. Another Wine cannot run them. */
export const wineVersionPath = "Windows/System32/config/wine/version";

/** A file of Wine that goes into the layer. */
export interface ProgramFile {
  readonly source: string;
  /** Bytes. */
  readonly size: number;
}

export interface LayerContentOptions {
  readonly programs: readonly ProgramFile[];
  readonly registry: RegistryFiles;
  readonly wineVersion: string;
  /** Time of every entry, whole seconds since 1970. */
  readonly time: number;
}

const folders = [
  "Files/Program Files/Common Files",
  "Files/ProgramData",
  "Files/Users/ContainerAdministrator/AppData/Local/Temp",
  "Files/Users/ContainerAdministrator/AppData/Roaming",
  "Files/Users/ContainerUser/AppData/Local/Temp",
  "Files/Users/ContainerUser/AppData/Roaming",
  "Files/Users/Default",
  "Files/Users/Public",
  "Files/Windows/System32/drivers/etc",
  "Files/Windows/Temp",
  "UtilityVM/Files/Windows/System32",
];

const hives = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];

// The comment is what a user looks for who wonders where localhost is resolved.
const hosts = "# Names beside those that DNS knows, one address and its names a line.\r\n127.0.0.1 localhost\r\n::1 localhost\r\n";

/** Returns path and size of Wine's files, in the order of the names. */
export async function statPrograms(folder: string, names: readonly string[]): Promise<ProgramFile[]> {
  const files: ProgramFile[] = [];
  for (const name of names) {
    const source = path.join(folder, name);
    files.push({ source, size: (await stat(source)).size });
  }
  return files;
}

/**
 * When this Wine was packaged, in whole seconds since 1970: the time of its ntdll.dll. Other files may have come with the
 * installation on this machine (Debian links zlib1.dll), and would make each machine's image another.
 */
export async function packagedAt(folder: string): Promise<number> {
  return Math.max(0, Math.floor((await stat(path.join(folder, "ntdll.dll"))).mtimeMs / 1000));
}

/**
 * Every entry of the base layer, sorted by name, a folder always before what is in it. The same options give the same
 * entries; contents are read from Wine's files when an entry is written.
 */
export function* listLayerContent(options: LayerContentOptions): Generator<LayerTarEntry, void, undefined> {
  const entries = new Map<string, DirectoryEntry | FileEntry>();
  const times = { lastWrite: BigInt(options.time) * 1_000_000_000n };

  const addFolder = (name: string): void => {
    const slash = name.lastIndexOf("/");
    if (slash !== -1) addFolder(name.slice(0, slash));
    if (!entries.has(name)) entries.set(name, { kind: "directory", name, times, securityDescriptor: folderSecurity });
  };
  const addFile = (name: string, size: number, content: FileEntry["content"]): void => {
    addFolder(name.slice(0, name.lastIndexOf("/")));
    entries.set(name, { kind: "file", name, times, securityDescriptor: fileSecurity, size, content });
  };
  const addBytes = (name: string, content: Uint8Array): void => addFile(name, content.length, content);

  for (const folder of folders) addFolder(folder);
  for (const { source, size } of options.programs) addFile(programPath(source), size, readLater(source));
  addBytes("Files/Windows/System32/drivers/etc/hosts", Buffer.from(hosts));
  for (const key of Object.keys(registryPaths) as (keyof typeof registryPaths)[]) {
    addBytes(`Files/${registryPaths[key]}`, Buffer.from(options.registry[key]));
  }
  addBytes(`Files/${wineVersionPath}`, Buffer.from(`${options.wineVersion}\n`));

  const filetime = BigInt(options.time) * 10_000_000n + 116_444_736_000_000_000n;
  for (const hive of hives) addBytes(`Files/Windows/System32/config/${hive}`, encodeEmptyHive("ROOT", filetime, folderSecurity));
  addBytes("UtilityVM/Files/EFI/Microsoft/Boot/BCD", encodeEmptyHive("NewStoreRoot", filetime, folderSecurity));

  for (const name of [...entries.keys()].sort(comparePaths)) {
    const entry = entries.get(name);
    if (entry !== undefined) yield entry;
  }
}

function programPath(source: string): string {
  const name = path.basename(source);
  return name.endsWith(".sys") ? `Files/Windows/System32/drivers/${name}` : `Files/Windows/System32/${name}`;
}

/** Opens the file only when its bytes are asked for, and closes it whatever happens. */
function readLater(source: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* createReadStream(source, { highWaterMark: 256 * 1024 });
    },
  };
}

/** By name without case, part by part, so that a folder's content stands right behind it. */
function comparePaths(a: string, b: string): number {
  const left = foldName(a).replaceAll("/", "\0");
  const right = foldName(b).replaceAll("/", "\0");
  return left < right ? -1 : left > right ? 1 : 0;
}
