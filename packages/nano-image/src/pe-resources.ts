import { dataDirectoryIndex, PeFile } from "./pe-file.ts";

const isDirectory = 0x8000_0000;
const longestResource = 16 * 1024 * 1024;

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
    if (directory === undefined) return [];
    const types = await readEntries(file, directory.address, 0);
    const found: Buffer[] = [];
    for (const entry of types) {
      if ((await entryName(file, directory.address, entry.name)) !== type) continue;
      found.push(...(await readLeaves(file, directory.address, entry.offset, 0)));
    }
    return found;
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly name: number;
  readonly offset: number;
}

async function readEntries(file: PeFile, base: number, offset: number): Promise<Entry[]> {
  const header = await file.read(base + offset, 16);
  const count = header.readUInt16LE(12) + header.readUInt16LE(14);
  const table = await file.read(base + offset + 16, count * 8);
  return Array.from({ length: count }, (_, index) => ({
    name: table.readUInt32LE(index * 8),
    offset: table.readUInt32LE(index * 8 + 4),
  }));
}

async function entryName(file: PeFile, base: number, name: number): Promise<string | undefined> {
  if ((name & isDirectory) === 0) return undefined;
  const address = base + (name & ~isDirectory);
  const length = (await file.read(address, 2)).readUInt16LE(0);
  return (await file.read(address + 2, length * 2)).toString("utf16le");
}

// Below the types stand names, below them languages: three levels, and no more, so that a loop in a damaged file ends.
async function readLeaves(file: PeFile, base: number, offset: number, level: number): Promise<Buffer[]> {
  if ((offset & isDirectory) === 0) {
    const entry = await file.read(base + offset, 8);
    const size = entry.readUInt32LE(4);
    return size > longestResource ? [] : [await file.read(entry.readUInt32LE(0), size)];
  }
  if (level === 2) return [];
  const leaves: Buffer[] = [];
  for (const entry of await readEntries(file, base, offset & ~isDirectory)) {
    leaves.push(...(await readLeaves(file, base, entry.offset, level + 1)));
  }
  return leaves;
}
