/// <reference types="node" preserve="true" />
export { plugin } from "./plugin.ts";
export { QuotaStorage, type QuotaStorageOptions } from "./quota-storage.ts";
