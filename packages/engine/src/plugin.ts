import path from "node:path";
import {
  containerRuntimeToken,
  definePlugin,
  hostInspectorToken,
  imageStoreToken,
  loggerToken,
  networkBackendToken,
  resourceJournalToken,
  storageBackendToken,
} from "@oriel/contracts";
import { OrielEngine } from "./engine.ts";
import { engineToken } from "./engine-api.ts";
import { EngineDatabase, engineDatabaseToken } from "./state/database.ts";
import { SqliteResourceJournal } from "./state/journal.ts";

/** Milliseconds on top of the runtime's own deadline for a termination: the runtime is to give up before the engine does. */
const terminateMargin = 30_000;

/** The journal of resources and the database below it. Storage and runtime need it, with the engine and without. */
export const journalPlugin = definePlugin({
  id: "oriel.journal",
  provides: { database: engineDatabaseToken, journal: resourceJournalToken },
  deps: {},
  create(_deps, config) {
    const database = new EngineDatabase(path.join(config.root, "oriel.db"));
    return { database, journal: new SqliteResourceJournal(database) };
  },
  start: ({ database }) => database.open(),
  stop: ({ database }) => database.close(),
});

/** The engine. It stops its containers before what it stands on is stopped. */
export const enginePlugin = definePlugin({
  id: "oriel.engine",
  provides: { engine: engineToken },
  deps: {
    database: engineDatabaseToken,
    storage: storageBackendToken,
    images: imageStoreToken,
    runtime: containerRuntimeToken,
    networks: networkBackendToken,
    host: hostInspectorToken,
    logger: loggerToken,
  },
  create: (deps, config) => ({
    engine: new OrielEngine({
      ...deps,
      root: config.root,
      defaultIsolation: config.isolation,
      dnsSearch: config.dnsSearch,
      debug: config.log.level === "debug",
      deadlines: { terminate: config.deadlines.terminate * 1000 + terminateMargin },
    }),
  }),
  start: ({ engine }) => engine.start(),
  stop: ({ engine }) => engine.close(),
});
