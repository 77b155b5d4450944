import path from "node:path";
import { definePlugin, loggerToken, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/contracts";
import { SnapshotterStorage } from "./snapshotter-storage.ts";
import { WindowsSnapshotter } from "./windows-snapshotter.ts";

/** Storage by the snapshotter, in `snapshotter` below the engine's folder. */
export const windowsSnapshotterPlugin = definePlugin({
  id: "oriel.snapshotter-windows",
  provides: { storage: storageBackendToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create({ raw, journal, logger }, config) {
    const root = path.join(config.root, "snapshotter");
    const snapshotter = new WindowsSnapshotter({ raw, logger, root, callDeadline: config.deadlines.call * 1000 });
    return { storage: new SnapshotterStorage({ snapshotter, journal }), snapshotter };
  },
  stop: ({ snapshotter }) => snapshotter.close(),
});
