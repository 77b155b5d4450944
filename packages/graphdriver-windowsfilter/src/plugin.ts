import { loggerToken, type Plugin, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/core";
import { WindowsFilterDriver } from "./windows-filter-driver.ts";

/** Storage by the windowsfilter graph driver, in `windowsfilter` below the engine's folder. */
export const windowsFilterPlugin: Plugin = {
  id: "oriel.graphdriver-windowsfilter",
  provides: [storageBackendToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    services.provide(
      storageBackendToken,
      () =>
        new WindowsFilterDriver({
          raw: services.resolve(rawHcsToken),
          journal: services.resolve(resourceJournalToken),
          logger: services.resolve(loggerToken),
          root: config.root,
          callDeadline: config.deadlines.call * 1000,
        }),
    );
  },
};
