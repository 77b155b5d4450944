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
export { writeLayerTar } from "./write-layer-tar.ts";
