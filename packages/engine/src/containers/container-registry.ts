import { ConflictError, InvalidArgumentError, type Logger, NotFoundError } from "@oriel/contracts";
import type { EngineEvent } from "../engine-api.ts";
import type { Exec } from "../execs/exec.ts";
import { Container } from "./container.ts";
import { assertTransition } from "./container-state.ts";
import type { ContainerData, ContainerStore } from "./container-store.ts";

export type ContainerPatch = Partial<Omit<ContainerData, "id">>;

/** Every container of the engine, in memory and in the database. Reads never wait. */
export class ContainerRegistry {
  readonly #store: ContainerStore;
  readonly #logger: Logger;
  readonly #byId = new Map<string, Container>();
  readonly #byName = new Map<string, Container>();

  constructor(store: ContainerStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Takes over what the database holds. */
  load(): Container[] {
    for (const data of this.#store.all()) this.#hold(new Container(data, this.#logger));
    return [...this.#byId.values()];
  }

  /** All that users see: not those whose `create` has not returned. */
  visible(): Container[] {
    return [...this.#byId.values()].filter((container) => container.data.status !== "creating");
  }

  /** The containers that stand on an image, those being created included. */
  usersOf(imageId: string): Container[] {
    return [...this.#byId.values()].filter((container) => container.data.imageId === imageId);
  }

  /** Ids of the containers that have a volume, those being created included. */
  usersOfVolume(name: string): string[] {
    const users = [...this.#byId.values()].filter(({ data }) => data.mounts.some(({ volume }) => volume?.name === name));
    return users.map(({ id }) => id);
  }

  /** By whole id. */
  find(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  /** Whether it has not been removed. */
  has(container: Container): boolean {
    return this.#byId.get(container.id) === container;
  }

  isNameTaken(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @throws ConflictError for a name in use. */
  add(data: ContainerData): Container {
    this.assertNameFree(data.name);
    this.#store.save(data);
    const container = new Container(data, this.#logger);
    this.#hold(container);
    return container;
  }

  /** @throws ConflictError in dockerd's words. */
  assertNameFree(name: string): void {
    const holder = this.#byName.get(name);
    if (holder === undefined) return;
    throw new ConflictError(
      `Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
      { op: "container.name", resource: holder.id },
    );
  }

  /**
   * Writes the change to disk, with the event that tells of it, then shows it.
   * @throws NotFoundError for a container that was removed meanwhile; ConflictError for a new name in use; InternalError
   *   for a state that may not follow.
   */
  change(container: Container, patch: ContainerPatch, event?: EngineEvent): void {
    if (!this.has(container)) throw notFound(container.id);
    if (patch.name !== undefined && patch.name !== container.data.name) this.assertNameFree(patch.name);
    const next: ContainerData = { ...container.data, ...patch };
    assertTransition(container.id, container.data.status, next.status);
    this.#store.save(next, event);
    this.#show(container, next);
  }

  /** As {@link change}, for what has happened whether it can be written down or not; returns what writing it failed with. */
  record(container: Container, patch: ContainerPatch, event?: EngineEvent): unknown {
    try {
      this.change(container, patch, event);
      return undefined;
    } catch (error) {
      this.#show(container, { ...container.data, ...patch });
      return error;
    }
  }

  /** With the event that tells of it. */
  delete(container: Container, event?: EngineEvent): void {
    this.#store.delete(container.id, event);
    this.#byId.delete(container.id);
    this.#byName.delete(container.data.name);
  }

  /**
   * By whole id, name with or without slash, or an unambiguous beginning of an id, in this order as in Docker.
   * @throws NotFoundError; InvalidArgumentError for an ambiguous beginning.
   */
  get(ref: string): Container {
    const found = this.#find(ref);
    if (found !== undefined && found.data.status !== "creating") return found;
    throw notFound(ref);
  }

  /** An exec and its container, by the whole id. @throws NotFoundError, also when its container was removed. */
  getExec(id: string): { readonly container: Container; readonly exec: Exec } {
    for (const container of this.#byId.values()) {
      const exec = container.execs.get(id);
      if (exec !== undefined) return { container, exec };
    }
    throw new NotFoundError(`No such exec instance: ${id}`, { op: "exec.find", resource: id });
  }

  #find(ref: string): Container | undefined {
    const exact = this.#byId.get(ref) ?? this.#byName.get(ref.startsWith("/") ? ref.slice(1) : ref);
    if (exact !== undefined) return exact;
    if (!/^[0-9a-f]{1,64}$/.test(ref)) return undefined;
    const matches = this.visible().filter((container) => container.id.startsWith(ref));
    if (matches.length > 1) {
      throw new InvalidArgumentError(`Multiple IDs found with provided prefix: ${ref}`, {
        op: "container.find",
        resource: ref,
        remedy: "give more digits of the id, or the name",
      });
    }
    return matches[0];
  }

  #hold(container: Container): void {
    this.#byId.set(container.id, container);
    this.#byName.set(container.data.name, container);
  }

  #show(container: Container, next: ContainerData): void {
    if (next.name !== container.data.name) {
      this.#byName.delete(container.data.name);
      this.#byName.set(next.name, container);
    }
    container.data = next;
  }
}

function notFound(ref: string): NotFoundError {
  return new NotFoundError(`No such container: ${ref}`, { op: "container.find", resource: ref });
}
