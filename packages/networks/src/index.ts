/// <reference types="node" preserve="true" />
export { HnsNetworkBackend, type HnsNetworkBackendOptions } from "./hns-network-backend.ts";
export { networksPlugin } from "./plugin.ts";
