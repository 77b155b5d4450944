import type { ExtendedAttribute } from "@oriel/backup-stream";

/** Nanoseconds since 1970, in steps of 100. What is absent is taken to be `lastWrite`. */
export interface LayerTarTimes {
  readonly lastWrite: bigint;
  readonly lastAccess?: bigint;
  readonly change?: bigint;
  readonly creation?: bigint;
}

/** Bytes of a file, in pieces or as one. */
export type LayerTarContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

interface Described {
  /** With `/`, in `Files/`, `Hives/` or `UtilityVM/`: `Files/Windows/notepad.exe`. */
  readonly name: string;
  readonly times: LayerTarTimes;
  /** FILE_ATTRIBUTE_*. @default 0x10 for a directory, 0x20 for a file, 0x400 for a link */
  readonly attributes?: number;
  /** A self-relative SECURITY_DESCRIPTOR. Absent: none is recorded, and the file inherits from its folder. */
  readonly securityDescriptor?: Uint8Array | undefined;
  readonly extendedAttributes?: readonly ExtendedAttribute[];
}

export interface DirectoryEntry extends Described {
  readonly kind: "directory";
}

export interface FileEntry extends Described {
  readonly kind: "file";
  /** Bytes that `content` has. */
  readonly size: number;
  readonly content: LayerTarContent;
}

export interface LinkEntry extends Described {
  readonly kind: "symlink" | "mount-point";
  /** As the container sees it: `..\b`, `C:\a`. A mount point needs an absolute one. */
  readonly target: string;
}

export interface HardLinkEntry {
  readonly kind: "hardlink";
  readonly name: string;
  /** Name of an earlier file of this layer, or of one of a layer below. */
  readonly target: string;
}

/** An alternate data stream of the file or directory that stands before it. */
export interface StreamEntry {
  readonly kind: "stream";
  /** `Files/a.txt:Zone.Identifier`. */
  readonly name: string;
  readonly size: number;
  readonly content: LayerTarContent;
}

export interface WhiteoutEntry {
  /** `whiteout`: the layers below have `name`, and this one takes it away. `opaque`: they have a directory `name`, and this one takes away all in it. */
  readonly kind: "whiteout" | "opaque";
  readonly name: string;
}

/** What a Windows layer tar consists of. */
export type LayerTarEntry = DirectoryEntry | FileEntry | LinkEntry | HardLinkEntry | StreamEntry | WhiteoutEntry;
