/// <reference types="node" preserve="true" />
export { containerDocument } from "./container-document.ts";
export { type ContainerState, transitions } from "./container-state.ts";
export type { ContainerDocument, DocumentFacts } from "./document-parts.ts";
export type { LinuxUtilityVm } from "./linux-boot.ts";
export { LocalRuntime, type LocalRuntimeOptions } from "./local-runtime.ts";
export { localRuntimePlugin } from "./plugin.ts";
export { processDocument } from "./process-document.ts";
