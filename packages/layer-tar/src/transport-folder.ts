import { unlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { FailedPreconditionError, type FileFacts } from "@oriel/core";
import { eventsOf, readDataSize, unnamedData } from "./backup-contents.ts";
import { recycleBin } from "./base-layer-source.ts";
import { directoryMarker, isWithin } from "./entry-name.ts";
import { type ExportedFile, readExportedFile } from "./exported-file.ts";
import { foldName } from "./name-folding.ts";
import type { OpenStream, SourceFiles } from "./source-files.ts";
import { TombstoneList } from "./tombstone-list.ts";
import { type WalkableLayer, type WalkedFile, type WalkStep, walkLayer } from "./walk-layer.ts";

const tombstoneFile = "tombstones.txt";
const firstHive = "Hives/System_Delta";
const ATTRIBUTES_SIZE = 4;
const areas = ["Files", "Hives"];
const foldedMarker = foldName(directoryMarker);
const thrownAway = [recycleBin, `${recycleBin}${foldedMarker}`];

/** A file of an export, of which nothing was read; or a folder, with what it is. */
export type OutlinedFile = { readonly isFolder: false } | (WalkedFile & { readonly isFolder: true; readonly facts: FileFacts });

/** A file of an export, of which only the size was looked at. */
export interface MeasuredFile extends WalkedFile {
  readonly size: number;
}

/**
 * A folder that ExportLayer has filled. In `Files` every file holds its attributes and backup stream, and the ones of a
 * directory `X` stand in `X.$wcidirs$` beside it; what lies in `Hives` and `UtilityVM` are real files.
 */
export class TransportFolder {
  readonly #files: SourceFiles;
  readonly #tombstones: TombstoneList;
  /** Asked for twice. */
  #ofFirstHive: Promise<FileFacts | undefined> | undefined;
  #ofFiles: Promise<ExportedFile | undefined> | undefined;
  readonly #thrownAway: string[] = [];

  private constructor(files: SourceFiles, tombstones: TombstoneList) {
    this.#files = files;
    this.#tombstones = tombstones;
  }

  /** @throws FailedPreconditionError when it has no list of removed files, or one of another version. */
  static async open(files: SourceFiles): Promise<TransportFolder> {
    const path = files.pathOf(tombstoneFile);
    const text = await files.readIfThere(tombstoneFile, async (_facts, open) => {
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
    return new TransportFolder(files, TombstoneList.parse(text, path));
  }

  /** The files with all that they hold. */
  exported(): AsyncGenerator<WalkStep<ExportedFile>, void, undefined> {
    return this.#walk((name) => this.#visit(name));
  }

  /** What lies in `Files`, by names and sizes. */
  async *measured(): AsyncGenerator<WalkStep<MeasuredFile>, void, undefined> {
    yield* this.#walk((name) => this.#measure(name), ["Files"]);
  }

  /** What lies in `Files` and `Hives`, by names: of files nothing is read. */
  async *outlined(): AsyncGenerator<WalkStep<OutlinedFile>, void, undefined> {
    const folders = new Set<string>();
    // Nearly all exports have these two, and little else: they are looked at side by side.
    const first = new Map(areas.map((area) => [area, { facts: this.#outlineArea(area), listing: this.#listAll(area) }]));
    for (const { facts, listing } of first.values()) for (const begun of [facts, listing]) begun.catch(() => {});
    const list = async (folder: string): Promise<readonly string[]> => {
      const { names, described } = await (first.get(folder)?.listing ?? this.#listAll(folder));
      for (const name of described) folders.add(foldName(`${folder}/${name}`));
      return names;
    };
    const visit = async (name: string): Promise<OutlinedFile> => {
      const ofArea = first.get(name)?.facts;
      if (ofArea !== undefined) return { isFolder: true, facts: await ofArea };
      if (!folders.delete(foldName(name))) return { isFolder: false };
      const { facts, isFolder } = (await this.#readMarker(name)) ?? (await this.#visit(name));
      return isFolder ? { isFolder, facts } : { isFolder };
    };
    const there = new Set((await this.#files.list("")).map(foldName));
    if (there.has("UTILITYVM")) {
      throw new FailedPreconditionError(`the export of the layer has a utility VM: ${this.#files.pathOf("UtilityVM")}`, {
        op: "layer.export",
        resource: "UtilityVM",
      });
    }
    yield* this.#walkAreas({ list, visit, tombstones: this.#tombstones }, areas, there);
  }

  /** The times of `Files` or `Hives`, as `#visitArea` has them. */
  async #outlineArea(name: string): Promise<FileFacts> {
    this.#ofFirstHive ??= this.#factsIfThere(firstHive);
    this.#ofFiles ??= this.#readMarker("Files");
    const [hive, files] = await Promise.all([this.#ofFirstHive, this.#ofFiles]);
    if (hive !== undefined) return withoutAccess(hive);
    if (files === undefined) return (await this.#visitArea(name)).facts;
    return name === "Files" ? files.facts : withoutAccess(files.facts);
  }

  /** Takes out what ImportLayer is not to see: the list of removed files, and what users have thrown away. */
  async clean(): Promise<void> {
    unlinkSync(this.#files.pathOf(tombstoneFile));
    for (const name of this.#thrownAway) await rm(this.#files.pathOf(name), { recursive: true, force: true });
  }

  async *#walk<T extends WalkedFile>(
    visit: (name: string) => Promise<T>,
    wanted: readonly string[] = [...areas, "UtilityVM"],
  ): AsyncGenerator<WalkStep<T>, void, undefined> {
    const layer: WalkableLayer<T> = { list: (folder) => this.#list(folder), visit, tombstones: this.#tombstones };
    yield* this.#walkAreas(layer, wanted, new Set((await this.#files.list("")).map(foldName)));
  }

  /** @param there names in the export, folded */
  async *#walkAreas<T extends WalkedFile>(
    layer: WalkableLayer<T>,
    wanted: readonly string[],
    there: ReadonlySet<string>,
  ): AsyncGenerator<WalkStep<T>, void, undefined> {
    for (const area of wanted) {
      if (there.has(foldName(area))) yield* walkLayer(layer, area);
      // Of folders that the export does not have.
      for (const name of area === "Files" ? this.#tombstones.takeRest() : []) yield { kind: "whiteout", name };
    }
  }

  async #list(folder: string): Promise<readonly string[]> {
    if (folder === "UtilityVM") return (await this.#files.has("UtilityVM/Files")) ? ["Files"] : [];
    return (await this.#listAll(folder)).names;
  }

  /** The names in a folder, and those of them that are described beside it: the folders. */
  async #listAll(folder: string): Promise<{ readonly names: readonly string[]; readonly described: readonly string[] }> {
    const names: string[] = [];
    const described: string[] = [];
    for (const name of await this.#files.list(folder)) {
      if (thrownAway.includes(foldName(`${folder}/${name}`))) this.#thrownAway.push(`${folder}/${name}`);
      else if (foldName(name).endsWith(foldedMarker)) described.push(name.slice(0, -directoryMarker.length));
      else names.push(name);
    }
    return { names, described };
  }

  async #visit(name: string): Promise<ExportedFile> {
    if (name === "Files" || name === "Hives") return this.#visitArea(name);
    if (!isWithin(name, "Files")) {
      const file = await this.#files.read(name, (facts, open) => readExportedFile(name, facts, open));
      return { ...file, facts: withoutAccess(file.facts), contents: { ...file.contents, securityDescriptor: undefined } };
    }
    return this.#files.read(name, (facts, open) =>
      facts.directory ? this.#readDirectory(name, facts) : readTransported(name, facts, open),
    );
  }

  /**
   * The export makes these two folders anew, so that their own times are of no use: they get those of the first hive, or
   * without one those that stand in the export for `Files`. Of `Hives` nothing else is of use either.
   */
  async #visitArea(name: string): Promise<ExportedFile> {
    const facts = await this.#files.facts(name);
    const file = name === "Files" ? await this.#readDirectory(name, facts) : await readExportedFile(name, facts, noStream);
    const times = await this.#timesOfArea(name);
    if (times === undefined) return file;
    const { lastWriteTime, changeTime } = times;
    return { ...file, facts: withoutAccess({ ...file.facts, lastWriteTime, changeTime }) };
  }

  async #timesOfArea(name: string): Promise<FileFacts | undefined> {
    this.#ofFirstHive ??= this.#factsIfThere(firstHive);
    return (await this.#ofFirstHive) ?? (name === "Hives" ? this.#factsIfThere(`Files${directoryMarker}`) : undefined);
  }

  async #readDirectory(name: string, facts: FileFacts): Promise<ExportedFile> {
    return (await this.#readMarker(name)) ?? readExportedFile(name, facts, noStream);
  }

  /** What stands beside a folder for it; undefined where nothing does. */
  #readMarker(name: string): Promise<ExportedFile | undefined> {
    return this.#files.readIfThere(`${name}${directoryMarker}`, (described, open) =>
      readTransported(name, { ...described, directory: true, size: 0n, numberOfLinks: 1 }, open),
    );
  }

  #factsIfThere(name: string): Promise<FileFacts | undefined> {
    return this.#files.readIfThere(name, async (facts) => facts);
  }

  async #measure(name: string): Promise<MeasuredFile> {
    return this.#files.read(name, async (facts, open) => {
      if (facts.directory) return { isFolder: true, size: 0 };
      return { isFolder: false, size: await readDataSize(new Prefixed(open).stream()) };
    });
  }
}

async function readTransported(name: string, facts: FileFacts, open: OpenStream): Promise<ExportedFile> {
  const prefixed = new Prefixed(open);
  const file = await readExportedFile(name, facts, () => prefixed.stream());
  return { ...file, facts: { ...facts, attributes: prefixed.attributes } };
}

/** A backup stream that lies, behind four bytes of attributes, in the data of a file. */
class Prefixed {
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
    let head = Buffer.alloc(0);
    for await (const piece of unnamedData(eventsOf(this.#open()))) {
      if (head.length === ATTRIBUTES_SIZE) {
        yield piece;
        continue;
      }
      const missing = ATTRIBUTES_SIZE - head.length;
      head = Buffer.concat([head, piece.subarray(0, missing)]);
      if (head.length < ATTRIBUTES_SIZE) continue;
      this.#attributes = head.readUInt32LE(0);
      if (piece.length > missing) yield piece.subarray(missing);
    }
  }
}

async function* noStream(): AsyncGenerator<Uint8Array, void, undefined> {}

/** What lies outside `Files` has no times of its own but these; Docker writes them so too. */
function withoutAccess(facts: FileFacts): FileFacts {
  return { ...facts, creationTime: facts.lastWriteTime, lastAccessTime: facts.lastWriteTime };
}
