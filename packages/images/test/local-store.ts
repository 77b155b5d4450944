import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type CopyHarm, type FakeStorageBackend, fakeStorageBackend } from "@oriel/testkit";
import { LocalImageStore } from "../src/local-image-store.ts";

/** An open store on a root of its own, over the fake storage backend. */
export interface LocalStore {
  readonly store: LocalImageStore;
  readonly storage: FakeStorageBackend;
  readonly root: string;
  dispose(): Promise<void>;
  harmCopy(diffId: string, harm: CopyHarm): Promise<void>;
  /** A further store on the same root and storage; the first must be closed. */
  reopen(): Promise<LocalImageStore>;
  /** Names in the content store: `blobs/…` and `ingest/…`. */
  content(): Promise<string[]>;
}

export async function createLocalStore(): Promise<LocalStore> {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-images-"));
  const storage = fakeStorageBackend();
  const stores: LocalImageStore[] = [];
  const reopen = async () => {
    const store = new LocalImageStore({ root, storage });
    await store.open();
    stores.push(store);
    return store;
  };
  return {
    store: await reopen(),
    storage,
    root,
    reopen,
    async dispose() {
      for (const store of stores) await store.close();
      await rm(root, { recursive: true });
    },
    async harmCopy(diffId, harm) {
      const blob = path.join(root, "content/blobs/sha256", diffId.slice("sha256:".length));
      if (harm === "gone") return rm(blob);
      if (harm === "cut") return truncate(blob, 512);
      // In the content of the last file, so that it stays a whole tar.
      const bytes = await readFile(blob);
      bytes.write(
        "?",
        bytes.findLastIndex((byte) => byte !== 0),
      );
      await writeFile(blob, bytes);
    },
    async content() {
      const blobs = await readdir(path.join(root, "content/blobs/sha256"));
      const ingest = await readdir(path.join(root, "content/ingest"));
      return [...blobs.map((name) => `blobs/${name}`), ...ingest.map((name) => `ingest/${name}`)].sort();
    },
  };
}
