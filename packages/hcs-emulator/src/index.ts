/// <reference types="node" preserve="true" />
export { createEmulatedHcs, type EmulatedHcs, type EmulatedHcsOptions } from "./emulated-hcs.ts";
export type { Fault, NotificationFault } from "./faults/fault.ts";
export type { FaultControls } from "./faults/fault-plan.ts";
export { parseFaults } from "./faults/parse-faults.ts";
export { fixedAddresses } from "./fixed-addresses.ts";
export { createHostInspector } from "./host/host-inspector.ts";
export { emulatedHcsPlugin } from "./plugin.ts";
export { findWine, installWine, type WineInstallation } from "./wine-installation.ts";
