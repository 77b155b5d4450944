import { createHash } from "node:crypto";
import { type BigIntStats, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import type { BasicInfo } from "@oriel/contracts";
import { ownFolderOf } from "../layers/layer-folder.ts";
import { readParents } from "../layers/lineage.ts";
import type { Posix } from "../native/posix.ts";
import {
  decodeExtras,
  decodeMetadata,
  type Extras,
  encodeExtras,
  encodeMetadata,
  hostStamp,
  isEmpty,
  METADATA_SIZE,
  type Metadata,
  noExtras,
} from "./metadata.ts";
import { setMode } from "./set-mode.ts";
import { temporaryName } from "./temporary-name.ts";

/** Extended attributes of the host that hold metadata. Linux lets links have none of the `user` kind. */
const names = { user: "user.oriel", link: process.platform === "linux" ? "trusted.oriel" : "user.oriel" };
const extrasSuffix = ".x";
/** Where Samba keeps the attributes of DOS, and Wine too: hidden and system, as `0x6`. */
const dosAttribute = "user.DOSATTRIB";
const dosMask = FileAttribute.Hidden | FileAttribute.System;
/** Extras up to this size are tried as an extended attribute: those of ext4 share a block of 4 KiB. */
const inlineExtras = 3072;
const writable = 0o222n;
/** FILETIME 0, and -1: "leave it as it is". */
const unsetTimes: readonly bigint[] = [-11_644_473_600_000_000_000n, -11_644_473_600_000_000_100n];

const typeBits = FileAttribute.Directory | FileAttribute.ReparsePoint | FileAttribute.Normal;

/** A file as Windows would describe it. */
export interface FileDescription extends BasicInfo {
  readonly stats: BigIntStats;
  readonly hasExtras: boolean;
  /** Whether there is metadata of ours, or only what the host knows. */
  readonly isKept: boolean;
}

export interface MetadataChange {
  /** Attributes 0 and unset times stay as they are. */
  readonly info?: BasicInfo | undefined;
  /** All of them; undefined: as they are. */
  readonly extras?: Extras | undefined;
  /** Bits of FILE_ATTRIBUTE_* that are set beside those of `info`. */
  readonly addAttributes?: number;
}

/**
 * Keeps what the host's file system cannot: in an extended attribute of the file, so that it goes where the file goes -
 * through hard links, renames by programs in the container, and into the upper folder of an overlay mount - and nothing
 * of it is to be seen in the container. Where the host has none (links without privileges, file systems without extended
 * attributes) it lies in a file of the layer's own folder, by the number of the inode.
 *
 * Hidden and system are kept where Wine keeps them, and read-only is the host's own permission to write, as it is for
 * Wine: what `attrib` shows and changes in a container is what the layer has.
 */
export class LayerMetadata {
  readonly #system: Posix;

  constructor(system: Posix) {
    this.#system = system;
  }

  /** @param root folder of the layer that the file belongs to */
  describe(root: string, file: string, stats: BigIntStats = lstatSync(file, { bigint: true })): FileDescription {
    const { metadata, live } = this.#read(root, file, stats);
    const attributes = this.#attributes(file, stats, metadata, live);
    return { stats, attributes, hasExtras: metadata?.hasExtras ?? false, isKept: metadata !== undefined, ...timesOf(stats, metadata) };
  }

  /** The times alone. */
  times(root: string, file: string): Omit<FileDescription, "attributes" | "hasExtras" | "isKept"> {
    const stats = lstatSync(file, { bigint: true });
    const { creationTime, lastWriteTime, lastAccessTime, changeTime } = timesOf(stats, this.#read(root, file, stats).metadata);
    return { stats, creationTime, lastWriteTime, lastAccessTime, changeTime };
  }

  /** A file that was made just now: there is nothing yet that could be read. */
  describeNew(file: string): FileDescription {
    const stats = lstatSync(file, { bigint: true });
    const attributes = stats.isFile() ? FileAttribute.Archive : stats.isDirectory() ? FileAttribute.Directory : FileAttribute.ReparsePoint;
    return { stats, attributes, hasExtras: false, isKept: false, ...timesOf(stats, undefined) };
  }

  extras(root: string, file: string, description: FileDescription): Extras {
    if (!description.hasExtras) return noExtras;
    const { stats } = description;
    const own = this.#system.getAttribute(file, `${nameFor(stats)}${extrasSuffix}`);
    const bytes = own ?? this.#readInode(root, stats)?.subarray(METADATA_SIZE);
    if (bytes === undefined) return noExtras;
    const stored = decodeExtras(bytes);
    if (!("digest" in stored)) return stored;
    const again = decodeExtras(readFileSync(this.blob(root, stored.digest)));
    return "digest" in again ? noExtras : again;
  }

  /** Sets what is given, and keeps the rest. */
  write(root: string, file: string, change: MetadataChange, before: FileDescription = this.describe(root, file)): void {
    const { info } = change;
    if (info !== undefined) {
      const lastAccessTime = pick(info.lastAccessTime, before.lastAccessTime);
      this.#system.setTimes(file, lastAccessTime, pick(info.lastWriteTime, before.lastWriteTime));
    }
    this.#keep(root, file, change, { ...before, stats: lstatSync(file, { bigint: true }) });
  }

  /** @param before with the host's times as they are now */
  #keep(root: string, file: string, change: MetadataChange, before: FileDescription): void {
    const { info, extras } = change;
    const { stats } = before;
    const attributes = (info === undefined || info.attributes === 0 ? before.attributes : info.attributes) | (change.addAttributes ?? 0);
    if (stats.isFile()) this.#setWritable(file, stats, attributes);
    const dosFailed = stats.isSymbolicLink() ? undefined : this.#setDosAttributes(file, before, attributes);
    const metadata: Metadata = {
      attributes,
      creationTime: pick(info?.creationTime, before.creationTime),
      lastWriteTime: pick(info?.lastWriteTime, before.lastWriteTime),
      lastAccessTime: pick(info?.lastAccessTime, before.lastAccessTime),
      changeTime: pick(info?.changeTime, before.changeTime),
      hostStamp: hostStamp(stats.mtimeNs),
      hasExtras: extras === undefined ? before.hasExtras : !isEmpty(extras),
    };
    // One place for all of it: what the host cannot keep of the attributes it must not seem to keep.
    if (dosFailed !== undefined) this.#writeInode(root, file, stats, metadata, extras ?? this.extras(root, file, before));
    else this.#write(root, file, { ...before, ...metadata, stats }, metadata, extras);
  }

  /** The same for what was made just now, which has nothing yet. */
  writeNew(root: string, file: string, change: MetadataChange): void {
    const { info } = change;
    if (info === undefined || unsetTimes.includes(info.lastAccessTime) || unsetTimes.includes(info.lastWriteTime)) {
      this.write(root, file, change, this.describeNew(file));
      return;
    }
    // Times first, so that one look at the file tells all.
    this.#system.setTimes(file, inSteps(info.lastAccessTime), inSteps(info.lastWriteTime));
    this.#keep(root, file, change, this.describeNew(file));
  }

  /** Gives `to` the times, attributes and extras of `from`. Large streams stay where they are: they are found by parents. */
  copy(fromRoot: string, from: string, toRoot: string, to: string): void {
    const source = this.describe(fromRoot, from);
    const extras = source.hasExtras ? this.extras(fromRoot, from, source) : undefined;
    this.write(toRoot, to, { info: source, extras });
  }

  /** Gives `to` what `from` has beside its times. */
  inherit(fromRoot: string, from: string, toRoot: string, to: string): void {
    const source = this.describe(fromRoot, from);
    const before = this.describe(toRoot, to);
    const info = { ...before, attributes: source.attributes, creationTime: source.creationTime };
    this.write(toRoot, to, { info, extras: this.extras(fromRoot, from, source) }, before);
  }

  /** Whether metadata lies with the files of this layer, and so goes where a program in a container takes them. */
  goesWithFiles(root: string): boolean {
    const probe = `${names.user}.probe`;
    const kept = this.#system.setAttribute(ownFolderOf(root), probe, Buffer.from("1")) === undefined;
    if (kept) this.#system.removeAttribute(ownFolderOf(root), probe);
    return kept;
  }

  /** Where the bytes of this digest lie, in the layer or in one below. @throws ENOENT */
  blob(root: string, digest: string): string {
    const own = blobFile(root, digest);
    if (isThere(own)) return own;
    for (const parent of readParents(root)) {
      const file = blobFile(parent, digest);
      if (isThere(file)) return file;
    }
    throw Object.assign(new Error(`${own} is not there, and no layer below has it`), { code: "ENOENT" });
  }

  #read(root: string, file: string, stats: BigIntStats): { readonly metadata: Metadata | undefined; readonly live: boolean } {
    const own = this.#system.getAttribute(file, nameFor(stats));
    if (own !== undefined) return { metadata: decodeMetadata(own), live: !stats.isSymbolicLink() };
    const kept = this.#readInode(root, stats);
    return { metadata: kept === undefined ? undefined : decodeMetadata(kept), live: kept === undefined };
  }

  #attributes(file: string, stats: BigIntStats, metadata: Metadata | undefined, live: boolean): number {
    const link = stats.isSymbolicLink();
    const directory = stats.isDirectory() || (link && metadata !== undefined && (metadata.attributes & FileAttribute.Directory) !== 0);
    let bits = metadata === undefined ? (stats.isFile() ? FileAttribute.Archive : 0) : metadata.attributes;
    const reparse = link || (bits & FileAttribute.ReparsePoint) !== 0;
    bits &= ~typeBits;
    if (live && !link) {
      bits = (bits & ~dosMask) | parseDosAttribute(this.#system.getAttribute(file, dosAttribute));
      if (!directory) bits = (stats.mode & writable) === 0n ? bits | FileAttribute.ReadOnly : bits & ~FileAttribute.ReadOnly;
    }
    if (directory) bits |= FileAttribute.Directory;
    if (reparse) bits |= FileAttribute.ReparsePoint;
    return bits === 0 ? FileAttribute.Normal : bits;
  }

  #setWritable(file: string, stats: BigIntStats, attributes: number): void {
    const readOnly = (attributes & FileAttribute.ReadOnly) !== 0;
    if (readOnly === ((stats.mode & writable) === 0n)) return;
    setMode(file, stats, Number(readOnly ? stats.mode & 0o777n & ~writable : (stats.mode & 0o777n) | 0o200n));
  }

  #setDosAttributes(file: string, before: FileDescription, attributes: number): string | undefined {
    const wanted = attributes & dosMask;
    if (wanted === (before.attributes & dosMask)) return undefined;
    if (wanted !== 0) return this.#system.setAttribute(file, dosAttribute, Buffer.from(`0x${wanted.toString(16)}`));
    this.#system.removeAttribute(file, dosAttribute);
    return undefined;
  }

  #write(root: string, file: string, known: FileDescription, metadata: Metadata, extras: Extras | undefined): void {
    const name = nameFor(known.stats);
    const failed =
      (extras === undefined ? undefined : this.#setExtras(root, file, name, extras)) ??
      this.#system.setAttribute(file, name, encodeMetadata(metadata));
    if (failed !== undefined) this.#writeInode(root, file, known.stats, metadata, extras ?? this.extras(root, file, known));
  }

  #setExtras(root: string, file: string, base: string, extras: Extras): string | undefined {
    const name = `${base}${extrasSuffix}`;
    if (isEmpty(extras)) {
      this.#system.removeAttribute(file, name);
      return undefined;
    }
    const bytes = encodeExtras(extras);
    const failed = bytes.length <= inlineExtras ? this.#system.setAttribute(file, name, bytes) : "E2BIG";
    if (failed !== "E2BIG" && failed !== "ENOSPC") return failed;
    return this.#system.setAttribute(file, name, encodeExtras({ digest: writeBlob(root, bytes) }));
  }

  #readInode(root: string, stats: BigIntStats): Buffer | undefined {
    const file = inodeFile(root, stats);
    // Nearly none has one, and an error takes longer to make than the answer.
    if (!existsSync(file)) return undefined;
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      return undefined;
    }
    // A number is used again once its file is gone; no two files of one number were made at the same time.
    return bytes.length >= 8 + METADATA_SIZE && bytes.readBigInt64LE(0) === stats.birthtimeNs ? bytes.subarray(8) : undefined;
  }

  #writeInode(root: string, file: string, stats: BigIntStats, metadata: Metadata, extras: Extras): void {
    const birth = Buffer.alloc(8);
    birth.writeBigInt64LE(stats.birthtimeNs);
    // An older one would be read in its place.
    this.#system.removeAttribute(file, nameFor(stats));
    writeWholeSync(inodeFile(root, stats), Buffer.concat([birth, encodeMetadata(metadata), encodeExtras(extras)]));
  }
}

function pick(given: bigint | undefined, old: bigint): bigint {
  return given === undefined || unsetTimes.includes(given) ? old : inSteps(given);
}

/** What was set holds until the file is written to. */
function timesOf(stats: BigIntStats, metadata: Metadata | undefined): Omit<BasicInfo, "attributes"> {
  const set = metadata?.hostStamp === hostStamp(stats.mtimeNs) ? metadata : undefined;
  return {
    creationTime: metadata?.creationTime ?? inSteps(stats.birthtimeNs),
    lastWriteTime: set?.lastWriteTime ?? inSteps(stats.mtimeNs),
    // Windows does not note accesses unless told to (NtfsDisableLastAccessUpdate); this host notes our own reading.
    lastAccessTime: set?.lastAccessTime ?? inSteps(stats.mtimeNs),
    changeTime: set?.changeTime ?? inSteps(stats.ctimeNs),
  };
}

/** Bytes under the name of their digest, which is answered. */
export function writeBlob(root: string, bytes: Uint8Array): string {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const file = blobFile(root, digest);
  if (!isThere(file)) writeWholeSync(file, bytes);
  return digest;
}

export function blobFile(root: string, digest: string): string {
  return path.join(ownFolderOf(root), "blobs", digest);
}

function inodeFile(root: string, stats: BigIntStats): string {
  return path.join(ownFolderOf(root), "inodes", stats.ino.toString(16));
}

function writeWholeSync(file: string, bytes: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const whole = temporaryName(file);
  writeFileSync(whole, bytes);
  renameSync(whole, file);
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function nameFor(stats: BigIntStats): string {
  return stats.isSymbolicLink() ? names.link : names.user;
}

/** Wine reads it so: hexadecimal after `0x`, other forms count for nothing. */
function parseDosAttribute(value: Buffer | undefined): number {
  const text = /^0x([0-9a-f]+)/i.exec(value?.toString("latin1") ?? "")?.[1];
  return text === undefined ? 0 : Number.parseInt(text, 16) & dosMask;
}

/** Windows counts in steps of 100 ns. */
function inSteps(time: bigint): bigint {
  return time - (((time % 100n) + 100n) % 100n);
}
