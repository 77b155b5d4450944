/** Kinds of streams in WIN32_STREAM_ID (winbase.h). */
export const BackupStreamKind = { Data: 1, ExtendedAttributes: 2, Security: 3, Alternate: 4, Reparse: 8, SparseBlock: 9 } as const;

/** One stream of what BackupRead answers and BackupWrite takes. */
export interface BackupStreamPart {
  readonly kind: number;
  /** `:name:$DATA` of an alternate stream; else `""`. */
  readonly name: string;
  /** STREAM_* flags: 8 is "sparse". */
  readonly attributes?: number;
  readonly data: Uint8Array;
}

const headerSize = 20;

/** Written apart from @oriel/backup-stream, so that a fault there does not hide itself. */
export function backupStreamBytes(...parts: readonly BackupStreamPart[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap(({ kind, name, attributes = 0, data }) => {
      const text = Buffer.from(name, "utf16le");
      const header = Buffer.alloc(headerSize);
      header.writeUInt32LE(kind, 0);
      header.writeUInt32LE(attributes, 4);
      header.writeBigUInt64LE(BigInt(data.length), 8);
      header.writeUInt32LE(text.length, 16);
      return [header, text, data];
    }),
  );
}

/** @throws Error for bytes that end within a stream. */
export function parseBackupStream(bytes: Uint8Array): BackupStreamPart[] {
  const buffer = Buffer.from(bytes);
  const parts: BackupStreamPart[] = [];
  for (let at = 0; at < buffer.length; ) {
    if (at + headerSize > buffer.length) throw new Error(`the backup stream ends within the header at ${at}`);
    const named = at + headerSize + buffer.readUInt32LE(at + 16);
    const end = named + Number(buffer.readBigUInt64LE(at + 8));
    if (end > buffer.length) throw new Error(`the backup stream ends within the stream at ${at}: ${buffer.length} of ${end} bytes`);
    parts.push({
      kind: buffer.readUInt32LE(at),
      name: buffer.toString("utf16le", at + headerSize, named),
      attributes: buffer.readUInt32LE(at + 4),
      data: Uint8Array.from(buffer.subarray(named, end)),
    });
    at = end;
  }
  return parts;
}

/** What the unnamed stream says, holes filled with zeros. */
export function dataOf(parts: readonly BackupStreamPart[]): Uint8Array {
  let content = Buffer.alloc(0);
  for (const { kind, data } of parts) {
    if (kind === BackupStreamKind.Data && data.length > 0) content = Buffer.from(data);
    if (kind !== BackupStreamKind.SparseBlock) continue;
    const offset = Number(Buffer.from(data).readBigUInt64LE(0));
    const block = data.subarray(8);
    const grown = Buffer.alloc(Math.max(content.length, offset + block.length));
    content.copy(grown);
    grown.set(block, offset);
    content = grown;
  }
  return content;
}

/** One block of a sparse stream. */
export function sparseBlock(offset: number, content: Uint8Array): BackupStreamPart {
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(offset));
  return { kind: BackupStreamKind.SparseBlock, name: "", data: Buffer.concat([place, content]) };
}

/** REPARSE_DATA_BUFFER of a relative symbolic link. */
export function symbolicLinkBytes(target: string): Uint8Array {
  return reparseBytes(0xa000000c, target, target, 1);
}

/** REPARSE_DATA_BUFFER of a junction to an absolute folder. */
export function junctionBytes(target: string): Uint8Array {
  return reparseBytes(0xa0000003, `\\??\\${target}`, target, undefined);
}

function reparseBytes(tag: number, substitute: string, print: string, flags: number | undefined): Uint8Array {
  const names = Buffer.from(`${substitute}\0${print}\0`, "utf16le");
  const fixed = Buffer.alloc(flags === undefined ? 16 : 20);
  fixed.writeUInt32LE(tag, 0);
  fixed.writeUInt16LE(fixed.length - 8 + names.length, 4);
  fixed.writeUInt16LE(0, 8);
  fixed.writeUInt16LE(2 * substitute.length, 10);
  fixed.writeUInt16LE(2 * substitute.length + 2, 12);
  fixed.writeUInt16LE(2 * print.length, 14);
  if (flags !== undefined) fixed.writeUInt32LE(flags, 16);
  return Buffer.concat([fixed, names]);
}

/**
 * A self-relative security descriptor: owner and group Administrators, full access for SYSTEM, read access for Users when
 * `usersRead`. In the form in which Windows itself gives it back: owner, group and then the access list.
 */
export function securityBytes(usersRead: boolean): Uint8Array {
  const sid = (...parts: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(8 + 4 * parts.length);
    bytes.writeUInt8(1, 0);
    bytes.writeUInt8(parts.length, 1);
    bytes.writeUInt8(5, 7);
    for (const [at, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * at);
    return bytes;
  };
  const allow = (mask: number, who: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(8 + who.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, who]);
  };
  const entries = [allow(0x001f01ff, sid(18)), allow(0x001f01ff, sid(32, 544)), ...(usersRead ? [allow(0x001200a9, sid(32, 545))] : [])];
  const list = Buffer.concat([Buffer.alloc(8), ...entries]);
  list.writeUInt8(2, 0);
  list.writeUInt16LE(list.length, 2);
  list.writeUInt16LE(entries.length, 4);
  const owner = sid(32, 544);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  // SE_SELF_RELATIVE | SE_DACL_PROTECTED | SE_DACL_PRESENT: nothing is inherited, so that nothing is added on the way.
  head.writeUInt16LE(0x9004, 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + owner.length, 8);
  head.writeUInt32LE(20 + 2 * owner.length, 16);
  return Buffer.concat([head, owner, owner, list]);
}

/** FILE_FULL_EA_INFORMATION entries; Windows keeps names in upper case. */
export function extendedAttributeBytes(attributes: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const all = Object.entries(attributes);
  return Buffer.concat(
    all.map(([name, value], at) => {
      const entry = Buffer.alloc(Math.ceil((8 + name.length + 1 + value.length) / 4) * 4);
      entry.writeUInt32LE(at === all.length - 1 ? 0 : entry.length, 0);
      entry.writeUInt8(name.length, 5);
      entry.writeUInt16LE(value.length, 6);
      entry.write(name, 8, "latin1");
      entry.set(value, 8 + name.length + 1);
      return entry;
    }),
  );
}
