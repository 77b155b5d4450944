import path from "node:path";
import { imageStoreToken, loggerToken, type Plugin, storageBackendToken } from "@oriel/core";
import { LocalImageStore } from "./local-image-store.ts";

/** Provides the image store, kept under `<root>/images`. */
export const imagesPlugin: Plugin = {
  id: "oriel.images",
  provides: [imageStoreToken],
  requires: [storageBackendToken, loggerToken],
  register(services, config) {
    let store: LocalImageStore | undefined;
    services.provide(
      imageStoreToken,
      (own) => {
        store = new LocalImageStore({
          root: path.join(config.root, "images"),
          storage: own.resolve(storageBackendToken),
          logger: own.resolve(loggerToken),
          maxUnpackedBytes: config.maxUnpackedMiB * 1024 * 1024,
        });
        return store;
      },
      { start: () => store?.open(), stop: () => store?.close() },
    );
  },
};
