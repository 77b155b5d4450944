import { ConflictError, InternalError, type Logger, toOrielError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import type { SnapshotMetadata } from "./snapshot-metadata.ts";

/** A scratch and what lies below it. */
export interface PlacedScratch {
  readonly name: string;
  /** Name of its folder, as the metadata has it. */
  readonly folder: string;
  /** Absolute path of that. */
  readonly path: string;
  /** Absolute paths, immediate parent first. */
  readonly parents: readonly string[];
}

interface Mount {
  count: number;
  readonly volume: string;
}

/**
 * Which scratches are mounted or being read, and how often that was asked for. The caller makes sure that calls for the
 * same scratch come one after another; scratches do not wait for each other.
 */
export class ScratchUse {
  readonly #host: HostLayers;
  readonly #metadata: SnapshotMetadata;
  readonly #logger: Logger;
  readonly #mounts = new Map<string, Mount>();
  readonly #readers = new Map<string, number>();
  /** Folders of disks that a former process attached, and that are attached still. */
  readonly #left = new Set<string>();

  constructor(host: HostLayers, metadata: SnapshotMetadata, logger: Logger) {
    this.#host = host;
    this.#metadata = metadata;
    this.#logger = logger;
  }

  /** By this process, or left mounted by a former one. */
  isMounted({ folder }: Pick<PlacedScratch, "folder">): boolean {
    return this.#mounts.has(folder) || this.#left.has(folder);
  }

  /** Whether a former process left it mounted, and nobody has asked for it since. */
  isLeft({ folder }: Pick<PlacedScratch, "folder">): boolean {
    return this.#left.has(folder);
  }

  /** Looks after a disk that a former process attached. */
  async recover({ folder, path }: Pick<PlacedScratch, "folder" | "path">): Promise<void> {
    // Until the host says something else.
    this.#left.add(folder);
    if ((await this.#host.volumeOf(path)) !== undefined) return;
    this.#left.delete(folder);
    this.#metadata.clearAttached(folder);
  }

  /** With its closing backslash, of a scratch that is mounted by us. */
  volumeOf(scratch: Pick<PlacedScratch, "folder">): string | undefined {
    return this.#mounts.get(scratch.folder)?.volume;
  }

  /** Mounted or being read by us, or mounted by others. @throws ConflictError then; UnavailableError while a call on it is overdue. */
  async requireIdle(scratch: PlacedScratch, op: string): Promise<void> {
    this.#host.requireAnswering(scratch.path);
    if (this.#readers.has(scratch.folder)) throw conflict(scratch, op, "its changes are being read");
    if (this.isMounted(scratch) || (await this.#host.volumeOf(scratch.path)) !== undefined) throw conflict(scratch, op, "it is mounted");
  }

  /** Returns the volume with its closing backslash. Each call wants one `unmount`. */
  async mount(scratch: PlacedScratch): Promise<string> {
    const { folder, path } = scratch;
    this.#host.requireAnswering(path);
    const there = this.#mounts.get(folder);
    if (there !== undefined) {
      there.count += 1;
      return there.volume;
    }
    if (this.#readers.has(folder)) throw conflict(scratch, "snapshot.mount", "its changes are being read");
    // How far the former process had come with it cannot be seen.
    if (this.#left.has(folder)) await this.release(scratch);
    else if ((await this.#host.volumeOf(path)) !== undefined) throw conflict(scratch, "snapshot.mount", "it is mounted by another program");
    return this.#whileRecorded(scratch, "mount", async (undo) => {
      await this.#host.attach(path, scratch.parents, undo);
      const volume = await this.#host.volumeOf(path);
      if (volume === undefined) {
        throw new InternalError(`snapshot ${scratch.name} was mounted, but has no volume`, { op: "GetLayerMountPath", resource: folder });
      }
      this.#mounts.set(folder, { count: 1, volume });
      return volume;
    });
  }

  /** @throws ConflictError for a call more than `mount` had. A failed call leaves it mounted, and can be made again. */
  async unmount(scratch: PlacedScratch): Promise<void> {
    const mount = this.#mounts.get(scratch.folder);
    if (!this.isMounted(scratch)) throw conflict(scratch, "snapshot.unmount", "it is not mounted");
    if (mount !== undefined && mount.count > 1) {
      mount.count -= 1;
      return;
    }
    await this.release(scratch);
  }

  /** Takes over what a former process mounted, counted as one mount. Answers false where there is no volume of it. */
  async adopt({ folder, path }: PlacedScratch): Promise<boolean> {
    const volume = await this.#host.volumeOf(path);
    if (volume === undefined) return false;
    this.#mounts.set(folder, { count: 1, volume });
    this.#left.delete(folder);
    return true;
  }

  /** Detaches the disk, whoever attached it. */
  async release({ folder, path }: Pick<PlacedScratch, "folder" | "path">): Promise<void> {
    await this.#host.detach(path);
    this.#mounts.delete(folder);
    this.#left.delete(folder);
    this.#metadata.clearAttached(folder);
  }

  /** Attaches a disk so that it can be exported; as often as asked for, at once. Each call wants one `endReading`. */
  async beginReading(scratch: PlacedScratch): Promise<PlacedScratch> {
    const { folder, path } = scratch;
    const readers = this.#readers.get(folder) ?? 0;
    if (readers === 0) {
      await this.requireIdle(scratch, "snapshot.read");
      await this.#whileRecorded(scratch, "reading", async (undo) => {
        await this.#host.attach(path, scratch.parents, undo);
        // Its first preparing is what fills a scratch, but one that is prepared cannot be exported.
        await this.#host.unprepare(path);
      });
    }
    this.#readers.set(folder, readers + 1);
    return scratch;
  }

  async endReading(scratch: PlacedScratch): Promise<void> {
    const readers = this.#readers.get(scratch.folder) ?? 0;
    if (readers > 1) {
      this.#readers.set(scratch.folder, readers - 1);
      return;
    }
    try {
      await this.release(scratch);
    } catch (error) {
      // What was read is whole all the same; who needs the disk next says that it is still attached, and the next start detaches it.
      this.#logger.warn({ service: "snapshotter", snapshot: scratch.name, err: error }, "a snapshot that was read could not be detached");
    } finally {
      this.#readers.delete(scratch.folder);
    }
  }

  /** When the work throws, what it did is undone, now or at the next start. */
  async #whileRecorded<T>(
    scratch: PlacedScratch,
    purpose: "mount" | "reading",
    work: (undo: (() => Promise<void>)[]) => Promise<T>,
  ): Promise<T> {
    this.#metadata.recordAttached(scratch.folder, purpose);
    const undo: (() => Promise<void>)[] = [];
    try {
      return await work(undo);
    } catch (error) {
      try {
        this.#host.requireAnswering(scratch.path);
        for (const step of undo.reverse()) await step();
        this.#metadata.clearAttached(scratch.folder);
      } catch (again) {
        this.#logger.warn(
          { service: "snapshotter", snapshot: scratch.name, err: again },
          "a failed mount could not be undone; the next start will",
        );
      }
      throw toOrielError(error, `snapshot.${purpose === "mount" ? "mount" : "read"}`, scratch.name);
    }
  }
}

function conflict({ name }: PlacedScratch, op: string, what: string): ConflictError {
  return new ConflictError(`snapshot ${name}: ${what}`, { op, resource: name });
}
