import type { OrielError } from "@oriel/contracts";
import { ByteSource } from "./byte-source.ts";
import { decodeName, MAX_PAX_SIZE, parsePaxRecords } from "./pax-records.ts";
import { parsePaxTime } from "./pax-time.ts";
import { decodeTarHeader, type TarHeader } from "./tar-header.ts";
import { BLOCK_SIZE, malformedTar, paddingOf, type TarFault, type TarMember, type TarMemberType } from "./tar-member.ts";

export interface ReadTarOptions {
  /** Makes the errors. @default errors about a layer's tar */
  readonly fault?: TarFault;
  /**
   * Takes what Go's archive/tar takes: an archive without its end-of-archive blocks or its last padding, and links and
   * directories that claim content but have none. For archives whose content is checked by digest anyway.
   * @default false
   */
  readonly tolerant?: boolean;
}

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

/** `git archive` writes one, with the name of the commit. */
const MAX_GLOBAL_RECORDS = 64;

const noRecords: ReadonlyMap<string, string> = new Map();

/**
 * The members of an uncompressed tar (ustar, PAX, GNU long names), strictly: checksums, lengths and the end-of-archive
 * block must be there. What comes after the end-of-archive is read and ignored. Holds one chunk and one header; content
 * is handed on as views of the chunks.
 *
 * A reader of our own because a layer must be refused when it is torn or ambiguous: tar-stream 3 takes a tar without its
 * end for a whole one, reads on behind the end, drops the rest of PAX records whose length is wrong, and never comes to
 * an end with a binary size out of range.
 *
 * @throws InvalidArgumentError saying what is wrong, naming the member.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { fault = malformedTar, tolerant = false }: ReadTarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const reader = new TarReader(new ByteSource(source), fault, tolerant);
  try {
    for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
      yield member;
      await member.content.finish();
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

class TarReader {
  readonly #bytes: ByteSource;
  readonly #fault: TarFault;
  readonly #tolerant: boolean;
  /** Name of the last entry: what cannot be read behind it has none. */
  #last: string | undefined;
  #preface: Preface = { global: noRecords, pax: noRecords, longName: undefined, longLink: undefined };

  constructor(bytes: ByteSource, fault: TarFault, tolerant: boolean) {
    this.#bytes = bytes;
    this.#fault = fault;
    this.#tolerant = tolerant;
  }

  /** undefined at the end of the archive. */
  async next(): Promise<(TarMember & { readonly content: MemberContent }) | undefined> {
    for (let header = await this.#readHeader(); header !== undefined; header = await this.#readHeader()) {
      const { flag } = header;
      if (flag !== "x" && flag !== "g" && flag !== "L" && flag !== "K") return this.#toMember(header);
      await this.#readPreface(header);
    }
    const { pax, longName, longLink } = this.#preface;
    if (pax.size > 0 || longName !== undefined || longLink !== undefined) {
      throw this.#faultBehind("ends after a PAX header without the entry that it describes");
    }
    return undefined;
  }

  /** Reads what follows the archive, so that its sender is not cut off. */
  async drain(): Promise<void> {
    await this.#bytes.skip(Number.POSITIVE_INFINITY);
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** undefined at the end of the archive: a block of zeros, and a second one or the end of the stream. */
  async #readHeader(): Promise<TarHeader | undefined> {
    const block = await this.#bytes.read(BLOCK_SIZE);
    if (block.length === 0 && this.#tolerant) return undefined;
    if (block.length < BLOCK_SIZE) throw this.#faultBehind("is torn: it ends without an end-of-archive block");
    if (!isZero(block))
      return decodeTarHeader(block, (what, name) => (name === undefined ? this.#faultBehind(what) : this.#fault(what, name)));
    const second = await this.#bytes.read(BLOCK_SIZE);
    if (!this.#tolerant && second.length > 0 && !isZero(second)) throw this.#faultBehind("has an empty block between its entries");
    return undefined;
  }

  async #readPreface({ flag, size, name }: TarHeader): Promise<void> {
    if (size < 0 || size > MAX_PAX_SIZE) {
      throw this.#fault(`describes the next entry with ${size} bytes; at most ${MAX_PAX_SIZE} are allowed`, name);
    }
    const body = await this.#bytes.read(size);
    if (body.length < size || (await this.#bytes.skip(paddingOf(size))) > 0) throw this.#fault("is torn within a PAX header", name);
    const fault: TarFault = (what, of = name) => this.#fault(what, of);
    if (flag === "x") this.#preface.pax = parsePaxRecords(body, fault);
    else if (flag === "g") this.#preface.global = this.#mergeGlobal(parsePaxRecords(body, fault), name);
    else {
      const end = body.indexOf(0);
      const text = decodeName(end === -1 ? body : body.subarray(0, end), fault);
      if (flag === "L") this.#preface.longName = text;
      else this.#preface.longLink = text;
    }
  }

  /** They are looked at again for each member, so that a tar with many of them would take for ever. */
  #mergeGlobal(records: ReadonlyMap<string, string>, name: string): ReadonlyMap<string, string> {
    const merged = new Map([...this.#preface.global, ...records]);
    if (merged.size > MAX_GLOBAL_RECORDS)
      throw this.#fault(`brings the global PAX records to ${merged.size}; at most ${MAX_GLOBAL_RECORDS} are allowed`, name);
    return merged;
  }

  /** For bytes that belong to no entry. */
  #faultBehind(what: string): OrielError {
    return this.#last === undefined ? this.#fault(what) : this.#fault(`is the last that can be read: what follows ${what}`, this.#last);
  }

  #toMember(header: TarHeader): TarMember & { readonly content: MemberContent } {
    const { global, pax: own, longName, longLink } = this.#preface;
    this.#preface = { global, pax: noRecords, longName: undefined, longLink: undefined };
    const pax = global.size === 0 ? own : new Map([...global, ...own]);
    const name = pax.get("path") || longName || header.name;
    this.#last = name;
    const type: TarMemberType = types[header.flag] ?? "other";
    const size = this.#sizeOf(name, type, header, pax);
    for (const key of pax.keys()) {
      if (key.startsWith("GNU.sparse."))
        throw this.#fault("is sparse in GNU's way, which is not read; make the tar without --sparse", name);
    }
    return {
      name,
      // Old tars mark directories by the closing slash alone.
      type: type === "file" && size === 0 && name.endsWith("/") ? "directory" : type,
      linkName: pax.get("linkpath") || longLink || header.linkName,
      size,
      modified: this.#modifiedOf(name, header, pax),
      pax,
      content: new MemberContent(this.#bytes, name, size, this.#fault, this.#tolerant),
    };
  }

  #sizeOf(name: string, type: TarMemberType, header: TarHeader, pax: ReadonlyMap<string, string>): number {
    if (this.#tolerant && /[1-6]/.test(header.flag)) return 0;
    const text = pax.get("size");
    const size = text ? (/^\d{1,16}$/.test(text) ? Number(text) : Number.NaN) : header.size;
    if (!Number.isSafeInteger(size) || size < 0) throw this.#fault(`claims a size of ${text?.slice(0, 40) ?? header.size}`, name);
    if (size > 0 && type !== "file" && !this.#tolerant) throw this.#fault(`is no file but claims ${size} bytes of content`, name);
    return size;
  }

  #modifiedOf(name: string, header: TarHeader, pax: ReadonlyMap<string, string>): bigint {
    const text = pax.get("mtime");
    if (!text) return BigInt(header.modified) * 1_000_000_000n;
    const time = parsePaxTime(text);
    if (time === undefined) throw this.#fault(`has an mtime that is no time: ${text.slice(0, 40)}`, name);
    return time;
  }
}

/** The content of one member, and the padding behind it. */
class MemberContent implements AsyncIterable<Uint8Array> {
  readonly #bytes: ByteSource;
  readonly #name: string;
  readonly #size: number;
  readonly #fault: TarFault;
  readonly #tolerant: boolean;
  #left: number;

  constructor(bytes: ByteSource, name: string, size: number, fault: TarFault, tolerant: boolean) {
    this.#bytes = bytes;
    this.#name = name;
    this.#size = size;
    this.#fault = fault;
    this.#tolerant = tolerant;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const piece = this.#bytes.takeNow(this.#left);
      if (piece !== undefined) {
        this.#left -= piece.length;
        yield piece;
      } else if (!(await this.#bytes.load())) throw this.#torn(this.#left);
    }
  }

  /** Passes over what was not read, and the padding. */
  async finish(): Promise<void> {
    const missing = await this.#bytes.skip(this.#left);
    this.#left = 0;
    if (missing > 0) throw this.#torn(missing);
    const padding = await this.#bytes.skip(paddingOf(this.#size));
    if (padding > 0 && !this.#tolerant) throw this.#torn(padding);
  }

  #torn(missing: number): Error {
    return this.#fault(`is torn: of ${this.#size} bytes and their padding, ${missing} are missing`, this.#name);
  }
}

function isZero(block: Uint8Array): boolean {
  for (let at = 0; at < block.length; at += 1) if (block[at] !== 0) return false;
  return true;
}
