import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type ArchivedImage, imagesOf, memberText, tar } from "../docker-archive.ts";
import { nanoArchive } from "../nano.ts";

interface Configuration {
  readonly created: string;
  readonly config: object;
}

/**
 * An archive with the images of a recording, on the layers of oriel/nano in place of their own, in which programs are but names.
 * Kept with the working copy.
 */
export async function imagesOnNano(archives: readonly string[]): Promise<string> {
  const nano = await nanoArchive();
  const folder = path.dirname(nano);
  const [base] = await imagesOf(nano);
  if (base === undefined) throw new Error(`${nano} holds no image`);
  const file = path.join(folder, `recorded-images-dated-${base.Config.slice(0, 12)}.tar`);
  if (existsSync(file)) return file;
  const work = await mkdtemp(path.join(folder, "images-"));
  try {
    await tar("-xf", nano, "-C", work);
    const baseConfiguration = JSON.parse(await memberText(nano, base.Config)) as Configuration;
    const manifests: ArchivedImage[] = [];
    for (const archive of archives) {
      for (const { Config, RepoTags } of await imagesOf(archive)) {
        const { created, config } = JSON.parse(await memberText(archive, Config)) as Configuration;
        const text = JSON.stringify({ ...baseConfiguration, created, config });
        const name = `${createHash("sha256").update(text).digest("hex")}.json`;
        await writeFile(path.join(work, name), text);
        manifests.push({ Config: name, RepoTags, Layers: base.Layers });
      }
    }
    await writeFile(path.join(work, "manifest.json"), JSON.stringify(manifests));
    await tar("-cf", path.join(work, "images.tar"), "-C", work, "manifest.json", ...manifests.map(({ Config }) => Config), ...base.Layers);
    await rename(path.join(work, "images.tar"), file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
}
