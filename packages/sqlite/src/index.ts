/// <reference types="node" preserve="true" />
export type { DatabaseFacts } from "./database-fault.ts";
export { isDiskFull } from "./disk-full.ts";
export { type Migration, type OpenDatabaseOptions, openDatabase } from "./open-database.ts";
export { isInTransaction, transaction } from "./transaction.ts";
export { WriteAheadLog } from "./write-ahead-log.ts";
