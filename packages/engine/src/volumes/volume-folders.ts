import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Folder of a volume's files within the volume's own. */
export const dataName = "_data";
/** Where the image's files are gathered before they are moved among the volume's. */
export const fillingName = "_filling";

/**
 * The folders of volumes, `<root>/volumes/<name>/_data`. What is being made or removed lies beside them under names that no volume
 * can have; the journal knows these. Folders that others made are neither listed nor touched.
 */
export class VolumeFolders {
  readonly root: string;

  /** @param root folder of the daemon */
  constructor(root: string) {
    this.root = path.join(root, "volumes");
  }

  pathOf(name: string): string {
    return path.join(this.root, name);
  }

  dataOf(name: string): string {
    return path.join(this.root, name, dataName);
  }

  fillingOf(name: string): string {
    return path.join(this.root, name, fillingName);
  }

  has(name: string): boolean {
    return lstatSync(this.pathOf(name), { throwIfNoEntry: false }) !== undefined;
  }

  /** A name beside the volumes that none can have. */
  newSideName(purpose: "creating" | "removing"): string {
    return `.${purpose}-${randomBytes(8).toString("hex")}`;
  }

  /** Makes a new volume's folders under another name, synced. */
  async prepare(side: string): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const folder = this.pathOf(side);
    await mkdir(folder, { mode: 0o700 });
    await mkdir(path.join(folder, dataName), { mode: 0o755 });
    await syncFolder(folder);
  }

  /** Gives a folder another name, synced. */
  async move(from: string, to: string): Promise<void> {
    await rename(this.pathOf(from), this.pathOf(to));
    await syncFolder(this.root);
  }

  /** Removes a folder and all in it; one that is not there is no error. */
  async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { recursive: true, force: true, maxRetries: 3 });
  }

  /**
   * Moves what was gathered for a volume among its files, synced. What somebody has put there meanwhile stays.
   * @param names where it lies in the folder that it was gathered in, which has the form of a layer
   */
  async takeIn(name: string, names: readonly string[]): Promise<void> {
    const gathered = path.join(this.fillingOf(name), "Files", ...names);
    for (const { name: child } of await entriesOf(gathered)) {
      const to = path.join(this.dataOf(name), child);
      if (lstatSync(to, { throwIfNoEntry: false }) === undefined) await rename(path.join(gathered, child), to);
    }
    await syncFolder(this.dataOf(name));
  }

  async removeFilling(name: string): Promise<void> {
    await rm(this.fillingOf(name), { recursive: true, force: true, maxRetries: 3 });
  }

  async isEmpty(name: string): Promise<boolean> {
    return (await readdir(this.dataOf(name))).length === 0;
  }

  /** Bytes of the files, each counted once however many names it has; what is removed meanwhile has none. */
  async size(name: string, signal?: AbortSignal): Promise<number> {
    const seen = new Set<string>();
    let total = 0;
    const measure = async (folder: string): Promise<void> => {
      for (const entry of await entriesOf(folder)) {
        signal?.throwIfAborted();
        const file = path.join(folder, entry.name);
        if (entry.isDirectory()) {
          await measure(file);
          continue;
        }
        const found = await lstat(file, { bigint: true }).catch(() => undefined);
        if (found === undefined) continue;
        const key = `${found.dev}:${found.ino}`;
        if (found.nlink > 1n && seen.has(key)) continue;
        if (found.nlink > 1n) seen.add(key);
        total += Number(found.size);
      }
    };
    await measure(this.dataOf(name));
    return total;
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Makes the names in a folder durable. Windows has no such call, and NTFS does it by its journal. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}
