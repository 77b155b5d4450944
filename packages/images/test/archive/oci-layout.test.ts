import { type BuiltImageArchive, imageArchive, inPieces, sha256Digest, type TarEntry, tarFile } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const layout = { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' };
const indexType = "application/vnd.oci.image.index.v1+json";

const contentOf = (entry: TarEntry | undefined) => (entry !== undefined && "content" in entry ? String(entry.content) : "");
const blobsOf = (built: BuiltImageArchive) => built.entries.filter(({ name }) => name.startsWith("blobs/"));
/** What index.json of a built layout says. */
const descriptorsOf = (built: BuiltImageArchive) =>
  (JSON.parse(contentOf(built.entries.find(({ name }) => name === "index.json"))) as { manifests: Descriptor[] }).manifests;
const index = (manifests: readonly Descriptor[]) => JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
const indexJson = (manifests: readonly Descriptor[]) => ({ name: "index.json", content: index(manifests) });
/** An index as a blob, and its descriptor. */
const nested = (manifests: readonly Descriptor[], annotations: Readonly<Record<string, string>> = {}) => {
  const content = index(manifests);
  const digest = sha256Digest(content);
  const blob = { name: `blobs/sha256/${digest.slice(7)}`, content };
  return { blob, descriptor: { mediaType: indexType, digest, size: content.length, annotations } };
};
const named = (name: string) => ({ "io.containerd.image.name": name });
const bare = ({ annotations: _, ...rest }: Descriptor): Descriptor => rest;

describe("OCI layouts", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const load = (entries: readonly TarEntry[]) => local.store.load({ archive: inPieces(tarFile([layout, ...entries])) });
  const image = (os: string, architecture: string, command: string) =>
    imageArchive({ format: "oci", images: [{ os, architecture, config: { Cmd: [command] } }] });

  it("takes the image for windows/amd64 out of nested indexes, and knows it by the index's digest", async () => {
    const variants = [
      image("linux", "amd64", "l"),
      image("windows", "arm64", "a"),
      image("windows", "amd64", "w"),
      image("windows", "amd64", "later"),
    ];
    const attestation = {
      ...bare(descriptorsOf(image("unknown", "unknown", "x"))[0] as Descriptor),
      platform: { os: "unknown", architecture: "unknown" },
    };
    const inner = nested([attestation, ...variants.flatMap(descriptorsOf)]);
    const outer = nested([inner.descriptor], named("docker.io/oriel/multi:1"));
    const records = await load([...variants.flatMap(blobsOf), inner.blob, outer.blob, indexJson([outer.descriptor])]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      id: variants[2]?.images[0]?.id,
      tags: ["oriel/multi:1"],
      digests: [`oriel/multi@${outer.descriptor.digest}`],
    });
    expect((await local.store.get(`oriel/multi@${outer.descriptor.digest}`)).id).toBe(records[0]?.id);
    // Configuration, layer, manifest and both indexes stay: what the digest names can be given out again.
    expect(await local.content()).toHaveLength(5);
  });

  it("reads the platform from the configuration where the index does not tell it", async () => {
    const variants = [image("linux", "amd64", "l"), image("windows", "amd64", "w")];
    const silent = variants.flatMap(descriptorsOf).map(({ platform: _, ...rest }) => rest);
    const records = await load([...variants.flatMap(blobsOf), indexJson(silent)]);
    expect(records.map(({ id }) => id)).toEqual([variants[1]?.images[0]?.id]);
  });

  it("takes entries of index.json with one name as one image", async () => {
    const variants = [image("linux", "amd64", "l"), image("windows", "amd64", "w")];
    const manifests = variants.flatMap(descriptorsOf).map((descriptor) => ({ ...descriptor, annotations: named("docker.io/library/a:1") }));
    const records = await load([...variants.flatMap(blobsOf), indexJson(manifests)]);
    expect(records.map(({ tags }) => tags)).toEqual([["a:1"]]);
  });

  it("passes over images that are named but not in the archive, if another serves", async () => {
    const variants = [image("windows", "amd64", "gone"), image("windows", "amd64", "here")];
    const outer = nested(variants.flatMap(descriptorsOf), named("docker.io/library/a:1"));
    const records = await load([...blobsOf(variants[1] as BuiltImageArchive), outer.blob, indexJson([outer.descriptor])]);
    expect(records[0]?.id).toBe(variants[1]?.images[0]?.id);
  });

  it.each([
    ["oriel/nano:1", ["oriel/nano:1"]],
    ["oriel/nano", []],
    ["latest", []],
    [`nano:1@sha256:${"0".repeat(64)}`, ["nano:1"]],
  ])("makes of the name %s the tags %j", async (name, tags) => {
    const built = image("windows", "amd64", "w");
    const manifests = descriptorsOf(built).map((descriptor) => ({
      ...descriptor,
      annotations: { "org.opencontainers.image.ref.name": name },
    }));
    expect((await load([...blobsOf(built), indexJson(manifests)]))[0]?.tags).toEqual(tags);
  });

  it("refuses what it cannot serve, and says why", async () => {
    const built = image("windows", "amd64", "w");
    const [descriptor] = descriptorsOf(built) as [Descriptor];
    const arm = image("windows", "arm64", "a");
    await expect(load([...blobsOf(arm), indexJson(descriptorsOf(arm))])).rejects.toThrow(
      "an image of the OCI layout is there for windows/arm64, and this engine runs windows/amd64",
    );
    await expect(load([indexJson([descriptor])])).rejects.toThrow(
      `no image manifest of it is in the archive (missing: ${descriptor.digest})`,
    );
    await expect(load([...blobsOf(built), indexJson([{ ...descriptor, size: 1 }])])).rejects.toThrow(
      `is not ${descriptor.digest} with 1 bytes`,
    );
    await expect(load([...blobsOf(built), indexJson([{ ...descriptor, digest: "sha256:../../x" }])])).rejects.toThrow(
      "must be a sha256 digest",
    );
    await expect(load([...blobsOf(built), indexJson([{ ...descriptor, annotations: named("A:1") }])])).rejects.toThrow("must be lowercase");
    await expect(load([indexJson([])])).rejects.toThrow("the archive holds no image");
    await expect(load([{ ...layout, content: '{"imageLayoutVersion":"2.0.0"}' }, indexJson([])])).rejects.toThrow(
      "oci-layout is version 2.0.0",
    );
    const withoutLayer = blobsOf(built).filter(({ name }) => !name.endsWith(built.images[0]?.diffIds[0]?.slice(7) ?? "?"));
    await expect(load([...withoutLayer, indexJson([descriptor])])).rejects.toThrow(
      `names ${built.images[0]?.diffIds[0]}, which is not in the archive`,
    );
    const swapped = blobsOf(built).map((blob, position) => (position === 0 ? { name: blob.name, content: "{}" } : blob));
    await expect(load([...swapped, indexJson([descriptor])])).rejects.toThrow("in the archive is not sha256:");
    expect(await local.content()).toEqual([]);
    expect(await local.storage.listLayers()).toEqual([]);
  });

  it("looks at each index once, however often it is named", async () => {
    let level = nested([]);
    const blobs = [level.blob];
    for (let depth = 0; depth < 6; depth++) {
      level = nested(Array.from({ length: 30 }, () => level.descriptor));
      blobs.push(level.blob);
    }
    await expect(load([...blobs, indexJson([level.descriptor])])).rejects.toThrow("no image manifest of it is in the archive");
  });
});
