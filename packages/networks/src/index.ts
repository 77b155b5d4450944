/// <reference types="node" preserve="true" />
export { HnsNetworkBackend, type HnsNetworkBackendOptions } from "./hns-network-backend.ts";
export type { ForwarderOptions } from "./names/forwarder.ts";
export type { DnsServer } from "./names/host-servers.ts";
export type { NameServiceOptions } from "./names/name-service.ts";
export { networksPlugin } from "./plugin.ts";
