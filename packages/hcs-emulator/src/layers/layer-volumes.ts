import { hresultFromWin32, WIN32 } from "@oriel/core";
import { HresultFailure } from "../host/answers.ts";
import { nameToGuid } from "./name-guid.ts";
import type { Rootfs } from "./rootfs.ts";

/** A scratch whose disk is attached. */
interface Attached {
  /** `\\?\Volume{GUID}`, without a closing backslash. */
  readonly volume: string;
  /** Folder that shows it with its parents; undefined until they are laid under it. */
  root: string | undefined;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** Which scratches have their disk attached, and which of those show their parents: by folder of the scratch. */
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
    return this.#attached.get(layer)?.root !== undefined;
  }

  /** `\\?\Volume{GUID}` of an attached scratch. */
  volumeOf(layer: string): string | undefined {
    return this.#attached.get(layer)?.volume;
  }

  /** The folder behind a volume that shows its parents, with or without the closing backslash. */
  rootOf(volumePath: string): string | undefined {
    const layer = this.layerOf(volumePath);
    return layer === undefined ? undefined : this.#attached.get(layer)?.root;
  }

  /** The folder of the scratch that a volume is of. */
  layerOf(volumePath: string): string | undefined {
    const wanted = (volumePath.endsWith("\\") ? volumePath.slice(0, -1) : volumePath).toLowerCase();
    for (const [layer, { volume }] of this.#attached) if (volume.toLowerCase() === wanted) return layer;
    return undefined;
  }

  attach(layer: string): void {
    if (!this.#attached.has(layer)) this.#attached.set(layer, { volume: `\\\\?\\Volume{${nameToGuid(layer)}}`, root: undefined });
  }

  async detach(layer: string): Promise<void> {
    await this.unprepare(layer);
    this.#attached.delete(layer);
  }

  /** @throws HresultFailure: NOT_READY for a scratch that is not attached, SHARING_VIOLATION for one that is prepared */
  async prepare(layer: string, parents: readonly string[]): Promise<void> {
    const found = this.#attached.get(layer) ?? fail(WIN32.NOT_READY, `${layer} is not activated`);
    if (found.root !== undefined) fail(WIN32.SHARING_VIOLATION, `${layer} is prepared already`);
    found.root = await (await this.#rootfs()).attach({ scratch: layer, parents });
  }

  async unprepare(layer: string): Promise<void> {
    const found = this.#attached.get(layer);
    if (found?.root === undefined) return;
    await (await this.#rootfs()).detach(layer);
    found.root = undefined;
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
