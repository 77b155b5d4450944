import path from "node:path";
import { loggerToken, type Plugin, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/core";
import { WindowsFilterStorage } from "./windows-filter-storage.ts";

/** Storage by the windowsfilter graph driver, in `windowsfilter` below the engine's folder. */
export const windowsFilterPlugin: Plugin = {
  id: "oriel.graphdriver-windowsfilter",
  provides: [storageBackendToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    services.provide(
      storageBackendToken,
      () =>
        new WindowsFilterStorage({
          raw: services.resolve(rawHcsToken),
          journal: services.resolve(resourceJournalToken),
          logger: services.resolve(loggerToken),
          home: path.join(config.root, "windowsfilter"),
          callDeadline: config.deadlines.call * 1000,
        }),
    );
  },
};
