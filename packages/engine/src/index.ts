/// <reference types="node" preserve="true" />
export { type Clock, systemClock } from "./clock.ts";
export { containerTransitions, type StoredStatus } from "./container-state.ts";
export { EngineDatabase, engineDatabaseToken } from "./database.ts";
export { type EngineOptions, OrielEngine } from "./engine.ts";
export * from "./engine-api.ts";
export type { EngineDeadlines } from "./engine-context.ts";
export { SqliteResourceJournal } from "./journal.ts";
export { parseLink } from "./networks/links.ts";
export { defaultNetwork, isUserDefined, networkModeOf, networkNameOf } from "./networks/network-mode.ts";
export { exposedPorts } from "./networks/port-requests.ts";
export { enginePlugin, journalPlugin } from "./plugin.ts";
export { nanosecondsOf, PreciseTime } from "./precise-time.ts";
