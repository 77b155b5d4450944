import { InvalidArgumentError } from "@oriel/contracts";
import { type ImageCandidate, layerCandidates } from "../catalog/image-candidate.ts";
import { type ImageReference, parseReference } from "../catalog/reference.ts";
import { chainIds } from "../content/digest.ts";
import { archiveLimits, requireAtMost } from "../documents/archive-limits.ts";
import { parseImageConfig } from "../documents/image-config.ts";
import { asArray, asObject, asString, asStrings, optional } from "../documents/json-shape.ts";
import type { ArchiveFile, FindStoredLayer, ImageArchive } from "./image-archive.ts";

const op = "image.load";
const manifestName = "manifest.json";

/** Whether this is an archive of `docker save`, including those since version 25, which are an OCI layout besides. */
export function isDockerArchive(archive: ImageArchive): boolean {
  return archive.find(manifestName) !== undefined;
}

/**
 * The images of a `docker save` archive, in its order. A layer that is not in the archive is taken from the store, as by
 * dockerd: archives of many images leave out the base that all of them share.
 *
 * @throws InvalidArgumentError naming the entry.
 */
export async function readDockerArchive(archive: ImageArchive, findStored: FindStoredLayer): Promise<ImageCandidate[]> {
  const images: ImageCandidate[] = [];
  const manifests = asArray(await archive.readJson(archive.get(manifestName, "a docker archive")), manifestName);
  requireAtMost(archiveLimits.maxImages, manifests.length, manifestName, "images");
  let names = 0;
  for (const [index, value] of manifests.entries()) {
    const where = `${manifestName}[${index}]`;
    const manifest = asObject(value, where);
    const configFile = archive.get(asString(manifest.Config, `${where}.Config`), manifestName);
    checkNamedDigest(configFile);
    const config = parseImageConfig(await archive.readBytes(configFile), configFile.name);
    const layers = optional(manifest.Layers, `${where}.Layers`, asStrings) ?? [];
    const wanted = config.rootfs.diff_ids.length;
    if (layers.length !== wanted) {
      throw new InvalidArgumentError(
        `invalid manifest, layers length mismatch: expected ${wanted}, got ${layers.length} (${where} and ${configFile.name})`,
        { op },
      );
    }
    const tags = optional(manifest.RepoTags, `${where}.RepoTags`, asStrings) ?? [];
    names += tags.length;
    requireAtMost(archiveLimits.maxNames, names, `${manifestName} up to ${where}`, "tags");
    const chain = chainIds(config.rootfs.diff_ids);
    const files: ArchiveFile[] = [];
    for (const [depth, name] of layers.entries()) {
      const file = archive.find(name) ?? (await findStored(chain[depth] ?? "")) ?? archive.get(name, manifestName);
      checkNamedDigest(file);
      files.push(file);
    }
    images.push({
      id: configFile.digest,
      config,
      configFile,
      manifestFiles: [],
      tags: tags.map(parseTag),
      digests: [],
      layers: layerCandidates(config, files),
    });
  }
  return images;
}

function parseTag(text: string): ImageReference {
  const reference = parseReference(text);
  if (reference.tag === undefined || reference.digest !== undefined) {
    throw new InvalidArgumentError(`invalid tag ${JSON.stringify(text)} in ${manifestName}`, { op, remedy: "a tag is name:tag" });
  }
  return reference;
}

/** A configuration `<hex>.json` and every file of `blobs/sha256` say in their names what they hold. */
function checkNamedDigest(file: ArchiveFile): void {
  const hex = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(file.name)?.[1];
  if (hex === undefined || file.digest === `sha256:${hex}`) return;
  throw new InvalidArgumentError(`${file.name} in the archive is not what its name says: its digest is ${file.digest}`, {
    op,
    remedy: "the archive is damaged: save the image again",
  });
}
