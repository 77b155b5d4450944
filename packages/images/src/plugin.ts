import path from "node:path";
import { definePlugin, imageStoreToken, loggerToken, storageBackendToken } from "@oriel/contracts";
import { LocalImageStore } from "./local-image-store.ts";

/** Provides the image store, kept under `<root>/images`. */
export const imagesPlugin = definePlugin({
  id: "oriel.images",
  provides: { images: imageStoreToken },
  deps: { storage: storageBackendToken, logger: loggerToken },
  create({ storage, logger }, config) {
    const maxUnpackedBytes = config.maxUnpackedMiB * 1024 * 1024;
    return { images: new LocalImageStore({ root: path.join(config.root, "images"), storage, logger, maxUnpackedBytes }) };
  },
  start: ({ images }) => images.open(),
  stop: ({ images }) => images.close(),
});
