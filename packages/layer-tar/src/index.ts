export { type ImportedLayer, type ImportLayerTarOptions, importLayerTar } from "./import-layer-tar.ts";
export type { FailedCall, RawLayerCalls } from "./layer-calls.ts";
export type {
  DirectoryEntry,
  FileEntry,
  HardLinkEntry,
  LayerTarContent,
  LayerTarEntry,
  LayerTarTimes,
  LinkEntry,
  StreamEntry,
  WhiteoutEntry,
} from "./layer-tar-entry.ts";
export { foldName } from "./name-folding.ts";
export { readLayerTar } from "./read-layer-tar.ts";
export { writeLayerTar } from "./write-layer-tar.ts";
