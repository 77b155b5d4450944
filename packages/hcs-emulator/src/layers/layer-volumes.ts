import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { nameToGuid } from "./name-guid.ts";
import type { Rootfs } from "./rootfs.ts";

/** A scratch whose disk is attached. */
interface Attached {
  /** `\\?\Volume{GUID}`, without a closing backslash. */
  readonly volume: string;
  /** Folders that are laid under it, immediate parent first; undefined until it is prepared. */
  parents: readonly string[] | undefined;
  /** Folder that shows it with its parents, made when it is first looked at; undefined until then. */
  root: Promise<string> | undefined;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/**
 * Which scratches have their disk attached, and which of those have their parents under them: by folder of the scratch.
 * The folder that shows both is made for the first who looks: whoever prepares a scratch only to export it, as Windows wants
 * it to be done, neither waits for a mount nor for the host's disk at the end of one.
 */
export class LayerVolumes {
  readonly #attached = new Map<string, Attached>();
  readonly #rootfs: () => Promise<Rootfs>;

  /** @param rootfs how roots are made; asked for at the first need */
  constructor(rootfs: () => Promise<Rootfs>) {
    this.#rootfs = rootfs;
  }

  isAttached(layer: string): boolean {
    return this.#attached.has(layer);
  }

  isPrepared(layer: string): boolean {
    return this.#attached.get(layer)?.parents !== undefined;
  }

  /** `\\?\Volume{GUID}` of an attached scratch. */
  volumeOf(layer: string): string | undefined {
    return this.#attached.get(layer)?.volume;
  }

  /** The folder behind a volume that shows its parents, with or without the closing backslash; undefined where none is prepared. */
  async rootOf(volumePath: string): Promise<string | undefined> {
    const wanted = (volumePath.endsWith("\\") ? volumePath.slice(0, -1) : volumePath).toLowerCase();
    for (const [layer, { volume }] of this.#attached) if (volume.toLowerCase() === wanted) return this.show(layer);
    return undefined;
  }

  attach(layer: string): void {
    if (this.#attached.has(layer)) return;
    this.#attached.set(layer, { volume: `\\\\?\\Volume{${nameToGuid(layer)}}`, parents: undefined, root: undefined });
  }

  async detach(layer: string): Promise<void> {
    await this.unprepare(layer);
    this.#attached.delete(layer);
  }

  /** @throws HresultFailure: NOT_READY for a scratch that is not attached, SHARING_VIOLATION for one that is prepared */
  prepare(layer: string, parents: readonly string[]): void {
    const found = this.#attached.get(layer) ?? fail(WIN32.NOT_READY, `${layer} is not activated`);
    if (found.parents !== undefined) fail(WIN32.SHARING_VIOLATION, `${layer} is prepared already`);
    found.parents = parents;
  }

  /** Makes the folder that shows a prepared scratch, and returns it; undefined for one that is not prepared. */
  async show(layer: string): Promise<string | undefined> {
    const found = this.#attached.get(layer);
    if (found?.parents === undefined) return undefined;
    found.root ??= this.#attachRoot(found, layer, found.parents);
    return found.root;
  }

  async #attachRoot(found: Attached, scratch: string, parents: readonly string[]): Promise<string> {
    try {
      return await (await this.#rootfs()).attach({ scratch, parents });
    } catch (error) {
      found.root = undefined;
      throw error;
    }
  }

  async unprepare(layer: string): Promise<void> {
    const found = this.#attached.get(layer);
    if (found?.parents === undefined) return;
    // One that could not be made may be there in part.
    const made = await found.root?.catch(() => "");
    if (made !== undefined) await (await this.#rootfs()).detach(layer);
    found.root = undefined;
    found.parents = undefined;
  }

  /** A root that a former process left attached must never be deleted through. */
  async detachLeftover(layer: string): Promise<void> {
    await (await this.#rootfs()).detach(layer);
  }

  /** Takes every root away again. */
  async close(): Promise<void> {
    for (const layer of [...this.#attached.keys()]) await this.detach(layer);
  }
}
