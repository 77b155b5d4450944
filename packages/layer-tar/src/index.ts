/// <reference types="node" preserve="true" />
export { type CommitScratchOptions, commitScratch } from "./commit-scratch.ts";
export { copyMountedFolder, type FolderCopyOptions, hasFolderContent, type RawCopyCalls } from "./copy-folder.ts";
export { type ExportLayerTarOptions, exportLayerTar, type LayerSourceOptions } from "./export-layer-tar.ts";
export { type ImportedLayer, type ImportLayerTarOptions, importLayerTar } from "./import-layer-tar.ts";
export type { FailedCall, RawExportCalls, RawLayerCalls } from "./layer-calls.ts";
export { type LayerChanges, listLayerChanges } from "./layer-changes.ts";
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
export { type MountedScratchSource, measureMountedScratch } from "./mounted-size.ts";
export { readLayerTar } from "./read-layer-tar.ts";
export { removeFolder } from "./remove-folder.ts";
export { ByteSource } from "./tar/byte-source.ts";
export type { TarFault, TarMember, TarMemberType } from "./tar/tar-member.ts";
export { type ReadTarOptions, readTar } from "./tar/tar-reader.ts";
export { UnreadStream } from "./unread-stream.ts";
export { writeLayerTar } from "./write-layer-tar.ts";
