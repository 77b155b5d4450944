import type { FileFacts } from "@oriel/contracts";
import { foldName } from "@oriel/contracts";
import { readDataSize } from "./backup-contents.ts";
import { isWithin } from "./entry-name.ts";
import { type ExportedFile, readExportedFile } from "./exported-file.ts";
import type { TombstoneList } from "./tombstone-list.ts";
import { Prefixed, type TransportFiles, withoutAccess } from "./transport-files.ts";
import { type WalkableLayer, type WalkedFile, type WalkStep, walkLayer } from "./walk-layer.ts";

/** A file of an export, of which only the size was looked at. */
export interface MeasuredFile extends WalkedFile {
  readonly size: number;
}

/** The files of an export, read in the order in which layers are walked. */
export class TransportFolder {
  readonly #transport: TransportFiles;
  readonly #tombstones: TombstoneList;

  private constructor(transport: TransportFiles, tombstones: TombstoneList) {
    this.#transport = transport;
    this.#tombstones = tombstones;
  }

  /** @throws FailedPreconditionError when it has no list of removed files, or one of another version. */
  static async open(transport: TransportFiles): Promise<TransportFolder> {
    return new TransportFolder(transport, await transport.tombstones());
  }

  /** The files with all that they hold. */
  exported(): AsyncGenerator<WalkStep<ExportedFile>, void, undefined> {
    return this.#walk((name) => this.#visit(name));
  }

  /** What lies in `Files`, by names and sizes. */
  measured(): AsyncGenerator<WalkStep<MeasuredFile>, void, undefined> {
    return this.#walk((name) => this.#measure(name), ["Files"]);
  }

  async *#walk<T extends WalkedFile>(
    visit: (name: string) => Promise<T>,
    areas: readonly string[] = ["Files", "Hives", "UtilityVM"],
  ): AsyncGenerator<WalkStep<T>, void, undefined> {
    const layer: WalkableLayer<T> = { list: (folder) => this.#list(folder), visit, tombstones: this.#tombstones };
    const there = new Set((await this.#transport.files.list("")).map(foldName));
    for (const area of areas) {
      if (there.has(foldName(area))) yield* walkLayer(layer, area);
      // Of folders that the export does not have.
      for (const name of area === "Files" ? this.#tombstones.takeRest() : []) yield { kind: "whiteout", name };
    }
  }

  async #list(folder: string): Promise<readonly string[]> {
    if (folder === "UtilityVM") return (await this.#transport.files.has("UtilityVM/Files")) ? ["Files"] : [];
    return (await this.#transport.list(folder)).names;
  }

  async #visit(name: string): Promise<ExportedFile> {
    if (name === "Files" || name === "Hives") return this.#visitArea(name);
    const { files } = this.#transport;
    if (!isWithin(name, "Files")) {
      const file = await files.read(name, (facts, open) => readExportedFile(name, facts, open));
      return { ...file, facts: withoutAccess(file.facts), contents: { ...file.contents, securityDescriptor: undefined } };
    }
    return files.read(name, (facts, open) =>
      facts.directory ? this.#readDirectory(name, facts) : this.#transport.readFile(name, facts, open),
    );
  }

  /** Of `Hives` nothing but the times is of use. */
  async #visitArea(name: string): Promise<ExportedFile> {
    const facts = await this.#transport.files.facts(name);
    const file = name === "Files" ? await this.#readDirectory(name, facts) : await readExportedFile(name, facts, noStream);
    const times =
      (await this.#transport.timesOfAreas()) ?? (name === "Hives" ? (await this.#transport.readMarker("Files"))?.facts : undefined);
    if (times === undefined) return file;
    const { lastWriteTime, changeTime } = times;
    return { ...file, facts: withoutAccess({ ...file.facts, lastWriteTime, changeTime }) };
  }

  async #readDirectory(name: string, facts: FileFacts): Promise<ExportedFile> {
    return (await this.#transport.readMarker(name)) ?? readExportedFile(name, facts, noStream);
  }

  async #measure(name: string): Promise<MeasuredFile> {
    return this.#transport.files.read(name, async (facts, open) => {
      if (facts.directory) return { isFolder: true, size: 0 };
      return { isFolder: false, size: await readDataSize(new Prefixed(open).stream()) };
    });
  }
}

async function* noStream(): AsyncGenerator<Uint8Array, void, undefined> {}
