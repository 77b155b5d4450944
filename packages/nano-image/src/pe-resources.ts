import { InvalidArgumentError } from "@oriel/contracts";
import { dataDirectoryIndex, PeFile } from "./pe-file.ts";

const isDirectory = 0x8000_0000;
const longestResource = 16 * 1024 * 1024;
// Far more than any DLL of Wine has; a damaged file whose folders contain each other must come to an end.
const maxEntries = 50_000;

/**
 * Reads every resource of a named type from a PE file, whatever its name and language, in the file's order. Empty where
 * the file has no such type.
 *
 * @throws InvalidArgumentError when the file is no PE file, or its tables point outside of it.
 */
export async function readResources(path: string, type: string): Promise<readonly Buffer[]> {
  const file = await PeFile.open(path);
  try {
    const directory = file.directory(dataDirectoryIndex.resources);
    return directory === undefined ? [] : await new ResourceReader(file, directory.address).read(type);
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly name: number;
  readonly offset: number;
}

/** Walks the three levels of a resource table: types, names, languages. Offsets in it are relative to its start. */
class ResourceReader {
  readonly #file: PeFile;
  readonly #base: number;
  #entriesLeft = maxEntries;

  constructor(file: PeFile, base: number) {
    this.#file = file;
    this.#base = base;
  }

  async read(type: string): Promise<Buffer[]> {
    const found: Buffer[] = [];
    for (const entry of await this.#entries(0)) {
      if ((await this.#name(entry.name)) === type) found.push(...(await this.#leaves(entry.offset, 1)));
    }
    return found;
  }

  async #entries(offset: number): Promise<Entry[]> {
    const header = await this.#file.read(this.#base + offset, 16);
    const count = header.readUInt16LE(12) + header.readUInt16LE(14);
    this.#entriesLeft -= count;
    if (this.#entriesLeft < 0) throw this.#damaged(`has more than ${maxEntries} resources`);
    const table = await this.#file.read(this.#base + offset + 16, count * 8);
    return Array.from({ length: count }, (_, index) => ({
      name: table.readUInt32LE(index * 8),
      offset: table.readUInt32LE(index * 8 + 4),
    }));
  }

  /** undefined for an entry that has a number instead. */
  async #name(name: number): Promise<string | undefined> {
    if ((name & isDirectory) === 0) return undefined;
    const address = this.#base + (name & ~isDirectory);
    const length = (await this.#file.read(address, 2)).readUInt16LE(0);
    return (await this.#file.read(address + 2, length * 2)).toString("utf16le");
  }

  async #leaves(offset: number, level: number): Promise<Buffer[]> {
    if ((offset & isDirectory) === 0) {
      const entry = await this.#file.read(this.#base + offset, 8);
      const size = entry.readUInt32LE(4);
      if (size > longestResource) throw this.#damaged(`has a resource of ${size} bytes`);
      return [await this.#file.read(entry.readUInt32LE(0), size)];
    }
    if (level > 2) throw this.#damaged("has resources deeper than three levels");
    const leaves: Buffer[] = [];
    for (const entry of await this.#entries(offset & ~isDirectory)) leaves.push(...(await this.#leaves(entry.offset, level + 1)));
    return leaves;
  }

  #damaged(what: string): InvalidArgumentError {
    const path = this.#file.path;
    return new InvalidArgumentError(`${path} is no usable Windows program: it ${what}`, { op: "pe.resources", resource: path });
  }
}
