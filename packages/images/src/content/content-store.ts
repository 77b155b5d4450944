import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { ConflictError } from "@oriel/contracts";
import { removeFolder } from "@oriel/layer-tar";
import { digestHex } from "./digest.ts";

/** A file that is whole, with the digest of what was written to it. */
export interface SpooledFile {
  readonly path: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A file of an image, by what errors call it. */
export interface NamedFile extends SpooledFile {
  /** Of the entry in the archive, after links; of a blob of the store its digest. */
  readonly name: string;
  /** It is a blob of the content store, hashed in another time: what is read of it must be checked again. @default false */
  readonly isStored?: boolean;
}

/**
 * Content by digest: `<root>/blobs/sha256/<hex>`. What arrives is written to a folder of its own under `<root>/ingest`
 * and renamed into place when it is whole and synced, so that a blob that is there is what its name says. The ingest
 * folder is beside the blobs, on the same volume, so that what a crash leaves there can go without a look at it.
 */
export class ContentStore {
  readonly #blobs: string;
  readonly #ingest: string;

  /** @param root absolute; made by `open`. */
  constructor(root: string) {
    this.#blobs = path.join(root, "blobs", "sha256");
    this.#ingest = path.join(root, "ingest");
  }

  /** Removes what former ingests left, and every blob that is not in `wanted`; returns the names removed. */
  async open(wanted: ReadonlySet<string>): Promise<readonly string[]> {
    await mkdir(this.#blobs, { recursive: true });
    await mkdir(this.#ingest, { recursive: true });
    const removed: string[] = [];
    for (const name of await readdir(this.#ingest)) {
      await removeFolder(path.join(this.#ingest, name));
      removed.push(`ingest/${name}`);
    }
    for (const name of await readdir(this.#blobs)) {
      if (wanted.has(`sha256:${name}`)) continue;
      await rm(path.join(this.#blobs, name), { recursive: true, force: true });
      removed.push(`blobs/sha256/${name}`);
    }
    return removed;
  }

  async startIngest(): Promise<Ingest> {
    const folder = path.join(this.#ingest, randomUUID());
    await mkdir(folder);
    return new Ingest(folder);
  }

  blobPath(digest: string): string {
    return path.join(this.#blobs, digestHex(digest));
  }

  async has({ digest, size }: Omit<SpooledFile, "path">): Promise<boolean> {
    const present = await stat(this.blobPath(digest)).catch(() => undefined);
    return present?.size === size;
  }

  /** Takes a file of an ingest in. Answers whether it is new; one that is there already is left as it is. */
  async keep(file: SpooledFile): Promise<boolean> {
    const target = this.blobPath(file.digest);
    if (await this.has(file)) return false;
    if (file.path === target) {
      throw new ConflictError(`the blob ${file.digest} of a layer that the image shares with another was removed meanwhile`, {
        op: "images.keep",
        resource: file.digest,
        remedy: "load an archive that has the layer",
      });
    }
    const handle = await open(file.path, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(file.path, target);
    return true;
  }

  /** Makes the renames of `keep` durable. */
  async sync(): Promise<void> {
    // Windows has no handle on a folder that could be synced; NTFS journals the rename.
    if (process.platform === "win32") return;
    const folder = await open(this.#blobs, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** A blob that is not there is no error. */
  async remove(digest: string): Promise<void> {
    await rm(this.blobPath(digest), { force: true });
  }
}

/** A folder for the files of one load. Names are numbers: nothing from outside becomes a path. */
export class Ingest {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes `source` to a new file, with back-pressure. */
  async write(source: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
    const file = path.join(this.#folder, String(this.#count++));
    const hash = createHash("sha256");
    let size = 0;
    const handle = await open(file, "wx");
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        await writeWhole(handle, chunk);
        size += chunk.length;
      }
    } finally {
      await handle.close();
    }
    return { path: file, digest: `sha256:${hash.digest("hex")}`, size };
  }

  /** Removes one file early, to give its space back. */
  async drop(file: SpooledFile): Promise<void> {
    await rm(file.path, { force: true });
  }

  async discard(): Promise<void> {
    await removeFolder(this.#folder);
  }
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** The content of a spooled file, in pieces of 256 KiB. */
export function readSpooled(file: SpooledFile): AsyncIterable<Uint8Array> {
  return createReadStream(file.path, { highWaterMark: 256 * 1024 });
}
