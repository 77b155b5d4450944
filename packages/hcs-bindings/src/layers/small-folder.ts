import { type Dirent, lstatSync, opendirSync, readdirSync } from "node:fs";
import path from "node:path";

/** Bytes of a folder itself, which file systems of Linux and macOS give it for its names: so many hold a few hundred. */
const SMALL = 16 * 1024;

/** Something below a folder. */
export interface FolderEntry {
  /** Absolute where the folder's is. */
  readonly path: string;
  readonly kind: "file" | "directory" | "other";
}

/**
 * All that is below a folder, each directory after what is in it and the folder itself last; undefined where that is more
 * than `most` entries, of which no more is looked at. Answered at once: to wait for a thread of Node.js takes twenty times as long
 * as to read a small folder, and the making of small layers would be little else.
 *
 * @throws Error of Node.js for a folder that cannot be read
 */
export function listSmallFolder(folder: string, most: number): readonly FolderEntry[] | undefined {
  const found: FolderEntry[] = [];
  let seen = 0;
  /** Whether that was all. */
  const collect = (at: string): boolean => {
    for (const entry of entriesOf(at)) {
      seen += 1;
      if (seen > most) return false;
      const name = path.join(at, entry.name);
      if (!entry.isDirectory()) found.push({ path: name, kind: entry.isFile() ? "file" : "other" });
      else if (!collect(name)) return false;
    }
    found.push({ path: at, kind: "directory" });
    return true;
  };
  return collect(folder) ? found : undefined;
}

/** A folder of any size is not read to its end unless that is wanted; one that is known to be small is, as that is quicker. */
function* entriesOf(folder: string): Generator<Dirent, void, undefined> {
  if (process.platform !== "win32" && lstatSync(folder).size <= SMALL) {
    yield* readdirSync(folder, { withFileTypes: true });
    return;
  }
  const listing = opendirSync(folder);
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) yield entry;
  } finally {
    listing.closeSync();
  }
}
