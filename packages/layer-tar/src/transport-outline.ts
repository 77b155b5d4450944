import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { FailedPreconditionError, type FileFacts, foldName } from "@oriel/contracts";
import { isWithin } from "./entry-name.ts";
import { removeFolder } from "./remove-folder.ts";
import { type TransportFiles, tombstoneFile, withoutAccess } from "./transport-files.ts";
import { type WalkStep, walkLayer } from "./walk-layer.ts";

const areas = ["Files", "Hives"];

/** Files that are looked at at once, as a thread would take longer; the others of a large export are looked at by threads. */
const FEW = 200;

/** A file of an export, of which nothing was read; or a folder, with its times. */
export type OutlinedFile =
  /** `identity`: of a file with several names, the same for all of them. */
  { readonly isFolder: false; readonly identity: string | undefined } | { readonly isFolder: true; readonly times: FileFacts };

/** What ImportLayer is given, by its names: what it makes of them is known without reading a file. */
export class TransportOutline {
  readonly #transport: TransportFiles;
  readonly #thrownAway: string[] = [];
  #looked = 0;

  constructor(transport: TransportFiles) {
    this.#transport = transport;
  }

  /**
   * What lies in `Files` and `Hives`, and what is gone, in the order in which layers are walked.
   * @throws FailedPreconditionError for an export that has no list of removed files, or a utility VM, which scratches have not
   */
  async *steps(): AsyncGenerator<WalkStep<OutlinedFile>, void, undefined> {
    const { files } = this.#transport;
    if (existsSync(files.pathOf("UtilityVM"))) {
      throw new FailedPreconditionError(`the export of the scratch has a utility VM: ${files.pathOf("UtilityVM")}`, {
        op: "layer.export",
        resource: "UtilityVM",
      });
    }
    // Nearly all exports have these two and little else, so all of it is looked at side by side.
    const listings = new Map(areas.map((area) => [area, this.#transport.list(area)]));
    const begun = [this.#transport.tombstones(), this.#transport.timesOfAreas(), this.#transport.readMarker("Files")] as const;
    // Whatever fails, nothing is open any more when that is told.
    await Promise.allSettled([...begun, ...listings.values()]);
    const [tombstones, ofHive, ofFiles] = await Promise.all(begun);
    const ofAreas = timesOfAreas(ofHive, ofFiles?.facts ?? (await files.facts("Files")));
    const folders = new Set<string>();
    const list = async (folder: string): Promise<readonly string[]> => {
      const listing = await (listings.get(folder) ?? this.#transport.list(folder));
      for (const name of listing.folders) folders.add(foldName(`${folder}/${name}`));
      this.#thrownAway.push(...listing.thrownAway);
      return listing.names;
    };
    const visit = async (name: string): Promise<OutlinedFile> => {
      const ofArea = ofAreas.get(name);
      if (ofArea !== undefined) return { isFolder: true, times: ofArea };
      if (!folders.delete(foldName(name))) return { isFolder: false, identity: await this.#identityOf(name) };
      const marker = await this.#transport.readMarker(name);
      // What is a link on Windows has nothing in it.
      if (marker?.isFolder === false) return { isFolder: false, identity: undefined };
      return { isFolder: true, times: marker?.facts ?? (await files.facts(name)) };
    };
    for (const area of areas) {
      if (existsSync(files.pathOf(area))) yield* walkLayer({ list, visit, tombstones }, area);
      // Of folders that the export does not have.
      for (const name of area === "Files" ? tombstones.takeRest() : []) yield { kind: "whiteout", name };
    }
  }

  /** Takes out what ImportLayer is not to see: the list of removed files, and what users have thrown away. After the steps. */
  async clean(): Promise<void> {
    const { files } = this.#transport;
    unlinkSync(files.pathOf(tombstoneFile));
    for (const name of this.#thrownAway) await removeFolder(files.pathOf(name));
  }

  /** An export is of ordinary files, whatever the layer has. Hives have no second names. */
  async #identityOf(name: string): Promise<string | undefined> {
    if (!isWithin(name, "Files")) return undefined;
    this.#looked += 1;
    const file = this.#transport.files.pathOf(name);
    const { nlink, dev, ino } = this.#looked <= FEW ? lstatSync(file, { bigint: true }) : await lstat(file, { bigint: true });
    return nlink > 1n ? `${dev} ${ino}` : undefined;
  }
}

/** As `TransportFiles.timesOfAreas` tells. */
function timesOfAreas(ofHive: FileFacts | undefined, ofFiles: FileFacts): ReadonlyMap<string, FileFacts> {
  const hives = withoutAccess(ofHive ?? ofFiles);
  return new Map([
    ["Files", ofHive === undefined ? ofFiles : hives],
    ["Hives", hives],
  ]);
}
