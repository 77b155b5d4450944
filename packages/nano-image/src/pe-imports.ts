import { InvalidArgumentError } from "@oriel/contracts";
import { dataDirectoryIndex, PeFile } from "./pe-file.ts";

/** What a PE file asks the loader for. Names as written in the file, each once, in the file's order. */
export interface PeImports {
  /** Needed before the program's first instruction. */
  readonly static: readonly string[];
  /** Loaded at the first call of one of their functions. */
  readonly delayed: readonly string[];
}

// More than any real program imports; a table without its closing zero entry must not be followed to the end of the file.
const maxImports = 1024;

/**
 * Reads the names of the DLLs that a PE file imports, from its import and delay-import directories.
 *
 * @throws InvalidArgumentError when the file is no PE file, or its tables point outside of it.
 */
export async function readImports(path: string): Promise<PeImports> {
  const file = await PeFile.open(path);
  try {
    return { static: await readStatic(file), delayed: await readDelayed(file) };
  } finally {
    await file.close();
  }
}

async function readStatic(file: PeFile): Promise<string[]> {
  const names = await readTable(file, dataDirectoryIndex.imports, 20, (entry) => entry.readUInt32LE(12));
  return [...new Set(names)];
}

async function readDelayed(file: PeFile): Promise<string[]> {
  const names = await readTable(file, dataDirectoryIndex.delayImports, 32, (entry) => {
    const name = entry.readUInt32LE(4);
    // Bit 0 of the attributes: the fields are relative. Linkers before Visual C++ 7 wrote absolute addresses.
    const relative = (entry.readUInt32LE(0) & 1) === 1;
    return relative || name === 0 ? name : Number(BigInt(name) - file.imageBase);
  });
  return [...new Set(names)];
}

async function readTable(file: PeFile, index: number, entrySize: number, nameOf: (entry: Buffer) => number): Promise<string[]> {
  const directory = file.directory(index);
  if (directory === undefined) return [];
  const names: string[] = [];
  for (let position = 0; ; position += 1) {
    if (position === maxImports) {
      throw new InvalidArgumentError(`${file.path} is no usable Windows program: its import table has no end`, {
        op: "pe.imports",
        resource: file.path,
      });
    }
    const address = nameOf(await file.read(directory.address + position * entrySize, entrySize));
    if (address === 0) return names;
    names.push(await file.readName(address));
  }
}
