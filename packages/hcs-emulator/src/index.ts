export { createEmulatedHcs, type EmulatedHcs, type EmulatedHcsOptions } from "./emulated-hcs.ts";
export { fixedAddresses } from "./fixed-addresses.ts";
export { createHostInspector } from "./host/host-inspector.ts";
export { emulatedHcsPlugin } from "./plugin.ts";
export { findWine, installWine, type WineInstallation } from "./wine-installation.ts";
