export { BackupStreamDecoder, type BackupStreamEvent } from "./backup-stream-decoder.ts";
export { encodeEmptyHive } from "./empty-hive.ts";
export { decodeExtendedAttributes, type ExtendedAttribute, encodeExtendedAttributes } from "./extended-attributes.ts";
export { FileAttribute } from "./file-attribute.ts";
export { filetimeFromUnixNanoseconds, unixNanosecondsFromFiletime } from "./filetime.ts";
export { decodeReparse, encodeReparse, type ReparsePoint, ReparseTag } from "./reparse-point.ts";
export { encodeSddl } from "./sddl.ts";
export { encodeStream, encodeStreamHeader, StreamAttribute, type StreamHeader, type StreamHeaderInit, StreamId } from "./stream-header.ts";
