/// <reference types="node" preserve="true" />
export type { CustomImageInfo } from "./base-images.ts";
export type { GraphDriverFlavour, GraphLayer } from "./graph-layer.ts";
export type { LayerFileGetter } from "./layer-file-getter.ts";
export { windowsFilterPlugin } from "./plugin.ts";
export type { OwnedLayers } from "./reconcile-layers.ts";
export { WindowsFilterStorage } from "./windows-filter-storage.ts";
export {
  type ApplyDiffOptions,
  type CreateFromDiffOptions,
  type CreateReadWriteOptions,
  WindowsGraphDriver,
  type WindowsGraphDriverOptions,
} from "./windows-graph-driver.ts";
