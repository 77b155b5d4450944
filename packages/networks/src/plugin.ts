import path from "node:path";
import { definePlugin, loggerToken, networkBackendToken, rawHcsToken, resourceJournalToken } from "@oriel/contracts";
import { HnsNetworkBackend } from "./hns-network-backend.ts";

/** Provides the networks, recorded in `<root>/networks.db`. */
export const networksPlugin = definePlugin({
  id: "oriel.networks",
  provides: { networks: networkBackendToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create({ raw, journal, logger }, config) {
    const file = path.join(config.root, "networks.db");
    return { networks: new HnsNetworkBackend({ raw, journal, file, logger, timeout: config.deadlines.call * 1000 }) };
  },
  start: ({ networks }) => networks.open(),
  stop: ({ networks }) => networks.close(),
});
