import { InvalidArgumentError } from "@oriel/contracts";
import { type ImageCandidate, layerCandidates } from "../catalog/image-candidate.ts";
import { familiarReference, type ImageReference, parseReference } from "../catalog/reference.ts";
import { chainIds, digestHex, isDigest } from "../content/digest.ts";
import { archiveLimits, requireAtMost } from "../documents/archive-limits.ts";
import { foreignPlatform, parseImageConfig, readPlatform } from "../documents/image-config.ts";
import { asArray, asCount, asObject, asString, type JsonObject, optional } from "../documents/json-shape.ts";
import type { ArchiveFile, FindStoredLayer, ImageArchive } from "./image-archive.ts";

const op = "image.load";
const indexName = "index.json";
const layoutName = "oci-layout";
/** Real ones nest one or two deep. */
const maxDepth = 8;

interface Platform {
  readonly os: string;
  readonly architecture: string;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly platform: Platform | undefined;
  readonly annotations: JsonObject;
}

/** An image manifest that an entry of index.json leads to. */
interface Found {
  readonly manifest: JsonObject;
  readonly file: ArchiveFile;
  /** Indexes on the way, uppermost first. */
  readonly parents: readonly ArchiveFile[];
  readonly platform: Platform;
}

interface Search {
  readonly archive: ImageArchive;
  readonly seen: Set<string>;
  readonly found: Found[];
  /** Digests of manifests and indexes that are named but not in the archive. */
  readonly missing: string[];
}

export function isOciLayout(archive: ImageArchive): boolean {
  return archive.find(indexName) !== undefined && archive.find(layoutName) !== undefined;
}

/**
 * The Windows images of an OCI layout (OCI image spec, image-layout.md), in the order of index.json. Of an image that is
 * there for several platforms the first manifest for windows and `architecture` whose content is in the archive counts;
 * entries of index.json with the same name are one image. A layer that is not in the archive is taken from the store.
 *
 * @throws InvalidArgumentError naming the entry; for an image that is there for other platforms only.
 */
export async function readOciLayout(archive: ImageArchive, architecture: string, findStored: FindStoredLayer): Promise<ImageCandidate[]> {
  const layout = asObject(await archive.readJson(archive.get(layoutName, "an OCI layout")), layoutName);
  const version = asString(layout.imageLayoutVersion, `${layoutName}: imageLayoutVersion`);
  if (!version.startsWith("1.")) throw new InvalidArgumentError(`${layoutName} is version ${version}; Oriel reads version 1`, { op });

  const index = asObject(await archive.readJson(archive.get(indexName, "an OCI layout")), indexName);
  const images: ImageCandidate[] = [];
  const refused: { readonly named: boolean; readonly error: InvalidArgumentError }[] = [];
  const groups = groupByName(readDescriptors(index, indexName));
  requireAtMost(archiveLimits.maxNames, groups.length, indexName, "images and names of images");
  for (const [name, descriptors] of groups) {
    const search: Search = { archive, seen: new Set(), found: [], missing: [] };
    for (const descriptor of descriptors) await follow(search, descriptor, []);
    const chosen = search.found.find(({ platform }) => platform.os === "windows" && platform.architecture === architecture);
    if (chosen === undefined) refused.push({ named: name !== undefined, error: refusal(name, search, architecture) });
    else images.push(await readManifest(archive, chosen, name, findStored));
  }
  // Builders put other platforms and attestations beside an image without a name; those are not asked for.
  const fatal = refused.find(({ named }) => named) ?? (images.length === 0 ? refused[0] : undefined);
  if (fatal !== undefined) throw fatal.error;
  return images;
}

/** Entries with the same name are one image for several platforms; each entry without a name stands for itself. */
function groupByName(descriptors: readonly Descriptor[]): [ImageReference | undefined, Descriptor[]][] {
  const groups = new Map<string, [ImageReference | undefined, Descriptor[]]>();
  for (const [position, descriptor] of descriptors.entries()) {
    const { text, reference } = readName(descriptor);
    const key = text === undefined ? `#${position}` : text;
    const group = groups.get(key) ?? [reference, []];
    group[1].push(descriptor);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A `ref.name` that is a mere word, like `latest`, is a tag of no known repository: it names nothing here. */
function readName(descriptor: Descriptor): { text: string | undefined; reference: ImageReference | undefined } {
  const read = (key: string) => optional(descriptor.annotations[key], `${indexName}: annotation ${key}`, asString);
  const whole = read("io.containerd.image.name");
  const text = whole ?? read("org.opencontainers.image.ref.name");
  if (text === undefined) return { text: undefined, reference: undefined };
  if (whole === undefined && !/[/:@]/.test(text)) return { text, reference: undefined };
  return { text, reference: parseReference(text) };
}

/** Collects the image manifests below a descriptor; each document is looked at once, however often it is named. */
async function follow(search: Search, descriptor: Descriptor, parents: readonly ArchiveFile[]): Promise<void> {
  const { archive, seen, found, missing } = search;
  if (isAttestation(descriptor) || seen.has(descriptor.digest)) return;
  seen.add(descriptor.digest);
  const file = findBlob(archive, descriptor);
  if (file === undefined) {
    missing.push(descriptor.digest);
    return;
  }
  const document = asObject(await archive.readJson(file), file.name);
  if (Array.isArray(document.manifests)) {
    if (parents.length >= maxDepth) throw new InvalidArgumentError(`${file.name} is an index ${maxDepth} levels deep`, { op });
    for (const child of readDescriptors(document, file.name)) await follow(search, child, [...parents, file]);
    return;
  }
  const platform = descriptor.platform ?? (await configPlatform(archive, document, file.name));
  if (platform === undefined) missing.push(descriptor.digest);
  else found.push({ manifest: document, file, parents, platform });
}

async function configPlatform(archive: ImageArchive, manifest: JsonObject, where: string): Promise<Platform | undefined> {
  const file = findBlob(archive, readDescriptor(manifest.config, `${where}: config`));
  return file && readPlatform(asObject(await archive.readJson(file), file.name), file.name);
}

async function readManifest(
  archive: ImageArchive,
  chosen: Found,
  name: ImageReference | undefined,
  findStored: FindStoredLayer,
): Promise<ImageCandidate> {
  const { manifest, file, parents } = chosen;
  const configFile = getBlob(archive, readDescriptor(manifest.config, `${file.name}: config`), file.name);
  const config = parseImageConfig(await archive.readBytes(configFile), configFile.name);
  const layers = asArray(manifest.layers, `${file.name}: layers`).map((value, index) =>
    readDescriptor(value, `${file.name}: layers[${index}]`),
  );
  const wanted = config.rootfs.diff_ids.length;
  if (layers.length !== wanted) {
    throw new InvalidArgumentError(
      `invalid manifest, layers length mismatch: expected ${wanted}, got ${layers.length} (${file.name} and ${configFile.name})`,
      { op },
    );
  }
  const chain = chainIds(config.rootfs.diff_ids);
  const files: ArchiveFile[] = [];
  for (const [depth, layer] of layers.entries()) {
    files.push(findBlob(archive, layer) ?? (await findStored(chain[depth] ?? "")) ?? getBlob(archive, layer, file.name));
  }
  const manifestFiles = [...parents, file];
  return {
    id: configFile.digest,
    config,
    configFile,
    manifestFiles,
    tags: name?.tag === undefined ? [] : [{ ...name, digest: undefined }],
    digests: name === undefined ? [] : [{ ...name, tag: undefined, digest: (manifestFiles[0] ?? file).digest }],
    layers: layerCandidates(config, files),
  };
}

function readDescriptors(index: JsonObject, where: string): Descriptor[] {
  return asArray(index.manifests, `${where}: manifests`).map((value, position) =>
    readDescriptor(value, `${where}: manifests[${position}]`),
  );
}

function readDescriptor(value: unknown, where: string): Descriptor {
  const object = asObject(value, where);
  const digest = asString(object.digest, `${where}.digest`);
  if (!isDigest(digest))
    throw new InvalidArgumentError(`${where}.digest is ${JSON.stringify(digest)}, and must be a sha256 digest`, { op });
  const platform = optional(object.platform, `${where}.platform`, asObject);
  return {
    digest,
    size: asCount(object.size, `${where}.size`),
    mediaType: optional(object.mediaType, `${where}.mediaType`, asString) ?? "",
    platform: platform && readPlatform(platform, `${where}.platform`),
    annotations: optional(object.annotations, `${where}.annotations`, asObject) ?? {},
  };
}

/** BuildKit puts provenance beside images as manifests of the platform unknown/unknown. */
function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations["vnd.docker.reference.type"] !== undefined || descriptor.platform?.os === "unknown";
}

function findBlob(archive: ImageArchive, descriptor: Descriptor): ArchiveFile | undefined {
  const file = archive.find(`blobs/sha256/${digestHex(descriptor.digest)}`);
  if (file === undefined || (file.digest === descriptor.digest && file.size === descriptor.size)) return file;
  throw new InvalidArgumentError(
    `${file.name} in the archive is not ${descriptor.digest} with ${descriptor.size} bytes: it has ${file.size} bytes and the digest ${file.digest}`,
    { op, remedy: "the archive is damaged: save the image again" },
  );
}

function getBlob(archive: ImageArchive, descriptor: Descriptor, wantedBy: string): ArchiveFile {
  const file = findBlob(archive, descriptor);
  if (file !== undefined) return file;
  const foreign = /foreign|nondistributable/.test(descriptor.mediaType);
  throw new InvalidArgumentError(`${wantedBy} names ${descriptor.digest}, which is not in the archive`, {
    op,
    remedy: foreign
      ? "it is a layer that its publisher lets nobody redistribute: save the image with its foreign layers included"
      : "the archive may have been cut short: save the image again",
  });
}

function refusal(name: ImageReference | undefined, { found, missing }: Search, architecture: string): InvalidArgumentError {
  const what = name === undefined ? "an image of the OCI layout" : familiarReference(name);
  const other = found[0]?.platform;
  if (other === undefined) {
    return new InvalidArgumentError(`${what}: no image manifest of it is in the archive (missing: ${missing.join(", ") || "none"})`, {
      op,
    });
  }
  if (found.every(({ platform }) => platform.os !== "windows")) return foreignPlatform(other.os, other.architecture, what);
  const platforms = found.map(({ platform }) => `${platform.os}/${platform.architecture}`).join(", ");
  return new InvalidArgumentError(`${what} is there for ${platforms}, and this engine runs windows/${architecture}`, { op });
}
