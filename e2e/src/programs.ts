import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { windowsLayerTar } from "@oriel/testkit";
import { runCommand } from "./command.ts";
import { type ArchivedImage, imagesOf, memberText, tar } from "./docker-archive.ts";
import { nanoArchive } from "./nano.ts";

const sources = fileURLToPath(new URL("../fixtures/programs", import.meta.url));

/** The image of {@link programsArchive}. */
export const programsImage = "oriel/programs";

interface Configuration {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

/**
 * The archive of an image with programs of ours: oriel/nano and `C:\Windows\System32\cat.exe`. Kept with the working copy, made
 * again when the programs' sources or the base image change.
 */
export async function programsArchive(): Promise<string> {
  const nano = await nanoArchive();
  const [base] = await imagesOf(nano);
  if (base === undefined) throw new Error(`${nano} holds no image`);
  const source = path.join(sources, "cat.c");
  const version = createHash("sha256")
    .update(base.Config)
    .update(await readFile(source))
    .digest("hex")
    .slice(0, 12);
  const file = path.join(path.dirname(nano), `programs-${version}.tar`);
  if (existsSync(file)) return file;
  const work = await mkdtemp(path.join(path.dirname(nano), "programs-"));
  try {
    const program = path.join(work, "cat.exe");
    const built = await runCommand("x86_64-w64-mingw32-gcc", ["-Os", "-s", "-Wall", "-Werror", "-o", program, source]);
    if (built.code !== 0) throw new Error(`${source} cannot be compiled: ${built.stderr}`);
    await tar("-xf", nano, "-C", work);
    const layer = windowsLayerTar({ "Windows/System32/cat.exe": await readFile(program) });
    await mkdir(path.join(work, "programs"));
    await writeFile(path.join(work, "programs", "layer.tar"), layer);
    await writeFile(path.join(work, "manifest.json"), JSON.stringify([await withLayer(nano, base, layer, work)]));
    await rm(program);
    await tar("-cf", `${work}.tar`, "-C", work, ".");
    await rename(`${work}.tar`, file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
}

/** Writes the configuration of the image with one layer more. */
async function withLayer(nano: string, base: ArchivedImage, layer: Uint8Array, work: string): Promise<ArchivedImage> {
  const { rootfs, ...configuration } = JSON.parse(await memberText(nano, base.Config)) as Configuration;
  const diffId = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const text = JSON.stringify({ ...configuration, rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, diffId] }, history: undefined });
  const Config = `${createHash("sha256").update(text).digest("hex")}.json`;
  await writeFile(path.join(work, Config), text);
  return { Config, RepoTags: [`${programsImage}:latest`], Layers: [...base.Layers, "programs/layer.tar"] };
}
