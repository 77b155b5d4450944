import path from "node:path";
import { loggerToken, networkBackendToken, type Plugin, rawHcsToken, resourceJournalToken } from "@oriel/core";
import { HnsNetworkBackend } from "./hns-network-backend.ts";

/** Provides the networks, recorded in `<root>/networks.db`. */
export const networksPlugin: Plugin = {
  id: "oriel.networks",
  provides: [networkBackendToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    let backend: HnsNetworkBackend | undefined;
    services.provide(
      networkBackendToken,
      (own) => {
        backend = new HnsNetworkBackend({
          raw: own.resolve(rawHcsToken),
          journal: own.resolve(resourceJournalToken),
          file: path.join(config.root, "networks.db"),
          logger: own.resolve(loggerToken),
          timeout: config.deadlines.call * 1000,
        });
        return backend;
      },
      { start: () => backend?.open(), stop: () => backend?.close() },
    );
  },
};
