import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FailedPreconditionError, type ImageConfig, InvalidArgumentError } from "@oriel/contracts";
import { writeLayerTar } from "@oriel/layer-tar";
import { makeDockerArchive, measureLayer } from "./docker-archive.ts";
import { findImportClosure } from "./import-closure.ts";
import { listLayerContent, packagedAt, statPrograms } from "./layer-content.ts";
import { choosePrograms, type ProgramChoice } from "./nano-programs.ts";
import { buildNanoRegistry, type WindowsVersion } from "./nano-registry.ts";
import { findWinePrograms, installWineRemedy, type WinePrograms } from "./wine-programs.ts";

const op = "nano.build";

export interface NanoImageProgress {
  readonly step: "reading" | "measuring" | "writing";
  /** Bytes done and to do of this step, where they are known. */
  readonly current?: number;
  readonly total?: number;
}

export interface BuildNanoImageOptions {
  /** Loader or installation folder of the Wine to take. @default the one that is found */
  readonly wine?: string | undefined;
  /** Where the archive goes: a path, written beside it and renamed when whole, or a stream, ended when whole. */
  readonly output: string | Writable;
  /** The Windows that the image says it is. @default "10.0.20348.2113", Windows Server 2022 */
  readonly osVersion?: string | undefined;
  /** Console tools beside cmd.exe. @default all of `defaultTools` that do something in this Wine */
  readonly tools?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: NanoImageProgress) => void) | undefined;
}

export interface NanoImage {
  /** `sha256:<hex>` of the image's configuration. */
  readonly imageId: string;
  /** `sha256:<hex>` of the layer's tar. */
  readonly layerDigest: string;
  readonly tags: readonly string[];
  readonly osVersion: string;
  /** Bytes of the layer's files. */
  readonly unpackedBytes: number;
  /** Bytes of the layer's tar. */
  readonly layerBytes: number;
  /** Names of Wine's files in the layer. */
  readonly files: readonly string[];
  readonly skipped: ProgramChoice["skipped"];
  readonly wineVersion: string;
}

export const defaultOsVersion = "10.0.20348.2113";

/**
 * Builds the base image `oriel/nano` from the Wine that is installed, and writes it as an archive for `docker load`. The
 * same Wine and options give the same bytes.
 *
 * @throws FailedPreconditionError when there is no Wine, or it lacks a file; InvalidArgumentError for an option that makes
 *   no sense. The signal's reason when it is aborted. Nothing is left at `output` then.
 */
export async function buildNanoImage(options: BuildNanoImageOptions): Promise<NanoImage> {
  const { signal, onProgress } = options;
  const version = parseOsVersion(options.osVersion ?? defaultOsVersion);
  const osVersion = `${version.major}.${version.minor}.${version.build}.${version.revision}`;
  onProgress?.({ step: "reading" });
  const wine = await findWinePrograms({
    wine: options.wine,
    signal,
  });
  const choice = await choosePrograms(wine.folder, options.tools);
  const names = await completeFiles(wine, choice.programs);
  const time = await packagedAt(wine.folder);
  const files = await statPrograms(wine.folder, names);
  const registry = await buildNanoRegistry(
    files.map((file) => file.source),
    version,
  );
  signal?.throwIfAborted();

  const content = { programs: files, registry, wineVersion: wine.version, time };
  let unpackedBytes = 0;
  for (const entry of listLayerContent(content)) if (entry.kind === "file") unpackedBytes += entry.size;
  const readLayer = (): AsyncIterable<Uint8Array> => abortable(writeLayerTar(listLayerContent(content)), signal);
  const layer = await measureLayer(readLayer, (current) => onProgress?.({ step: "measuring", current, total: unpackedBytes }));

  const tags = ["oriel/nano:latest", `oriel/nano:${osVersion}`];
  const config = imageConfig(osVersion, layer.diffId, time, wine.version);
  const archive = makeDockerArchive({ config, layers: [layer], tags, time });
  await write(archive.read(), options.output, signal, (current) => onProgress?.({ step: "writing", current, total: layer.size }));
  return {
    imageId: archive.imageId,
    layerDigest: layer.diffId,
    tags,
    osVersion,
    unpackedBytes,
    layerBytes: layer.size,
    files: names,
    skipped: choice.skipped,
    wineVersion: wine.version,
  };
}

async function completeFiles(wine: WinePrograms, programs: readonly string[]): Promise<readonly string[]> {
  const closure = await findImportClosure(wine.folder, programs);
  if (closure.missing.size > 0) {
    const list = [...closure.missing].map(([name, neededBy]) => `${name} (needed by ${neededBy})`).join(", ");
    throw new FailedPreconditionError(`the Wine in ${wine.folder} is not whole: it lacks ${list}`, { op, remedy: installWineRemedy });
  }
  return closure.files;
}

function imageConfig(osVersion: string, diffId: string, time: number, wineVersion: string): ImageConfig {
  const created = new Date(time * 1000).toISOString();
  return {
    created,
    architecture: "amd64",
    os: "windows",
    "os.version": osVersion,
    config: { Env: ["Path=C:\\Windows\\system32;C:\\Windows"], Cmd: ["cmd.exe"] },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, created_by: `oriel image build-base (${wineVersion})` }],
  };
}

/** @throws InvalidArgumentError for what is no version of Windows that has containers. */
export function parseOsVersion(text: string): WindowsVersion {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,9})\.(\d{1,9})$/.exec(text);
  const [major = 0, minor = 0, build = 0, revision = 0] = (match ?? []).slice(1).map(Number);
  if (match === null || major < 10) {
    throw new InvalidArgumentError(`'${text}' is no Windows version; it must have four parts and be 10 or later, as ${defaultOsVersion}`, {
      op,
      resource: text,
    });
  }
  return { major, minor, build, revision };
}

async function* abortable(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function write(
  archive: AsyncIterable<Uint8Array>,
  output: string | Writable,
  signal: AbortSignal | undefined,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const counted = count(archive, onProgress);
  const settings = signal === undefined ? {} : { signal };
  if (typeof output !== "string") return pipeline(Readable.from(counted), output, settings);

  const temporary = path.join(path.dirname(output), `.${path.basename(output)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await pipeline(Readable.from(counted), createWriteStream(temporary, { flags: "wx", flush: true }), settings);
    await rename(temporary, output);
    await syncFolder(path.dirname(output));
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

async function* count(source: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    onProgress(bytes);
    yield chunk;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing as a folder's descriptor.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
