import path from "node:path";
import { loggerToken, type Plugin, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/core";
import { WindowsFilterStorage } from "./windows-filter-storage.ts";

/** Storage by the windowsfilter graph driver or the windowsdiff one, each in a folder of its name below the engine's. */
export const windowsFilterPlugin: Plugin = {
  id: "oriel.graphdriver-windowsfilter",
  provides: [storageBackendToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    const flavour = config.storage === "windowsdiff" ? "windowsdiff" : "windowsfilter";
    services.provide(
      storageBackendToken,
      () =>
        new WindowsFilterStorage({
          raw: services.resolve(rawHcsToken),
          journal: services.resolve(resourceJournalToken),
          logger: services.resolve(loggerToken),
          home: path.join(config.root, flavour),
          flavour,
          callDeadline: config.deadlines.call * 1000,
        }),
    );
  },
};
