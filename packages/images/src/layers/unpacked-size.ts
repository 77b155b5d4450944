import { InvalidArgumentError } from "@oriel/contracts";

const mebibyte = 1024 * 1024;

/** Bytes that a load may have when it is unpacked: the archive itself, and all of its layers together. */
export class UnpackedSize {
  readonly #maxBytes: number;
  #layers = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Counts a layer that is unpacked. */
  addLayer(bytes: number): void {
    this.#layers += bytes;
  }

  /** @param bytes of the layer so far. @throws InvalidArgumentError saying the limit and naming the layer. */
  checkLayer(bytes: number, name: string): void {
    if (this.#layers + bytes > this.#maxBytes) throw this.#fault(`layer ${JSON.stringify(name)} takes the layers of the archive`);
  }

  /** Passes an archive on. @throws as `checkLayer` */
  async *checkArchive(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > this.#maxBytes) throw this.#fault("the archive comes");
      yield chunk;
    }
  }

  #fault(what: string): InvalidArgumentError {
    const limit = this.#maxBytes / mebibyte;
    return new InvalidArgumentError(`${what} to more than ${limit} MiB unpacked; at most ${limit} MiB are allowed`, {
      op: "image.load",
      remedy: "raise the configuration key `maxUnpackedMiB` if the image is to be trusted",
    });
  }
}
