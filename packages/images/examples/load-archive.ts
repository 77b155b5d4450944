import { createReadStream } from "node:fs";
import type { StorageBackend } from "@oriel/contracts";
import { LocalImageStore } from "@oriel/images";

/** Loads the output of `docker save` and returns the tags that it brought. */
export async function loadArchive(root: string, storage: StorageBackend, file: string): Promise<string[]> {
  const images = new LocalImageStore({ root, storage });
  await images.open();
  try {
    const loaded = await images.load({
      archive: createReadStream(file),
      onProgress: ({ stream = "" }) => process.stdout.write(stream), // Loaded image: wintest:latest
    });
    return loaded.flatMap(({ tags }) => tags);
  } finally {
    await images.close();
  }
}
