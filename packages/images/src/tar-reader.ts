import { InvalidArgumentError } from "@oriel/core";
import { ByteCursor } from "./byte-cursor.ts";

export interface TarEntry {
  readonly name: string;
  readonly type: "file" | "hardlink" | "symlink" | "other";
  /** Empty unless it is a link. */
  readonly linkName: string;
  /** Must be read before the next entry is asked for; what is left of it is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

interface Header {
  readonly name: string;
  readonly flag: string;
  readonly linkName: string;
  readonly size: number;
}

/** What stands before an entry and belongs to it. */
interface Preface {
  readonly name?: string | undefined;
  readonly linkName?: string | undefined;
  readonly size?: number | undefined;
}

const op = "image.load";
const blockSize = 512;
const maxPrefaceBytes = 1024 * 1024;
const types: Readonly<Record<string, TarEntry["type"]>> = { "0": "file", "\0": "file", "7": "file", "1": "hardlink", "2": "symlink" };

/**
 * The entries of an image archive: ustar, PAX or GNU tar. Takes what Docker takes, also an archive without its end
 * blocks: every content in it is checked by digest. Reads the source to its end, so that a sender is not cut off.
 *
 * A reader of our own, which asks for bytes instead of being given them: tar-stream 3.2.2 never comes to an end with a
 * header whose binary size is out of range, or with a directory that claims to have content.
 *
 * @throws InvalidArgumentError naming the entry where the archive is torn or no tar.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const bytes = new ByteCursor(source);
  let where = "its first header";
  let preface: Preface = {};
  try {
    for (;;) {
      const block = await bytes.take(blockSize);
      if (block.length === 0 || block.every((byte) => byte === 0)) break;
      const header = decodeHeader(block, where);
      if (isPreface(header)) {
        preface = { ...preface, ...(await readPreface(bytes, header, where)) };
        continue;
      }
      const name = preface.name ?? header.name;
      const linkName = preface.linkName ?? header.linkName;
      const size = hasContent(header) ? (preface.size ?? header.size) : 0;
      preface = {};
      where = `entry ${JSON.stringify(name)}`;
      const content = new EntryContent(bytes, size, where);
      yield { name, type: types[header.flag] ?? "other", linkName, content };
      await content.finish();
      where = `what follows ${where}`;
    }
    for await (const _ of bytes.pass(Number.POSITIVE_INFINITY));
  } finally {
    await bytes.close();
  }
}

class EntryContent implements AsyncIterable<Uint8Array> {
  readonly #bytes: ByteCursor;
  readonly #size: number;
  readonly #where: string;
  #left: number;

  constructor(bytes: ByteCursor, size: number, where: string) {
    this.#bytes = bytes;
    this.#size = size;
    this.#where = where;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#bytes.pass(this.#left)) {
      this.#left -= piece.length;
      yield piece;
    }
    if (this.#left > 0) throw broken(this.#where, `it ends after ${this.#size - this.#left} of ${this.#size} bytes`);
  }

  /** Passes over what was not read, and the padding; that may be missing at the end of an archive. */
  async finish(): Promise<void> {
    for await (const _ of this);
    await this.#bytes.take(paddingOf(this.#size));
  }
}

function decodeHeader(block: Buffer, where: string): Header {
  if (block.length < blockSize) throw broken(where, `it ends after ${block.length} bytes of a header`);
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (readNumber(block, 148, 8) !== sum) throw broken(where, "there is no tar header: its checksum is wrong");
  const size = readNumber(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw broken(where, "a header gives no size that a file can have");
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? readText(block, 345, 155) : "";
  const name = readText(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    flag: String.fromCharCode(block[156] ?? 0),
    linkName: readText(block, 157, 100),
    size,
  };
}

/** Links, devices, directories and pipes have none, whatever size their header gives (Go's archive/tar reads them so too). */
function hasContent({ flag }: Header): boolean {
  return !/[1-6]/.test(flag);
}

function isPreface({ flag }: Header): boolean {
  return flag === "x" || flag === "g" || flag === "L" || flag === "K";
}

async function readPreface(bytes: ByteCursor, { flag, size }: Header, where: string): Promise<Preface> {
  if (size > maxPrefaceBytes) throw broken(where, `an extended header has ${size} bytes; at most ${maxPrefaceBytes} are read`);
  const body = await bytes.take(size);
  await bytes.take(paddingOf(size));
  if (body.length < size) throw broken(where, "it ends within an extended header");
  if (flag === "L") return { name: readText(body, 0, size) };
  if (flag === "K") return { linkName: readText(body, 0, size) };
  // A global header (`git archive` writes one with a comment) says nothing that an image archive needs.
  return flag === "g" ? {} : readPax(body, where);
}

/** Records `<length> <key>=<value>\n`, where the length counts the whole record. */
function readPax(body: Buffer, where: string): Preface {
  const records = new Map<string, string>();
  for (let offset = 0; offset < body.length; ) {
    const space = body.indexOf(0x20, offset);
    const length = Number(body.toString("latin1", offset, space < 0 || space > offset + 8 ? offset : space) || Number.NaN);
    const end = offset + length;
    const equals = body.indexOf(0x3d, space);
    if (!Number.isSafeInteger(length) || end > body.length || equals < 0 || equals >= end || body[end - 1] !== 0x0a) {
      throw broken(where, "an extended header is malformed");
    }
    records.set(body.toString("utf8", space + 1, equals), body.toString("utf8", equals + 1, end - 1));
    offset = end;
  }
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) throw broken(where, "sparse files are not read");
  const size = records.get("size");
  if (size !== undefined && !/^[0-9]{1,15}$/.test(size)) throw broken(where, `an extended header gives the size ${JSON.stringify(size)}`);
  return {
    ...(records.has("path") ? { name: records.get("path") } : {}),
    ...(records.has("linkpath") ? { linkName: records.get("linkpath") } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

/** Octal digits, or with the first bit set a big-endian binary number (GNU). NaN for anything else. */
function readNumber(block: Buffer, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) {
    const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(field.toString("latin1"))?.[1];
    return digits === undefined ? Number.NaN : Number.parseInt(digits || "0", 8);
  }
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, (field[0] ?? 0) & 0x7f);
}

function readText(bytes: Buffer, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function broken(where: string, detail: string): InvalidArgumentError {
  return new InvalidArgumentError(`the archive is broken at ${where}: ${detail}`, {
    op,
    remedy: "it must be the output of `docker save` or a tar of an OCI layout; it may have been cut short",
  });
}
