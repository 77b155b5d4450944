/// <reference types="node" preserve="true" />
export { type Clock, systemClock } from "./clock.ts";
export { containerTransitions, type StoredStatus } from "./containers/container-state.ts";
export { type EngineOptions, OrielEngine } from "./engine.ts";
export * from "./engine-api.ts";
export type { EngineDeadlines } from "./engine-context.ts";
export { nanosecondsOf, PreciseTime } from "./events/precise-time.ts";
export { parseLink } from "./networks/links.ts";
export { defaultNetwork, isUserDefined, networkModeOf, networkNameOf } from "./networks/network-mode.ts";
export { exposedPorts } from "./networks/port-requests.ts";
export { enginePlugin, journalPlugin } from "./plugin.ts";
export { EngineDatabase, engineDatabaseToken } from "./state/database.ts";
export { SqliteResourceJournal } from "./state/journal.ts";
