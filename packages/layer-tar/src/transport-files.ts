import { FailedPreconditionError, type FileFacts, foldName } from "@oriel/contracts";
import { eventsOf, unnamedData } from "./backup-contents.ts";
import { recycleBin } from "./base-layer-source.ts";
import { directoryMarker } from "./entry-name.ts";
import { type ExportedFile, readExportedFile } from "./exported-file.ts";
import type { OpenStream, SourceFiles } from "./source-files.ts";
import { ByteSource } from "./tar/byte-source.ts";
import { TombstoneList } from "./tombstone-list.ts";

export const tombstoneFile = "tombstones.txt";
const firstHive = "Hives/System_Delta";
const ATTRIBUTES_SIZE = 4;
const foldedMarker = foldName(directoryMarker);
const thrownAway = [recycleBin, `${recycleBin}${foldedMarker}`];

/** What a folder of an export holds. */
export interface TransportListing {
  readonly names: readonly string[];
  /** Those of `names` that are folders: what they are stands beside them. */
  readonly folders: readonly string[];
  /** What is no part of the layer, as names of the export. */
  readonly thrownAway: readonly string[];
}

/**
 * A folder that ExportLayer has filled. In `Files` every file holds its attributes and backup stream, and the ones of a
 * directory `X` stand in `X.$wcidirs$` beside it; what lies in `Hives` and `UtilityVM` are real files.
 */
export class TransportFiles {
  readonly files: SourceFiles;
  #ofFirstHive: Promise<FileFacts | undefined> | undefined;

  constructor(files: SourceFiles) {
    this.files = files;
  }

  /** @throws FailedPreconditionError when the export has no list of removed files, or one of another version. */
  async tombstones(): Promise<TombstoneList> {
    const path = this.files.pathOf(tombstoneFile);
    const text = await this.files.readIfThere(tombstoneFile, async (_facts, open) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of unnamedData(eventsOf(open()))) pieces.push(piece);
      return Buffer.concat(pieces).toString("utf8");
    });
    if (text === undefined) {
      throw new FailedPreconditionError(`the export of the layer is not whole: ${path} is not there`, {
        op: "layer.export",
        resource: path,
      });
    }
    return TombstoneList.parse(text, path);
  }

  /** In a stable order. */
  async list(folder: string): Promise<TransportListing> {
    const listing = { names: [] as string[], folders: [] as string[], thrownAway: [] as string[] };
    for (const name of await this.files.list(folder)) {
      if (folder === "Files" && thrownAway.includes(foldName(`${folder}/${name}`))) listing.thrownAway.push(`${folder}/${name}`);
      else if (foldName(name).endsWith(foldedMarker)) listing.folders.push(name.slice(0, -directoryMarker.length));
      else listing.names.push(name);
    }
    return listing;
  }

  /** A file below `Files`. */
  readFile(name: string, facts: FileFacts, open: OpenStream): Promise<ExportedFile> {
    return readTransported(name, facts, open);
  }

  /** What stands beside a folder for it; undefined where nothing does. */
  readMarker(folder: string): Promise<ExportedFile | undefined> {
    return this.files.readIfThere(`${folder}${directoryMarker}`, (facts, open) =>
      readTransported(folder, { ...facts, directory: true, size: 0n, numberOfLinks: 1 }, open),
    );
  }

  /**
   * An export makes `Files` and `Hives` anew, so that their own times are of no use: they get those of the first hive, or
   * without one those that stand in the export for `Files`. undefined where there is no hive.
   */
  timesOfAreas(): Promise<FileFacts | undefined> {
    this.#ofFirstHive ??= this.files.readIfThere(firstHive, async (facts) => facts);
    return this.#ofFirstHive;
  }
}

/** What lies outside `Files` has no times of its own but these; Docker writes them so too. */
export function withoutAccess(facts: FileFacts): FileFacts {
  return { ...facts, creationTime: facts.lastWriteTime, lastAccessTime: facts.lastWriteTime };
}

async function readTransported(name: string, facts: FileFacts, open: OpenStream): Promise<ExportedFile> {
  const prefixed = new Prefixed(open);
  const file = await readExportedFile(name, facts, () => prefixed.stream());
  return { ...file, facts: { ...facts, attributes: prefixed.attributes } };
}

/** A backup stream that lies, behind four bytes of attributes, in the data of a file. */
export class Prefixed {
  readonly #open: OpenStream;
  #attributes = 0;

  constructor(open: OpenStream) {
    this.#open = open;
  }

  /** Known once a stream was read. */
  get attributes(): number {
    return this.#attributes;
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = new ByteSource(unnamedData(eventsOf(this.#open())));
    try {
      const head = await bytes.read(ATTRIBUTES_SIZE);
      if (head.length < ATTRIBUTES_SIZE) return;
      this.#attributes = head.readUInt32LE(0);
      yield* bytes.pass();
    } finally {
      await bytes.close();
    }
  }
}
