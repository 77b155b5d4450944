/** What a crafted PE file holds. */
export interface TinyPeOptions {
  readonly imports?: readonly string[];
  readonly delayed?: readonly string[];
  /** Whether the delay imports are written as old linkers did, with absolute addresses. */
  readonly absoluteDelayed?: boolean;
  /** Texts of WINE_REGISTRY resources. */
  readonly scripts?: readonly string[];
  /** PE32 instead of PE32+. */
  readonly narrow?: boolean;
}

const sectionAt = 0x1000;
const rawAt = 0x400;
const imageBase = 0x140000000n;
const narrowBase = 0x400000n;

/** A PE file with one section, as small as the tables allow; nothing could run it. */
export function tinyPe(options: TinyPeOptions = {}): Buffer {
  const section = new SectionWriter();
  const imports = writeImports(section, options.imports ?? []);
  const base = options.narrow === true ? narrowBase : imageBase;
  const delayed = writeDelayed(section, options.delayed ?? [], options.absoluteDelayed === true ? base : undefined);
  const resources = writeResources(section, options.scripts ?? []);
  const body = section.bytes();

  const optional = Buffer.alloc(options.narrow === true ? 224 : 240);
  optional.writeUInt16LE(options.narrow === true ? 0x10b : 0x20b, 0);
  if (options.narrow === true) optional.writeUInt32LE(Number(narrowBase), 28);
  else optional.writeBigUInt64LE(imageBase, 24);
  const table = optional.length - 128;
  optional.writeUInt32LE(16, table - 4);
  for (const [index, place] of [
    [1, imports],
    [2, resources],
    [13, delayed],
  ] as const) {
    optional.writeUInt32LE(place.address, table + index * 8);
    optional.writeUInt32LE(place.size, table + index * 8 + 4);
  }

  const file = Buffer.alloc(rawAt + body.length);
  file.write("MZ", 0, "latin1");
  file.writeUInt32LE(64, 60);
  file.write("PE\0\0", 64, "latin1");
  file.writeUInt16LE(options.narrow === true ? 0x14c : 0x8664, 68);
  file.writeUInt16LE(1, 70);
  file.writeUInt16LE(optional.length, 84);
  optional.copy(file, 88);
  const header = 88 + optional.length;
  file.write(".rdata", header, "latin1");
  file.writeUInt32LE(body.length, header + 8);
  file.writeUInt32LE(sectionAt, header + 12);
  file.writeUInt32LE(body.length, header + 16);
  file.writeUInt32LE(rawAt, header + 20);
  body.copy(file, rawAt);
  return file;
}

interface Place {
  readonly address: number;
  readonly size: number;
}

class SectionWriter {
  #content = Buffer.alloc(16);

  /** Appends and returns the address. */
  add(content: Buffer): number {
    const address = sectionAt + this.#content.length;
    const padding = Buffer.alloc((8 - (content.length % 8)) % 8);
    this.#content = Buffer.concat([this.#content, content, padding]);
    return address;
  }

  bytes(): Buffer {
    return this.#content;
  }
}

function writeImports(section: SectionWriter, names: readonly string[]): Place {
  if (names.length === 0) return { address: 0, size: 0 };
  const table = Buffer.alloc((names.length + 1) * 20);
  names.forEach((name, index) => {
    table.writeUInt32LE(section.add(Buffer.from(`${name}\0`, "latin1")), index * 20 + 12);
  });
  return { address: section.add(table), size: table.length };
}

function writeDelayed(section: SectionWriter, names: readonly string[], absoluteTo: bigint | undefined): Place {
  if (names.length === 0) return { address: 0, size: 0 };
  const table = Buffer.alloc((names.length + 1) * 32);
  names.forEach((name, index) => {
    const address = section.add(Buffer.from(`${name}\0`, "latin1"));
    table.writeUInt32LE(absoluteTo === undefined ? 1 : 0, index * 32);
    // Absolute addresses are of 32 bits, so they exist in PE32 files only.
    table.writeUInt32LE(absoluteTo === undefined ? address : address + Number(absoluteTo), index * 32 + 4);
  });
  return { address: section.add(table), size: table.length };
}

/** Type WINE_REGISTRY (and a numbered type before it), one name and one language for each text. */
function writeResources(section: SectionWriter, texts: readonly string[]): Place {
  if (texts.length === 0) return { address: 0, size: 0 };
  const data = texts.map((text) => ({ address: section.add(Buffer.from(text)), size: Buffer.byteLength(text) }));
  const type = Buffer.from("WINE_REGISTRY", "utf16le");
  const namesAt = 16 + 2 * 8;
  const languagesAt = namesAt + 16 + texts.length * 8;
  const entriesAt = languagesAt + texts.length * 24;
  const typeAt = entriesAt + texts.length * 16;
  const tree = Buffer.alloc(typeAt + 2 + type.length);
  const folder = 0x8000_0000;

  tree.writeUInt16LE(1, 12);
  tree.writeUInt16LE(1, 14);
  tree.writeUInt32LE(folder + typeAt, 16);
  tree.writeUInt32LE(folder + namesAt, 20);
  tree.writeUInt32LE(16, 24); // a version resource, which is not asked for
  tree.writeUInt32LE(folder + namesAt, 28);
  tree.writeUInt16LE(type.length / 2, typeAt);
  type.copy(tree, typeAt + 2);
  tree.writeUInt16LE(texts.length, namesAt + 14);
  data.forEach(({ address, size }, index) => {
    const language = languagesAt + index * 24;
    const entry = entriesAt + index * 16;
    tree.writeUInt32LE(index + 1, namesAt + 16 + index * 8);
    tree.writeUInt32LE(folder + language, namesAt + 20 + index * 8);
    tree.writeUInt16LE(1, language + 14);
    tree.writeUInt32LE(1033, language + 16);
    tree.writeUInt32LE(entry, language + 20);
    tree.writeUInt32LE(address, entry);
    tree.writeUInt32LE(size, entry + 4);
  });
  return { address: section.add(tree), size: tree.length };
}
