import path from "node:path";
import { definePlugin, loggerToken, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/contracts";
import { WindowsFilterStorage } from "./windows-filter-storage.ts";

/** Storage by the windowsfilter graph driver or the windowsdiff one, each in a folder of its name below the engine's. */
export const windowsFilterPlugin = definePlugin({
  id: "oriel.graphdriver-windowsfilter",
  provides: { storage: storageBackendToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create({ raw, journal, logger }, config) {
    const flavour = config.storage === "windowsdiff" ? "windowsdiff" : "windowsfilter";
    const home = path.join(config.root, flavour);
    const callDeadline = config.deadlines.call * 1000;
    return { storage: new WindowsFilterStorage({ raw, journal, logger, home, flavour, callDeadline }) };
  },
});
