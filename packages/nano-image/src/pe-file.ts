import { type FileHandle, open } from "node:fs/promises";
import { InvalidArgumentError } from "@oriel/contracts";

const op = "pe.read";
// Names and tables beyond this are no import tables of real programs, but damage or malice.
const longestName = 260;

interface Section {
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly rawOffset: number;
  readonly rawSize: number;
}

/** A piece of the image as the header's data directory names it: relative virtual address and length in bytes. */
export interface DataDirectory {
  readonly address: number;
  readonly size: number;
}

/** Indexes of the data directories that this package reads (PE format, "Optional Header Data Directories"). */
export const dataDirectoryIndex = { imports: 1, resources: 2, delayImports: 13 } as const;

/**
 * A Windows program or DLL, opened for reading its headers and tables. Reads only what is asked for, at the place where
 * it is; the file is never read as a whole. Close it.
 */
export class PeFile {
  readonly path: string;
  /** `IMAGE_FILE_HEADER.Machine`: 0x8664 is x86-64, 0x14c x86, 0xaa64 ARM64. */
  readonly machine: number;
  /** Preferred load address; delay imports of old linkers are relative to it. */
  readonly imageBase: bigint;
  readonly #handle: FileHandle;
  readonly #sections: readonly Section[];
  readonly #directories: readonly DataDirectory[];

  private constructor(path: string, handle: FileHandle, header: Header) {
    this.path = path;
    this.machine = header.machine;
    this.imageBase = header.imageBase;
    this.#handle = handle;
    this.#sections = header.sections;
    this.#directories = header.directories;
  }

  /** @throws InvalidArgumentError when the file is no PE file, or is cut off. Errors of the file system pass as they are. */
  static async open(path: string): Promise<PeFile> {
    const handle = await open(path, "r");
    try {
      return new PeFile(path, handle, await readHeader(path, handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The directory with that index, or undefined where the file has none. */
  directory(index: number): DataDirectory | undefined {
    const found = this.#directories[index];
    return found === undefined || found.address === 0 || found.size === 0 ? undefined : found;
  }

  /** `length` bytes at a relative virtual address. @throws InvalidArgumentError when they are not in the file. */
  async read(address: number, length: number): Promise<Buffer> {
    return readExactly(this.path, this.#handle, this.#offset(address), length);
  }

  /** The zero-terminated ASCII string at a relative virtual address. */
  async readName(address: number): Promise<string> {
    const buffer = Buffer.alloc(longestName + 1);
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#offset(address));
    const end = buffer.subarray(0, bytesRead).indexOf(0);
    if (end <= 0) throw damaged(this.path, `has no name at address 0x${address.toString(16)}`);
    return buffer.toString("latin1", 0, end);
  }

  #offset(address: number): number {
    const section = this.#sections.find(
      (each) => address >= each.virtualAddress && address < each.virtualAddress + Math.max(each.virtualSize, each.rawSize),
    );
    const within = section === undefined ? 0 : address - section.virtualAddress;
    if (section === undefined || within >= section.rawSize) {
      throw damaged(this.path, `refers to address 0x${address.toString(16)}, which no section holds`);
    }
    return section.rawOffset + within;
  }
}

interface Header {
  readonly machine: number;
  readonly imageBase: bigint;
  readonly sections: readonly Section[];
  readonly directories: readonly DataDirectory[];
}

async function readHeader(path: string, handle: FileHandle): Promise<Header> {
  const dos = await readExactly(path, handle, 0, 64);
  if (dos.toString("latin1", 0, 2) !== "MZ") throw damaged(path, "does not begin with MZ");
  const start = dos.readUInt32LE(60);
  const coff = await readExactly(path, handle, start, 24);
  if (coff.toString("latin1", 0, 4) !== "PE\0\0") throw damaged(path, "has no PE signature");
  const sectionCount = coff.readUInt16LE(6);
  const optionalSize = coff.readUInt16LE(20);
  const optional = await readExactly(path, handle, start + 24, optionalSize);
  const sections = await readExactly(path, handle, start + 24 + optionalSize, sectionCount * 40);
  return {
    machine: coff.readUInt16LE(4),
    ...readOptionalHeader(path, optional),
    sections: Array.from({ length: sectionCount }, (_, index) => {
      const at = index * 40;
      return {
        virtualSize: sections.readUInt32LE(at + 8),
        virtualAddress: sections.readUInt32LE(at + 12),
        rawSize: sections.readUInt32LE(at + 16),
        rawOffset: sections.readUInt32LE(at + 20),
      };
    }),
  };
}

function readOptionalHeader(path: string, optional: Buffer): Pick<Header, "imageBase" | "directories"> {
  const magic = optional.length < 2 ? 0 : optional.readUInt16LE(0);
  if (magic !== 0x10b && magic !== 0x20b) throw damaged(path, "is neither PE32 nor PE32+");
  const wide = magic === 0x20b;
  const table = wide ? 112 : 96;
  if (optional.length < table) throw damaged(path, "has an optional header that is too short");
  const count = Math.min(optional.readUInt32LE(table - 4), 16, Math.floor((optional.length - table) / 8));
  return {
    imageBase: wide ? optional.readBigUInt64LE(24) : BigInt(optional.readUInt32LE(28)),
    directories: Array.from({ length: count }, (_, index) => ({
      address: optional.readUInt32LE(table + index * 8),
      size: optional.readUInt32LE(table + index * 8 + 4),
    })),
  };
}

async function readExactly(path: string, handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  if (bytesRead < length) throw damaged(path, `ends before byte ${offset + length}`);
  return buffer;
}

function damaged(path: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`${path} is no usable Windows program: it ${what}`, { op, resource: path });
}
