import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import type { ImageConfig, ImageRunConfig } from "@oriel/contracts";
import { type TarEntry, tarFile, windowsLayerTar } from "./tar-file.ts";

export type ImageArchiveCompression = "none" | "gzip" | "zstd";

export interface ImageArchiveImage {
  /** @default [] */
  readonly tags?: readonly string[];
  /** Uncompressed layer tars, base first. @default one layer with one file */
  readonly layers?: readonly Uint8Array[];
  readonly config?: ImageRunConfig;
  /** @default "windows" */
  readonly os?: string;
  /** @default "amd64" */
  readonly architecture?: string;
  /** @default "2024-01-01T00:00:00Z" */
  readonly created?: string;
}

export interface ImageArchiveOptions {
  /** @default one image without tags */
  readonly images?: readonly ImageArchiveImage[];
  /**
   * `docker`: as `docker save` wrote it before version 25; `oci`: an OCI layout; `hybrid`: both, as since version 25.
   * @default "docker"
   */
  readonly format?: "docker" | "oci" | "hybrid";
  /** @default "none" */
  readonly layerCompression?: ImageArchiveCompression;
  /** @default "none" */
  readonly archiveCompression?: ImageArchiveCompression;
  /** Changes the list of entries before the tar is made: their order, names, content. */
  readonly edit?: (entries: readonly TarEntry[]) => readonly TarEntry[];
}

export interface BuiltImage {
  /** `sha256:<hex>` */
  readonly id: string;
  /** Of the layers, base first. */
  readonly diffIds: readonly string[];
  readonly chainIds: readonly string[];
  /** `sha256:<hex>` of the OCI manifest. */
  readonly manifestDigest: string;
  readonly config: ImageConfig;
}

export interface BuiltImageArchive {
  /** The bytes of the whole archive. */
  readonly data: Uint8Array;
  readonly entries: readonly TarEntry[];
  readonly images: readonly BuiltImage[];
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";

/** Builds a small image archive of the kinds that `docker load` takes. The same options make the same bytes. */
export function imageArchive(options: ImageArchiveOptions = {}): BuiltImageArchive {
  const { format = "docker", layerCompression = "none", archiveCompression = "none", edit = (entries) => entries } = options;
  const images = (options.images ?? [{}]).map((image) => buildImage(image, layerCompression));
  const entries = edit([
    ...uniqueByName(images.flatMap((image) => (format === "docker" ? dockerEntries(image) : blobEntries(image)))),
    ...(format === "docker" ? [] : layoutEntries(images)),
    ...(format === "oci" ? [] : [{ name: "manifest.json", content: JSON.stringify(images.map((image) => dockerManifest(image, format))) }]),
  ]);
  return { data: compress(tarFile(entries), archiveCompression), entries, images };
}

/** `sha256:<hex>` of some bytes. */
export function sha256Digest(data: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** The bytes as a stream would bring them: in pieces of `pieceSize`. */
export async function* inPieces(data: Uint8Array, pieceSize = 4096): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < data.length; offset += pieceSize) yield data.subarray(offset, offset + pieceSize);
}

interface Draft extends BuiltImage {
  readonly tags: readonly string[];
  readonly configText: string;
  readonly manifestText: string;
  readonly layers: readonly { readonly diffId: string; readonly digest: string; readonly data: Uint8Array }[];
}

function buildImage(image: ImageArchiveImage, compression: ImageArchiveCompression): Draft {
  const tars = image.layers ?? [windowsLayerTar({ "hello.txt": "hello" })];
  const layers = tars.map((tar) => {
    const data = compress(tar, compression);
    return { diffId: sha256Digest(tar), digest: sha256Digest(data), data };
  });
  const diffIds = layers.map(({ diffId }) => diffId);
  const config: ImageConfig = {
    architecture: image.architecture ?? "amd64",
    os: image.os ?? "windows",
    "os.version": "10.0.20348.1",
    created: image.created ?? "2024-01-01T00:00:00Z",
    config: image.config ?? { Cmd: ["cmd.exe", "/c", "echo hello"] },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map((_, index) => ({ created_by: `layer ${index}` })),
  };
  const configText = JSON.stringify(config);
  const suffix = compression === "none" ? "" : `+${compression}`;
  const manifestText = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptor("application/vnd.oci.image.config.v1+json", configText),
    layers: layers.map(({ data }) => descriptor(`application/vnd.oci.image.layer.v1.tar${suffix}`, data)),
  });
  const chainIds: string[] = [];
  for (const diffId of diffIds) {
    const below = chainIds.at(-1);
    chainIds.push(below === undefined ? diffId : sha256Digest(`${below} ${diffId}`));
  }
  return {
    id: sha256Digest(configText),
    manifestDigest: sha256Digest(manifestText),
    tags: image.tags ?? [],
    config,
    configText,
    manifestText,
    layers,
    diffIds,
    chainIds,
  };
}

function dockerEntries({ id, configText, layers }: Draft): TarEntry[] {
  return [
    { name: `${hex(id)}.json`, content: configText },
    ...layers.map(({ diffId, data }) => ({ name: `${hex(diffId)}/layer.tar`, content: data })),
  ];
}

function blobEntries({ configText, manifestText, layers }: Draft): TarEntry[] {
  return [configText, manifestText, ...layers.map(({ data }) => data)].map((content) => ({
    name: blobName(sha256Digest(content)),
    content,
  }));
}

function layoutEntries(images: readonly Draft[]): TarEntry[] {
  const manifests = images.flatMap(({ manifestText, tags, config }) => {
    const base = { ...descriptor(ociManifest, manifestText), platform: { os: config.os, architecture: config.architecture } };
    if (tags.length === 0) return [base];
    return tags.map((tag) => ({
      ...base,
      annotations: {
        "io.containerd.image.name": tag.includes("/") ? `docker.io/${tag}` : `docker.io/library/${tag}`,
        "org.opencontainers.image.ref.name": tag.slice(tag.lastIndexOf(":") + 1),
      },
    }));
  });
  return [
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "index.json", content: JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests }) },
  ];
}

function dockerManifest({ id, tags, layers }: Draft, format: "docker" | "hybrid"): unknown {
  const isDocker = format === "docker";
  return {
    Config: isDocker ? `${hex(id)}.json` : blobName(id),
    RepoTags: tags.length === 0 ? null : tags,
    Layers: layers.map(({ diffId, digest }) => (isDocker ? `${hex(diffId)}/layer.tar` : blobName(digest))),
  };
}

function uniqueByName(entries: readonly TarEntry[]): TarEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

function descriptor(mediaType: string, content: string | Uint8Array) {
  return { mediaType, digest: sha256Digest(content), size: Buffer.byteLength(content) };
}

function blobName(digest: string): string {
  return `blobs/sha256/${hex(digest)}`;
}

function hex(digest: string): string {
  return digest.slice("sha256:".length);
}

function compress(data: Uint8Array, compression: ImageArchiveCompression): Uint8Array {
  if (compression === "none") return data;
  return compression === "gzip" ? zlib.gzipSync(data) : zlib.zstdCompressSync(data);
}
