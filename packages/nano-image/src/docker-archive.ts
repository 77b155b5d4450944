import { createHash } from "node:crypto";
import type { ImageConfig } from "@oriel/contracts";
import { InternalError } from "@oriel/contracts";

const blockSize = 512;

/** A layer tar that can be produced any number of times, with the same bytes each time. */
export interface LayerSource {
  /** `sha256:<hex>` of the uncompressed tar. */
  readonly diffId: string;
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Runs once through a layer tar to learn its digest and size, which stand in the archive before its bytes. */
export async function measureLayer(read: () => AsyncIterable<Uint8Array>, onProgress?: (bytes: number) => void): Promise<LayerSource> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of read()) {
    hash.update(chunk);
    size += chunk.length;
    onProgress?.(size);
  }
  return { diffId: `sha256:${hash.digest("hex")}`, size, read };
}

export interface DockerArchiveOptions {
  readonly config: ImageConfig;
  /** Base first; as many as `config.rootfs.diff_ids`. */
  readonly layers: readonly LayerSource[];
  /** `oriel/nano:latest` */
  readonly tags: readonly string[];
  /** Time of every member, whole seconds since 1970. */
  readonly time: number;
}

export interface DockerArchive {
  /** `sha256:<hex>` of the configuration. */
  readonly imageId: string;
  /** The archive, piece by piece as it is read. @throws InternalError when a layer is not what was measured. */
  read(): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * An image as `docker save` writes it and `docker load` reads it: manifest.json, the configuration, and each layer as
 * `<id>/layer.tar`. The manifest stands first, so that a reader knows what comes.
 */
export function makeDockerArchive(options: DockerArchiveOptions): DockerArchive {
  const config = Buffer.from(JSON.stringify(options.config));
  const id = createHash("sha256").update(config).digest("hex");
  const layers = options.layers.map((layer) => ({ ...layer, name: `${layer.diffId.replace("sha256:", "")}/layer.tar` }));
  const manifest = [{ Config: `${id}.json`, RepoTags: options.tags, Layers: layers.map((layer) => layer.name) }];

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* member("manifest.json", Buffer.from(JSON.stringify(manifest)), options.time);
    yield* member(`${id}.json`, config, options.time);
    for (const layer of layers) {
      yield header(`${layer.name.slice(0, layer.name.indexOf("/"))}/`, 0, options.time, "5");
      yield header(layer.name, layer.size, options.time, "0");
      yield* checked(layer);
      yield padding(layer.size);
    }
    yield Buffer.alloc(2 * blockSize);
  }
  return { imageId: `sha256:${id}`, read };
}

async function* checked(layer: LayerSource): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  for await (const chunk of layer.read()) {
    hash.update(chunk);
    yield chunk;
  }
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest !== layer.diffId) {
    throw new InternalError(`the layer changed while it was written: it was ${layer.diffId} and is ${digest}`, {
      op: "nano.build",
      remedy: "Build again; was Wine being updated meanwhile?",
    });
  }
}

function* member(name: string, content: Buffer, time: number): Generator<Uint8Array> {
  yield header(name, content.length, time, "0");
  yield content;
  yield padding(content.length);
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

/** A ustar header. Names here are short and ASCII, sizes below 8 GB. */
function header(name: string, size: number, time: number, type: "0" | "5"): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, width: number): void => {
    block.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  };
  block.write(name, 0, "latin1");
  octal(type === "5" ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  block.write(" ".repeat(8), 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
