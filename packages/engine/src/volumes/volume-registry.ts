import { ConflictError, KeyedQueue, type Logger, NotFoundError, type ResourceJournal, toOrielError } from "@oriel/contracts";
import type { Clock } from "../clock.ts";
import type { EngineEvent } from "../engine-api.ts";
import type { EngineEvents } from "../events/engine-events.ts";
import { volumeEvent } from "./volume-events.ts";
import { fillingName, type VolumeFolders } from "./volume-folders.ts";
import { checkVolumeName, volumeNameOf } from "./volume-name.ts";
import type { VolumeData, VolumeStore } from "./volume-store.ts";

export interface VolumeRegistryParts {
  readonly folders: VolumeFolders;
  readonly store: VolumeStore;
  readonly journal: ResourceJournal;
  readonly events: EngineEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ids of the containers whose rows name a volume. */
  readonly usersOf: (name: string) => readonly string[];
}

/** What the journal keeps of a volume on its way; `side` is the name beside the volumes under which its folder is made or removed. */
type JournaledVolume =
  | { readonly step: "creating" | "removing"; readonly side: string }
  /** `names` is where in the folder lies what is gathered; it is whole when it is being moved. */
  | { readonly step: "gathering" | "moving"; readonly names: readonly string[] };

export interface FillOptions {
  /** Names of the folder below `C:\\` that the volume is mounted at. */
  readonly names: readonly string[];
  /** Copies into a folder, below `names`; returns whether there was anything. */
  readonly copy: (target: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/**
 * Every volume of the engine. A volume is made under a side name, gets its row, and then its own name; it is removed the other way
 * round. Whatever step a crash follows, `reconcile` knows from the journal, the row and the folders what is left to do.
 */
export class VolumeRegistry {
  readonly folders: VolumeFolders;
  readonly #parts: VolumeRegistryParts;
  readonly #byName = new Map<string, VolumeData>();
  /** By name: volumes are made and removed one after another, and no file is copied or deleted meanwhile. */
  readonly #queue = new KeyedQueue();
  /** By name: who fills a volume that another is filling waits. */
  readonly #filling = new KeyedQueue();

  constructor(parts: VolumeRegistryParts) {
    this.#parts = parts;
    this.folders = parts.folders;
  }

  /** By name. */
  all(): VolumeData[] {
    return [...this.#byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  find(name: string): VolumeData | undefined {
    return this.#byName.get(volumeNameOf(name));
  }

  /** @throws NotFoundError in dockerd's words */
  get(given: string): VolumeData {
    const name = volumeNameOf(given);
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new NotFoundError(`get ${name}: no such volume`, { op: "volume.find", resource: name });
  }

  /**
   * Makes a volume, durable when this returns. One of that name is returned as it is.
   * @throws InvalidArgumentError for the name; ConflictError where a folder of that name is no volume's
   */
  create(given: string, labels: VolumeData["labels"]): Promise<{ readonly volume: VolumeData; readonly isNew: boolean }> {
    const name = volumeNameOf(given);
    checkVolumeName(name);
    return this.#queue.run(name, async () => {
      const there = this.#byName.get(name);
      if (there !== undefined) return { volume: there, isNew: false };
      return { volume: await this.#make({ name, labels, createdAt: this.#parts.clock.now() }), isNew: true };
    });
  }

  async #make(volume: VolumeData): Promise<VolumeData> {
    const { store, journal, events, clock } = this.#parts;
    const { name } = volume;
    if (this.folders.has(name)) throw foreignFolder(name, this.folders.pathOf(name));
    const side = this.folders.newSideName("creating");
    this.#record(name, { step: "creating", side });
    try {
      await this.folders.prepare(side);
      const event = volumeEvent(clock, name, "create");
      store.insert(volume, event);
      try {
        await this.folders.move(side, name);
      } catch (error) {
        store.delete(name, volumeEvent(clock, name, "destroy"));
        throw error;
      }
      this.#byName.set(name, volume);
      journal.clear("volume", name);
      events.tell(event);
    } catch (error) {
      await this.folders.remove(side);
      journal.clear("volume", name);
      throw toOrielError(error, "volume.create", name);
    }
    return volume;
  }

  /**
   * Removes a volume and what it holds.
   * @param except id of a container that is being removed, and uses it no more
   * @throws ConflictError, in dockerd's words, while containers use it; NotFoundError
   */
  async remove(given: string, { except }: { readonly except?: string } = {}): Promise<void> {
    const { name } = this.get(given);
    const side = await this.#queue.run(name, async () => {
      this.get(name);
      const users = this.#parts.usersOf(name).filter((id) => id !== except);
      if (users.length > 0) {
        throw new ConflictError(`remove ${name}: volume is in use - [${users.join(", ")}]`, { op: "volume.remove", resource: name });
      }
      return this.#takeAway(name);
    });
    await this.#dispose(side);
  }

  /** Takes a volume out of sight, and returns the name under which its folder waits to be deleted. */
  async #takeAway(name: string): Promise<string> {
    const { store, journal, events, clock } = this.#parts;
    const volume = this.get(name);
    const side = this.folders.newSideName("removing");
    this.#record(side, { step: "removing", side }, name);
    // From here on a new container's volume of that name is another one, which waits for its turn.
    this.#byName.delete(name);
    let event: EngineEvent;
    try {
      if (this.folders.has(name)) await this.folders.move(name, side);
      event = volumeEvent(clock, name, "destroy");
      store.delete(name, event);
    } catch (error) {
      if (this.folders.has(side)) await this.folders.move(side, name);
      this.#byName.set(name, volume);
      journal.clear("volume", side);
      throw toOrielError(error, "volume.remove", name);
    }
    events.tell(event);
    return side;
  }

  /** Deletes the folder of a volume that is gone. What cannot be deleted now stays in the journal for the next start. */
  async #dispose(side: string): Promise<void> {
    try {
      await this.folders.remove(side);
      this.#parts.journal.clear("volume", side);
    } catch (error) {
      this.#parts.logger.warn({ folder: this.folders.pathOf(side), error }, "the files of a removed volume could not be deleted");
    }
  }

  /**
   * Fills an empty volume with what `copy` gathers; one that is not empty stays as it is. The volume is full or empty, whatever cuts
   * this short. The caller has it in a container's row.
   */
  fill(name: string, { names, copy, signal }: FillOptions): Promise<void> {
    return this.#filling.run(name, () => this.#fill(name, names, copy), signal);
  }

  async #fill(name: string, names: readonly string[], copy: FillOptions["copy"]): Promise<void> {
    if (!(await this.folders.isEmpty(name))) return;
    const { journal } = this.#parts;
    const id = `${name}/${fillingName}`;
    this.#record(id, { step: "gathering", names }, name);
    let isGathered = false;
    try {
      isGathered = await copy(this.folders.fillingOf(name));
    } finally {
      if (!isGathered) {
        await this.folders.removeFilling(name);
        journal.clear("volume", id);
      }
    }
    if (!isGathered) return;
    this.#record(id, { step: "moving", names }, name);
    await this.folders.takeIn(name, names);
    await this.folders.removeFilling(name);
    journal.clear("volume", id);
  }

  #record(id: string, entry: JournaledVolume, volume = id): void {
    this.#parts.journal.record("volume", id, { ...entry, volume });
  }

  /** Takes over what the database holds, and finishes what a former process was in the midst of. */
  async start(): Promise<void> {
    const { store, journal, logger } = this.#parts;
    for (const volume of store.all()) this.#byName.set(volume.name, volume);
    for (const { id, data } of journal.list("volume")) {
      const entry = data as unknown as JournaledVolume & { readonly volume: string };
      const { volume } = entry;
      try {
        if (entry.step === "creating") await this.#finishCreation(volume, entry.side);
        else if (entry.step === "removing") await this.#finishRemoval(volume, entry.side);
        else if (this.#byName.has(volume)) {
          if (entry.step === "moving") await this.folders.takeIn(volume, entry.names);
          await this.folders.removeFilling(volume);
        }
        journal.clear("volume", id);
      } catch (error) {
        logger.error({ volume, step: entry.step, error }, "a volume that a former daemon left half done could not be finished");
      }
    }
  }

  /** With its row it is whole but for its name; without, nobody knows of it. */
  async #finishCreation(name: string, side: string): Promise<void> {
    if (!this.folders.has(side)) return;
    if (this.#byName.has(name) && !this.folders.has(name)) {
      await this.folders.move(side, name);
    } else {
      // Somebody else made a folder of that name meanwhile: it is theirs.
      if (this.#byName.delete(name)) this.#parts.store.delete(name, volumeEvent(this.#parts.clock, name, "destroy"));
      await this.folders.remove(side);
    }
    this.#parts.logger.info({ volume: name }, "finished a volume whose creation was cut short");
  }

  /** Until the folder had its side name the volume was untouched. */
  async #finishRemoval(name: string, side: string): Promise<void> {
    if (!this.folders.has(side)) return;
    if (this.#byName.has(name) && !this.folders.has(name)) {
      this.#byName.delete(name);
      this.#parts.store.delete(name, volumeEvent(this.#parts.clock, name, "destroy"));
    }
    await this.folders.remove(side);
    this.#parts.logger.info({ volume: name }, "finished the removal of a volume");
  }
}

function foreignFolder(name: string, folder: string): ConflictError {
  return new ConflictError(`create ${name}: volume already exists under ${folder}`, {
    op: "volume.create",
    resource: name,
    remedy: "the folder is no volume of this daemon: move it away, or choose another name",
  });
}
