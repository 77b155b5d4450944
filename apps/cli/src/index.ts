/// <reference types="node" preserve="true" />
export { type Daemon, type StartDaemonOptions, startDaemon } from "./daemon/start-daemon.ts";
export { createLogger } from "./log/create-logger.ts";
export { version } from "./version.ts";
