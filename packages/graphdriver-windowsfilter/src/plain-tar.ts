import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";

export interface PlainFilesOptions {
  /** Which names in the folder itself are its content. @default all */
  readonly isContent?: ((name: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PlainFile {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly stats: Stats;
}

/** Files and folders below a folder in the order of names, a folder before what is in it. Links and devices are skipped. */
export async function* plainFilesOf(
  folder: string,
  { isContent = () => true, signal }: PlainFilesOptions = {},
  parent = "",
): AsyncGenerator<PlainFile, void, undefined> {
  for (const child of (await readdir(path.join(folder, parent))).sort()) {
    signal?.throwIfAborted();
    if (parent === "" && !isContent(child)) continue;
    const name = parent === "" ? child : `${parent}/${child}`;
    const stats = await lstat(path.join(folder, name));
    if (stats.isDirectory() || stats.isFile()) yield { name, stats };
    if (stats.isDirectory()) yield* plainFilesOf(folder, signal === undefined ? {} : { signal }, name);
  }
}

/** A folder as a tar of plain files, in the order of names; for the same files the same bytes. */
export async function* plainTarOf(folder: string, options: PlainFilesOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = pack();
  let failure: unknown;
  const filled = fill(tar, folder, options).then(
    () => tar.finalize(),
    (error: unknown) => {
      failure = error;
      tar.destroy();
    },
  );
  try {
    for await (const piece of tar) yield piece as Uint8Array;
  } catch (error) {
    failure ??= error;
  } finally {
    tar.destroy();
    await filled;
  }
  if (failure !== undefined) throw failure;
}

async function fill(tar: Pack, folder: string, options: PlainFilesOptions): Promise<void> {
  for await (const { name, stats } of plainFilesOf(folder, options)) {
    const { mtime, size } = stats;
    if (stats.isDirectory()) tar.entry({ name: `${name}/`, type: "directory", mtime });
    else await pipeline(createReadStream(path.join(folder, name)), tar.entry({ name, size, mtime, mode: 0o644 }));
  }
}
