import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";

/** A folder as a tar of plain files, in the order of names; for the same files the same bytes. */
export async function* plainTarOf(folder: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = pack();
  let failure: unknown;
  const filled = fill(tar, folder, "", signal).then(
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

async function fill(tar: Pack, folder: string, name: string, signal: AbortSignal | undefined): Promise<void> {
  for (const child of (await readdir(path.join(folder, name))).sort()) {
    signal?.throwIfAborted();
    const below = name === "" ? child : `${name}/${child}`;
    const file = path.join(folder, below);
    const stats = await lstat(file);
    const { mtime, size } = stats;
    if (stats.isDirectory()) {
      tar.entry({ name: `${below}/`, type: "directory", mtime });
      await fill(tar, folder, below, signal);
    } else if (stats.isFile()) {
      await pipeline(createReadStream(file), tar.entry({ name: below, size, mtime, mode: 0o644 }));
    }
  }
}
