import { createHash } from "node:crypto";
import { type ImageProgress, InvalidArgumentError, untilAborted } from "@oriel/contracts";
import type { LayerCandidate } from "../catalog/image-candidate.ts";
import { readSpooled } from "../content/content-store.ts";
import { shortId } from "../content/digest.ts";
import { decompress } from "../streams/compression.ts";
import type { UnpackedSize } from "./unpacked-size.ts";

/** dockerd reports a layer's progress every 512 KiB too. */
const progressStep = 512 * 1024;
/** Nothing is reported before: an archive that is small can still be refused with a status of its own. */
const quietBytes = 8 * 1024 * 1024;

export interface LayerSourceOptions {
  readonly layer: LayerCandidate;
  readonly signal: AbortSignal;
  /** What the tar may have. @default no limit */
  readonly size?: UnpackedSize | undefined;
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined;
}

/**
 * A layer of an archive, or of the content store, as an uncompressed tar. Each iteration reads it anew, and fails at the end when what was read
 * does not have the diff id that the image's configuration names: whoever unpacks it never sees a good end then.
 */
export class LayerSource implements AsyncIterable<Uint8Array> {
  readonly #options: LayerSourceOptions;
  #verified: boolean;
  #bytes = 0;
  #isRead = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: LayerSourceOptions) {
    this.#options = options;
    // An uncompressed layer was hashed when it was spooled.
    this.#verified = options.layer.file.isStored !== true && options.layer.file.digest === options.layer.diffId;
  }

  /** What the last iteration failed with. A reader may have wrapped it in an error of its own. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Reports a layer that is there, unless it was there before. */
  reportEnd(): void {
    const { layer, onProgress } = this.#options;
    if (this.#isRead) onProgress?.(progressOf(layer, layer.file.size));
  }

  /** Bytes of the tar, once it was read to its end. */
  get bytes(): number {
    return this.#bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#failure = undefined;
    this.#isRead = true;
    try {
      yield* this.#read(this.#options.onProgress);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Makes sure that the diff id is right, also where nobody read the tar, or not to its end. @throws InvalidArgumentError */
  async verify(): Promise<void> {
    if (this.#verified) return;
    for await (const _ of this.#read(undefined));
  }

  async *#read(onProgress: ((progress: ImageProgress) => void) | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const { layer, signal, size } = this.#options;
    let bytes = 0;
    const hash = this.#verified ? undefined : createHash("sha256");
    const raw = countProgress(untilAborted(readSpooled(layer.file), signal), layer, onProgress);
    for await (const chunk of decompress(raw, `layer ${JSON.stringify(layer.file.name)}`)) {
      bytes += chunk.length;
      size?.checkLayer(bytes, layer.file.name);
      hash?.update(chunk);
      yield chunk;
    }
    this.#bytes = bytes;
    if (hash === undefined) return;
    const diffId = `sha256:${hash.digest("hex")}`;
    if (diffId !== layer.diffId) {
      throw new InvalidArgumentError(
        `layer ${JSON.stringify(layer.file.name)} has the diff id ${diffId}, and the image's configuration names ${layer.diffId}`,
        { op: "image.load", resource: layer.diffId, remedy: "the archive is damaged: save the image again" },
      );
    }
    this.#verified = true;
  }
}

async function* countProgress(
  source: AsyncIterable<Uint8Array>,
  layer: LayerCandidate,
  onProgress: ((progress: ImageProgress) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let current = 0;
  let reported = quietBytes - progressStep;
  for await (const chunk of source) {
    yield chunk;
    current += chunk.length;
    if (current - reported < progressStep || current === layer.file.size) continue;
    reported = current;
    onProgress?.(progressOf(layer, current));
  }
}

function progressOf({ diffId, file }: LayerCandidate, current: number): ImageProgress {
  return { status: "Loading layer", id: shortId(diffId), progressDetail: { current, total: file.size } };
}
