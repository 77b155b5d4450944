import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { windowsLayerTar } from "@oriel/testkit";
import { type ArchivedImage, imagesOf, memberText, tar } from "./docker-archive.ts";
import { nanoArchive } from "./nano.ts";

export interface ImageOnNano {
  /** Without a tag. */
  readonly name: string;
  /** Changes whenever the files or the settings do: the archive is made again then. */
  readonly version: string;
  /** Files of the layer above oriel/nano by their path below `C:\`, with slashes. Called only where there is no archive yet. */
  files(): Promise<Readonly<Record<string, Uint8Array>>>;
  /** What the image's configuration says of containers, in place of oriel/nano's. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Configuration {
  readonly config?: object;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

/** The archive of an image with one layer above oriel/nano. Kept with the working copy. */
export async function imageOnNano({ name, version, files, settings }: ImageOnNano): Promise<string> {
  const nano = await nanoArchive();
  const [base] = await imagesOf(nano);
  if (base === undefined) throw new Error(`${nano} holds no image`);
  const hash = createHash("sha256")
    .update(base.Config)
    .update(version)
    .update(JSON.stringify(settings ?? null));
  const plainName = path.basename(name);
  const file = path.join(path.dirname(nano), `${plainName}-${hash.digest("hex").slice(0, 12)}.tar`);
  if (existsSync(file)) return file;
  const work = await mkdtemp(path.join(path.dirname(nano), `${plainName}-`));
  try {
    await tar("-xf", nano, "-C", work);
    const layer = windowsLayerTar(await files());
    await mkdir(path.join(work, plainName));
    await writeFile(path.join(work, plainName, "layer.tar"), layer);
    const { config, rootfs, ...rest } = JSON.parse(await memberText(nano, base.Config)) as Configuration;
    const diffId = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
    const diffIds = [...rootfs.diff_ids, diffId];
    const text = JSON.stringify({
      ...rest,
      config: { ...config, ...settings },
      rootfs: { ...rootfs, diff_ids: diffIds },
      history: undefined,
    });
    const Config = `${createHash("sha256").update(text).digest("hex")}.json`;
    await writeFile(path.join(work, Config), text);
    const image: ArchivedImage = { Config, RepoTags: [`${name}:latest`], Layers: [...base.Layers, `${plainName}/layer.tar`] };
    await writeFile(path.join(work, "manifest.json"), JSON.stringify([image]));
    await tar("-cf", `${work}.tar`, "-C", work, ".");
    await rename(`${work}.tar`, file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
}
