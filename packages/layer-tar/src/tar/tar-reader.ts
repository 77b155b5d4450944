import { ByteSource } from "./byte-source.ts";
import { decodeName, MAX_PAX_SIZE, parsePaxRecords } from "./pax-records.ts";
import { parsePaxTime } from "./pax-time.ts";
import { decodeTarHeader, type TarHeader } from "./tar-header.ts";
import { BLOCK_SIZE, malformedTar, paddingOf, type TarMember, type TarMemberType } from "./tar-member.ts";

const types: Readonly<Record<string, TarMemberType>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
};

/** What stood before a member and belongs to it. */
interface Preface {
  global: ReadonlyMap<string, string>;
  pax: ReadonlyMap<string, string>;
  longName: string | undefined;
  longLink: string | undefined;
}

/**
 * The members of an uncompressed tar (ustar, PAX, GNU long names), strictly: checksums, lengths and the end-of-archive
 * block must be there. What comes after the end-of-archive is read and ignored. Holds one chunk and one header.
 *
 * A reader of our own because a layer must be refused when it is torn or ambiguous: tar-stream 3 takes a tar without its
 * end for a whole one, reads on behind the end, and drops the rest of PAX records whose length is wrong.
 *
 * @throws InvalidArgumentError saying what is wrong, naming the member.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void, undefined> {
  const bytes = new ByteSource(source);
  let preface: Preface = { global: new Map(), pax: new Map(), longName: undefined, longLink: undefined };
  try {
    for (;;) {
      const header = await readHeader(bytes);
      if (header === undefined) break;
      if (header.flag === "x" || header.flag === "g" || header.flag === "L" || header.flag === "K") {
        preface = await readPreface(bytes, header, preface);
        continue;
      }
      const member = toMember(bytes, header, preface);
      preface = { global: preface.global, pax: new Map(), longName: undefined, longLink: undefined };
      yield member;
      await member.finish();
    }
    if (preface.pax.size > 0 || preface.longName !== undefined)
      throw malformedTar("ends after a PAX header without the entry that it describes");
    while ((await bytes.take(Number.MAX_SAFE_INTEGER)) !== undefined);
  } finally {
    await bytes.close();
  }
}

/** undefined at the end of the archive: a block of zeros, and a second one or the end of the stream. */
async function readHeader(bytes: ByteSource): Promise<TarHeader | undefined> {
  const block = await bytes.read(BLOCK_SIZE);
  if (block.length < BLOCK_SIZE) throw malformedTar("is torn: it ends without an end-of-archive block");
  if (!isZero(block)) return decodeTarHeader(block);
  const second = await bytes.read(BLOCK_SIZE);
  if (second.length > 0 && !isZero(second)) throw malformedTar("has an empty block between its entries");
  return undefined;
}

async function readPreface(bytes: ByteSource, header: TarHeader, before: Preface): Promise<Preface> {
  if (header.size < 0 || header.size > MAX_PAX_SIZE) {
    throw malformedTar(`describes the next entry with ${header.size} bytes; at most ${MAX_PAX_SIZE} are allowed`, header.name);
  }
  const body = await bytes.read(header.size);
  if (body.length < header.size || (await bytes.skip(paddingOf(header.size))) > 0) throw malformedTar("is torn within a PAX header");
  switch (header.flag) {
    case "x":
      return { ...before, pax: parsePaxRecords(body) };
    case "g":
      return { ...before, global: new Map([...before.global, ...parsePaxRecords(body)]) };
    default: {
      const end = body.indexOf(0);
      const name = decodeName(end === -1 ? body : body.subarray(0, end));
      return header.flag === "L" ? { ...before, longName: name } : { ...before, longLink: name };
    }
  }
}

function toMember(bytes: ByteSource, header: TarHeader, preface: Preface): TarMember & { finish(): Promise<void> } {
  const pax = preface.global.size === 0 ? preface.pax : new Map([...preface.global, ...preface.pax]);
  const name = pax.get("path") || preface.longName || header.name;
  const linkName = pax.get("linkpath") || preface.longLink || header.linkName;
  const type: TarMemberType = types[header.flag] ?? "other";
  const size = sizeOf(name, header, pax);
  if ([...pax.keys()].some((key) => key.startsWith("GNU.sparse."))) {
    throw malformedTar("is sparse in GNU's way, which layers cannot be; make the tar without --sparse", name);
  }
  if (size > 0 && type !== "file") throw malformedTar(`is no file but claims ${size} bytes of content`, name);
  const content = new MemberContent(bytes, name, size);
  return {
    name,
    // Old tars mark directories by the closing slash alone.
    type: type === "file" && name.endsWith("/") && size === 0 ? "directory" : type,
    linkName,
    size,
    modified: modifiedOf(name, header, pax),
    pax,
    content,
    finish: () => content.finish(),
  };
}

function sizeOf(name: string, header: TarHeader, pax: ReadonlyMap<string, string>): number {
  const text = pax.get("size");
  const size = text ? (/^\d{1,16}$/.test(text) ? Number(text) : Number.NaN) : header.size;
  if (!Number.isSafeInteger(size) || size < 0) throw malformedTar(`claims a size of ${text || header.size}`, name);
  return size;
}

function modifiedOf(name: string, header: TarHeader, pax: ReadonlyMap<string, string>): bigint {
  const text = pax.get("mtime");
  if (!text) return BigInt(header.modified) * 1_000_000_000n;
  const time = parsePaxTime(text);
  if (time === undefined) throw malformedTar(`has an mtime that is no time: ${text.slice(0, 40)}`, name);
  return time;
}

/** The content of one member, and the padding behind it. */
class MemberContent implements AsyncIterable<Uint8Array> {
  readonly #bytes: ByteSource;
  readonly #name: string;
  readonly #size: number;
  #left: number;

  constructor(bytes: ByteSource, name: string, size: number) {
    this.#bytes = bytes;
    this.#name = name;
    this.#size = size;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const piece = await this.#bytes.take(this.#left);
      if (piece === undefined) throw this.#torn(this.#left);
      this.#left -= piece.length;
      yield piece;
    }
  }

  async finish(): Promise<void> {
    const missing = await this.#bytes.skip(this.#left + paddingOf(this.#size));
    this.#left = 0;
    if (missing > 0) throw this.#torn(missing);
  }

  #torn(missing: number): Error {
    return malformedTar(`is torn: of ${this.#size} bytes and their padding, ${missing} are missing`, this.#name);
  }
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}
