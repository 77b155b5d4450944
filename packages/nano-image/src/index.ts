/// <reference types="node" preserve="true" />
export {
  type BuildNanoImageOptions,
  buildNanoImage,
  defaultOsVersion,
  type NanoImage,
  type NanoImageProgress,
} from "./build-nano-image.ts";
export { findImportClosure, type ImportClosure } from "./import-closure.ts";
export { registryPaths, wineVersionPath } from "./layer-content.ts";
export { defaultTools } from "./nano-programs.ts";
export { containerUser, hostnameValues, placeholderHostname, servicesProgram, servicesStartedEvent } from "./nano-registry.ts";
export { type PeImports, readImports } from "./pe-imports.ts";
export { type FindWineProgramsOptions, findWinePrograms, installWineRemedy, type WinePrograms } from "./wine-programs.ts";
