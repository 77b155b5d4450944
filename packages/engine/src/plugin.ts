import path from "node:path";
import {
  containerRuntimeToken,
  hostInspectorToken,
  imageStoreToken,
  loggerToken,
  networkBackendToken,
  type Plugin,
  resourceJournalToken,
  storageBackendToken,
} from "@oriel/core";
import { OrielEngine } from "./engine.ts";
import { engineToken } from "./engine-api.ts";
import { EngineDatabase, engineDatabaseToken } from "./state/database.ts";
import { SqliteResourceJournal } from "./state/journal.ts";

/** Milliseconds on top of the runtime's own deadline for a termination: the runtime is to give up before the engine does. */
const terminateMargin = 30_000;

/** The journal of resources and the database below it. Storage and runtime need it, with the engine and without. */
export const journalPlugin: Plugin = {
  id: "oriel.journal",
  provides: [engineDatabaseToken, resourceJournalToken],
  requires: [],
  register(services, config) {
    services.provide(engineDatabaseToken, () => new EngineDatabase(path.join(config.root, "oriel.db")), {
      start: (database) => database.open(),
      stop: (database) => database.close(),
    });
    services.provide(resourceJournalToken, () => new SqliteResourceJournal(services.resolve(engineDatabaseToken)));
  },
};

/** The engine. It stops its containers before what it stands on is stopped. */
export const enginePlugin: Plugin = {
  id: "oriel.engine",
  provides: [engineToken],
  requires: [
    engineDatabaseToken,
    resourceJournalToken,
    storageBackendToken,
    imageStoreToken,
    containerRuntimeToken,
    networkBackendToken,
    hostInspectorToken,
    loggerToken,
  ],
  register(services, config) {
    const engines = new Set<OrielEngine>();
    services.provide(
      engineToken,
      () => {
        const engine = new OrielEngine({
          root: config.root,
          database: services.resolve(engineDatabaseToken),
          storage: services.resolve(storageBackendToken),
          images: services.resolve(imageStoreToken),
          runtime: services.resolve(containerRuntimeToken),
          networks: services.resolve(networkBackendToken),
          host: services.resolve(hostInspectorToken),
          logger: services.resolve(loggerToken),
          defaultIsolation: config.isolation,
          dnsSearch: config.dnsSearch,
          debug: config.log.level === "debug",
          deadlines: { terminate: config.deadlines.terminate * 1000 + terminateMargin },
        });
        engines.add(engine);
        return engine;
      },
      {
        start: async () => {
          for (const engine of engines) await engine.start();
        },
        stop: async () => {
          for (const engine of engines) await engine.close();
        },
      },
    );
  },
};
