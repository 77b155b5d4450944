import path from "node:path";
import { loggerToken, type Plugin, rawHcsToken, resourceJournalToken, type StorageBackend, storageBackendToken } from "@oriel/core";
import { SnapshotterStorage } from "./snapshotter-storage.ts";
import { WindowsSnapshotter } from "./windows-snapshotter.ts";

/** Storage by the snapshotter, in `snapshotter` below the engine's folder. */
export const windowsSnapshotterPlugin: Plugin = {
  id: "oriel.snapshotter-windows",
  provides: [storageBackendToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    services.provide<StorageBackend>(
      storageBackendToken,
      () =>
        new SnapshotterStorage({
          snapshotter: new WindowsSnapshotter({
            raw: services.resolve(rawHcsToken),
            logger: services.resolve(loggerToken),
            root: path.join(config.root, "snapshotter"),
            callDeadline: config.deadlines.call * 1000,
          }),
          journal: services.resolve(resourceJournalToken),
        }),
      { stop: (storage) => (storage instanceof SnapshotterStorage ? storage.snapshotter.close() : undefined) },
    );
  },
};
