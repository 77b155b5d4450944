import { InvalidArgumentError } from "@oriel/contracts";

export const ReparseTag = { MountPoint: 0xa0000003, Symlink: 0xa000000c } as const;

/** A symbolic link or a mount point (junction). */
export interface ReparsePoint {
  readonly kind: "symlink" | "mount-point";
  /** As a user would type it: `b`, `..\b`, `C:\a`, `\\server\share`. */
  readonly target: string;
}

const HEADER_SIZE = 8;
const NAMES_SIZE = 8;
const FLAGS_SIZE = 4;
const FLAG_RELATIVE = 1;
/** MAXIMUM_REPARSE_DATA_BUFFER_SIZE (ntifs.h). */
const MAX_SIZE = 16 * 1024;

/**
 * REPARSE_DATA_BUFFER: the data of a stream of id 8.
 *
 * An empty target makes empty names, as Go's winio does: a link that leads nowhere. One that begins with `\??\` is absolute as it is.
 *
 * @throws InvalidArgumentError for a target with NUL or too long, and for a mount point whose target is relative.
 */
export function encodeReparse(point: ReparsePoint): Uint8Array {
  const op = "reparse-point.encode";
  const { substitute, relative } = toNtPath(point.target);
  if (point.target.includes("\0")) {
    throw new InvalidArgumentError(`${JSON.stringify(point.target)} is not a target of a ${point.kind}`, { op });
  }
  const symlink = point.kind === "symlink";
  if (relative && !symlink && point.target !== "") {
    throw new InvalidArgumentError(`a mount point needs an absolute target such as C:\\folder, not '${point.target}'`, { op });
  }
  const substituteSize = substitute.length * 2;
  const printSize = point.target.length * 2;
  const names = HEADER_SIZE + NAMES_SIZE + (symlink ? FLAGS_SIZE : 0);
  const size = names + substituteSize + 2 + printSize + 2;
  if (size > MAX_SIZE) {
    throw new InvalidArgumentError(`the target of a ${point.kind} has ${point.target.length} characters, more than fit 16 KiB`, { op });
  }
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(symlink ? ReparseTag.Symlink : ReparseTag.MountPoint, 0);
  bytes.writeUInt16LE(size - HEADER_SIZE, 4);
  bytes.writeUInt16LE(0, 8);
  bytes.writeUInt16LE(substituteSize, 10);
  bytes.writeUInt16LE(substituteSize + 2, 12);
  bytes.writeUInt16LE(printSize, 14);
  if (symlink) bytes.writeUInt32LE(relative ? FLAG_RELATIVE : 0, 16);
  bytes.write(substitute, names, "utf16le");
  bytes.write(point.target, names + substituteSize + 2, "utf16le");
  return bytes;
}

/**
 * The inverse of {@link encodeReparse}: the print name, or where that is empty (some tools write none) the substitute
 * name in the form that a user would type.
 *
 * @throws InvalidArgumentError for another tag, and for a buffer whose names do not lie inside it.
 */
export function decodeReparse(data: Uint8Array): ReparsePoint {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < HEADER_SIZE + NAMES_SIZE) throw malformed(`has only ${bytes.length} bytes`);
  const tag = bytes.readUInt32LE(0);
  if (tag !== ReparseTag.Symlink && tag !== ReparseTag.MountPoint) {
    throw malformed(`has the tag 0x${tag.toString(16).toUpperCase()}, which is neither a symbolic link nor a mount point`);
  }
  const end = HEADER_SIZE + bytes.readUInt16LE(4);
  if (end > bytes.length) throw malformed(`claims ${end} bytes and has ${bytes.length}`);
  const names = HEADER_SIZE + NAMES_SIZE + (tag === ReparseTag.Symlink ? FLAGS_SIZE : 0);
  const nameAt = (field: number): string => {
    const start = names + bytes.readUInt16LE(field);
    const stop = start + bytes.readUInt16LE(field + 2);
    if (stop > end || (stop - start) % 2 !== 0) throw malformed("has a name that does not lie inside it");
    return bytes.toString("utf16le", start, stop);
  };
  const print = nameAt(12);
  return { kind: tag === ReparseTag.Symlink ? "symlink" : "mount-point", target: print === "" ? fromNtPath(nameAt(8)) : print };
}

/** The form the object manager wants: `\??\` before what is absolute. */
function toNtPath(target: string): { substitute: string; relative: boolean } {
  if (target.startsWith("\\??\\")) return { substitute: target, relative: false };
  if (target.startsWith("\\\\?\\")) return { substitute: `\\??\\${target.slice(4)}`, relative: false };
  if (target.startsWith("\\\\")) return { substitute: `\\??\\UNC\\${target.slice(2)}`, relative: false };
  if (/^[A-Za-z]:/.test(target)) return { substitute: `\\??\\${target}`, relative: false };
  return { substitute: target, relative: true };
}

function fromNtPath(substitute: string): string {
  if (substitute.startsWith("\\??\\UNC\\")) return `\\\\${substitute.slice(8)}`;
  if (/^\\\?\?\\[A-Za-z]:/.test(substitute)) return substitute.slice(4);
  if (substitute.startsWith("\\??\\")) return `\\\\?\\${substitute.slice(4)}`;
  return substitute;
}

function malformed(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`the reparse point ${what}`, { op: "reparse-point.decode" });
}
