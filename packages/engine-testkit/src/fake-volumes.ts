import { ConflictError, NotFoundError } from "@oriel/contracts";
import type { CreateVolumeRequest, VolumeRecord, Volumes } from "@oriel/engine";

const madeAt = new Date("2026-01-02T03:04:05.678Z");

/** Volumes in memory, by rules that are enough for a gateway. */
export class FakeVolumes implements Volumes {
  readonly #byName = new Map<string, VolumeRecord>();
  /** Names of volumes that containers use: for tests to fill. */
  readonly used = new Set<string>();
  readonly created: CreateVolumeRequest[] = [];
  readonly filters: Readonly<Record<string, readonly string[]>>[] = [];

  async create(request: CreateVolumeRequest): Promise<VolumeRecord> {
    this.created.push(request);
    const { name = "ab".repeat(32), driver = "local", labels } = request;
    if (driver !== "local") throw new NotFoundError(`plugin "${driver}" not found`, { op: "volume.create" });
    const made = this.#byName.get(name) ?? { name, createdAt: madeAt, mountpoint: `/var/lib/oriel/volumes/${name}/_data`, labels };
    this.#byName.set(name, made);
    return made;
  }

  async list(filters: Readonly<Record<string, readonly string[]>> = {}): Promise<readonly VolumeRecord[]> {
    this.filters.push(filters);
    return [...this.#byName.values()];
  }

  async inspect(name: string): Promise<VolumeRecord> {
    const found = this.#byName.get(name);
    if (found === undefined) throw new NotFoundError(`get ${name}: no such volume`, { op: "volume.find" });
    return found;
  }

  async remove(name: string, { force = false } = {}): Promise<void> {
    if (this.used.has(name)) throw new ConflictError(`remove ${name}: volume is in use - [cd]`, { op: "volume.remove" });
    if (!this.#byName.delete(name) && !force) await this.inspect(name);
  }

  async prune(filters: Readonly<Record<string, readonly string[]>> = {}) {
    this.filters.push(filters);
    const removed = [...this.#byName.keys()].filter((name) => !this.used.has(name));
    for (const name of removed) this.#byName.delete(name);
    return { removed, reclaimed: removed.length * 1000 };
  }
}
