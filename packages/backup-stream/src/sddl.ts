import { InvalidArgumentError } from "@oriel/contracts";
import { accessRights, aceFlags, aceTypes, domainAliases, sidAliases } from "./sddl-terms.ts";

/** SECURITY_DESCRIPTOR_CONTROL (winnt.h). */
const Control = { DaclPresent: 0x4, SaclPresent: 0x10, SelfRelative: 0x8000 } as const;
/** What the flags of a list mean: for the discretionary and for the system list. */
const aclFlags = { P: [0x1000, 0x2000], AR: [0x100, 0x200], AI: [0x400, 0x800] } as const;

const HEADER_SIZE = 20;
const MAX_TEXT = 64 * 1024;
/** ACL.AclSize has 16 bits. */
const MAX_ACL = 0xffff;
const MAX_SUB_AUTHORITIES = 15;

/**
 * The self-relative SECURITY_DESCRIPTOR of a text such as `O:BAG:SYD:(A;;FA;;;BA)`, in Microsoft's security descriptor
 * definition language. Read are owner, group, both lists with their flags, and entries of the types A, D, AU, OA, OD, OU,
 * ML and SP; not conditional entries and resource attributes, nor accounts of a domain that only its name stands for.
 *
 * @throws InvalidArgumentError saying what is not understood, and where
 * @see https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-dtyp/f4296d69-1c0f-491f-9587-a960b292d070
 */
export function encodeSddl(text: string): Uint8Array {
  return new SddlReader(text).read();
}

class SddlReader {
  readonly #text: string;
  #at = 0;
  #control: number = Control.SelfRelative;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Uint8Array {
    if (this.#text.length > MAX_TEXT) throw this.#malformed(`has ${this.#text.length} characters; at most ${MAX_TEXT} are read`);
    const parts = new Map<string, Uint8Array | undefined>();
    while (this.#at < this.#text.length) {
      const part = this.#take(/([OGDS]):/iy)?.[1]?.toUpperCase();
      if (part === undefined) throw this.#malformed("has none of O:, G:, D: and S:");
      if (parts.has(part)) throw this.#malformed(`has a second ${part}:`);
      parts.set(part, part === "O" || part === "G" ? this.#readSid() : this.#readAcl(part === "S"));
    }
    return this.#assemble(["O", "G", "S", "D"].map((part) => parts.get(part)));
  }

  /** Owner, group, system list, discretionary list behind the header; their offsets stand in it in that order. */
  #assemble(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
    const header = Buffer.alloc(HEADER_SIZE);
    header.writeUInt8(1, 0);
    header.writeUInt16LE(this.#control, 2);
    let offset = HEADER_SIZE;
    for (const [index, part] of parts.entries()) {
      if (part === undefined) continue;
      header.writeUInt32LE(offset, 4 + 4 * index);
      offset += part.length;
    }
    return Buffer.concat([header, ...parts.filter((part) => part !== undefined)]);
  }

  /** undefined for a list that is there and allows everything. */
  #readAcl(system: boolean): Uint8Array | undefined {
    this.#control |= system ? Control.SaclPresent : Control.DaclPresent;
    if (this.#take(/NO_ACCESS_CONTROL/iy) !== undefined) return undefined;
    for (let flag = this.#takeFlag(); flag !== undefined; flag = this.#takeFlag()) this.#control |= aclFlags[flag][system ? 1 : 0];
    const entries: Buffer[] = [];
    let objects = false;
    for (let fields = this.#take(/\(([^()]*)\)/y)?.[1]; fields !== undefined; fields = this.#take(/\(([^()]*)\)/y)?.[1]) {
      const { bytes, object } = this.#encodeAce(fields);
      entries.push(bytes);
      objects ||= object;
    }
    if (this.#text[this.#at] === "(")
      throw this.#malformed("has a conditional entry or a resource attribute, or an entry that does not end");
    const size = entries.reduce((sum, entry) => sum + entry.length, 8);
    if (size > MAX_ACL) throw this.#malformed(`has a list of ${size} bytes; at most ${MAX_ACL} are possible`);
    const head = Buffer.alloc(8);
    // Lists with entries for objects have a revision of their own (ACL_REVISION_DS).
    head.writeUInt8(objects ? 4 : 2, 0);
    head.writeUInt16LE(size, 2);
    head.writeUInt16LE(entries.length, 4);
    return Buffer.concat([head, ...entries]);
  }

  #encodeAce(text: string): { readonly bytes: Buffer; readonly object: boolean } {
    const fields = text.split(";").map((field) => field.trim());
    const [typeName = "", flagNames = "", rights = "", object = "", inherited = "", account = ""] = fields;
    const known = aceTypes[typeName.toUpperCase()];
    if (fields.length !== 6) throw this.#malformed(`has the entry (${text}), which has ${fields.length} fields and not 6`);
    if (known === undefined) throw this.#malformed(`has an entry of the type '${typeName}', which is not read`);
    if (known.object !== true && (object !== "" || inherited !== "")) {
      throw this.#malformed(`has the entry (${text}) with the GUID of an object, which its type has no room for`);
    }
    const flags = this.#sumOf(flagNames, aceFlags, "flag");
    const guids = [object, inherited].map((guid) => (guid === "" ? Buffer.alloc(0) : this.#encodeGuid(guid)));
    const present = Buffer.alloc(known.object === true ? 4 : 0);
    if (known.object === true) present.writeUInt32LE((object === "" ? 0 : 1) | (inherited === "" ? 0 : 2));
    const head = Buffer.alloc(8);
    head.writeUInt8(known.type, 0);
    head.writeUInt8(flags, 1);
    head.writeUInt32LE(this.#maskOf(rights), 4);
    const bytes = Buffer.concat([head, present, ...guids, this.#encodeSid(account)]);
    bytes.writeUInt16LE(bytes.length, 2);
    return { bytes, object: known.object === true };
  }

  /** A number as C writes it, or names of rights one after another. */
  #maskOf(text: string): number {
    if (!/^\d/.test(text)) return this.#sumOf(text, accessRights, "right");
    const octal = /^0[0-7]+$/.test(text);
    const mask = Number(octal ? `0o${text}` : text);
    if (!Number.isInteger(mask) || mask > 0xffffffff) throw this.#malformed(`has the rights '${text}', which are no number of 32 bits`);
    return mask;
  }

  #sumOf(text: string, names: Readonly<Record<string, number>>, what: string): number {
    let sum = 0;
    for (let at = 0; at < text.length; at += 2) {
      const name = text.slice(at, at + 2).toUpperCase();
      const bits = names[name];
      if (bits === undefined) throw this.#malformed(`has the unknown ${what} '${name}'`);
      sum = (sum | bits) >>> 0;
    }
    return sum;
  }

  #readSid(): Buffer {
    const text = this.#take(/S-[0-9A-Fx-]+|[A-Z]{2}/iy)?.[0];
    if (text === undefined) throw this.#malformed("lacks an account");
    return this.#encodeSid(text);
  }

  #encodeSid(text: string): Buffer {
    const upper = text.toUpperCase();
    if (domainAliases.has(upper)) throw this.#malformed(`names the account '${text}', whose SID depends on the domain or machine`);
    const full = sidAliases[upper] === undefined ? upper : `S-1-${sidAliases[upper]}`;
    const [, authorityText = "", rest = ""] = /^S-1-(\d{1,15}|0X[0-9A-F]{1,12})((?:-\d{1,10})+)$/.exec(full) ?? [];
    const parts = rest.split("-").slice(1).map(Number);
    const authority = Number(authorityText);
    const possible =
      authorityText !== "" && authority < 2 ** 48 && parts.length <= MAX_SUB_AUTHORITIES && parts.every((part) => part <= 0xffffffff);
    if (!possible) throw this.#malformed(`names the account '${text.slice(0, 100)}', which is no SID`);
    const bytes = Buffer.alloc(8 + 4 * parts.length);
    bytes.writeUInt8(1, 0);
    bytes.writeUInt8(parts.length, 1);
    bytes.writeUIntBE(authority, 2, 6);
    for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * index);
    return bytes;
  }

  #encodeGuid(text: string): Buffer {
    const match = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i.exec(text);
    if (match === null) throw this.#malformed(`has '${text.slice(0, 100)}' where the GUID of an object stands`);
    const [, first = "", second = "", third = "", fourth = "", fifth = ""] = match;
    const little = [first, second, third].map((part) => Buffer.from(part, "hex").reverse());
    return Buffer.concat([...little, Buffer.from(fourth + fifth, "hex")]);
  }

  #takeFlag(): keyof typeof aclFlags | undefined {
    return this.#take(/P|AR|AI/iy)?.[0].toUpperCase() as keyof typeof aclFlags | undefined;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #malformed(what: string): InvalidArgumentError {
    const shown = this.#text.length > 200 ? `${this.#text.slice(0, 200)}…` : this.#text;
    return new InvalidArgumentError(`the security descriptor ${JSON.stringify(shown)} ${what} (near character ${this.#at})`, {
      op: "sddl.encode",
    });
  }
}
