import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, type LayerDescriptor, type RawLayers, WIN32 } from "@oriel/core";
import { answerOf, answerWith, HresultFailure } from "../host/answers.ts";
import { importLayer } from "./import-layer.ts";
import { defaultSandboxSize, exists, filesOf, layerNames, readDisk, writeDisk } from "./layer-folder.ts";
import { nameToGuid } from "./name-guid.ts";
import { processBaseImage, processUtilityImage } from "./process-image.ts";
import type { Rootfs } from "./rootfs.ts";

/** A read-write layer whose disk is attached. */
interface ActiveLayer {
  readonly volume: string;
  /** Folder that shows it with its parents; undefined until it is prepared. */
  root: string | undefined;
}

/** The layer functions, and what the compute side must know of prepared layers. */
export interface EmulatedLayers {
  readonly raw: RawLayers;
  /** The folder behind `\\?\Volume{GUID}`, with or without the closing backslash; undefined where nothing is prepared. */
  rootOfVolume(volumePath: string): string | undefined;
  /** Takes every root away again. */
  close(): Promise<void>;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** @param rootfs how roots are made; asked for at the first need */
export function createEmulatedLayers(rootfs: () => Promise<Rootfs>): EmulatedLayers {
  const active = new Map<string, ActiveLayer>();
  const volumes = new Map<string, string>();

  const unprepare = async (layer: string): Promise<void> => {
    const found = active.get(layer);
    if (found?.root === undefined) return;
    await (await rootfs()).detach(layer);
    volumes.delete(found.volume);
    found.root = undefined;
  };

  const raw: RawLayers = {
    CreateLayer: (_info, id, parent) =>
      answerOf(async () => {
        if (await exists(id)) fail(WIN32.ALREADY_EXISTS, `${id} exists`);
        if (parent !== "" && path.isAbsolute(parent)) await requireLayer(parent);
        await mkdir(filesOf(id), { recursive: true });
      }),

    CreateSandboxLayer: (_info, id, _parent, layers) =>
      answerOf(async () => {
        await requireParents(layers);
        await mkdir(id, { recursive: true });
        const parent = layers[0]?.path ?? "";
        await writeDisk(path.join(id, layerNames.sandbox), { emulatedDisk: 1, size: defaultSandboxSize, parent }, "wx");
      }),

    ActivateLayer: (_info, id) =>
      answerOf(async () => {
        await requireLayer(id);
        if (!(await isSandbox(id)) || active.has(id)) return;
        active.set(id, { volume: `\\\\?\\Volume{${nameToGuid(id)}}`, root: undefined });
      }),

    DeactivateLayer: (_info, id) =>
      answerOf(async () => {
        await unprepare(id);
        active.delete(id);
      }),

    PrepareLayer: (_info, id, layers) =>
      answerOf(async () => {
        await requireLayer(id);
        await requireParents(layers);
        const found = active.get(id) ?? fail(WIN32.NOT_READY, `${id} is not activated`);
        if (found.root !== undefined) fail(WIN32.SHARING_VIOLATION, `${id} is prepared already`);
        found.root = await (await rootfs()).attach({ scratch: id, parents: layers.map((layer) => layer.path) });
        volumes.set(found.volume, found.root);
      }),

    UnprepareLayer: (_info, id) => answerOf(() => unprepare(id)),

    DestroyLayer: (_info, id) =>
      answerOf(async () => {
        if (active.get(id)?.root !== undefined) fail(WIN32.SHARING_VIOLATION, `${id} is in use`);
        active.delete(id);
        // A root that a former process left attached must never be deleted through.
        await (await rootfs()).detach(id);
        await rm(id, { recursive: true, force: true });
      }),

    GetLayerMountPath: (_info, id) =>
      answerWith("path", "", async () => {
        await requireLayer(id);
        if (!(await isSandbox(id))) return id;
        const volume = active.get(id)?.volume;
        return volume === undefined ? "" : `${volume}\\`;
      }),

    ExpandSandboxSize: (_info, id, size) =>
      answerOf(async () => {
        const file = path.join(id, layerNames.sandbox);
        const disk = (await readDisk(file)) ?? fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
        if (size > BigInt(disk.size)) await writeDisk(file, { ...disk, size: Number(size) });
      }),

    ExportLayer: async () => ({ hresult: hresultFromWin32(WIN32.NOT_SUPPORTED) }),

    ImportLayer: (_info, id, importFolder, layers) =>
      answerOf(async () => {
        await requireParents(layers);
        if (!(await exists(importFolder))) fail(WIN32.PATH_NOT_FOUND, `${importFolder} is not there`);
        await importLayer(
          id,
          importFolder,
          layers.map((layer) => layer.path),
        );
      }),

    LayerExists: (_info, id) => answerWith("exists", false, () => exists(id)),

    NameToGuid: (name) => answerWith("guid", "", async () => nameToGuid(name)),

    ProcessBaseImage: (layer) => answerOf(() => processBaseImage(layer)),

    ProcessUtilityImage: (utilityVm) => answerOf(() => processUtilityImage(utilityVm)),

    GetBaseImages: async () => ({ hresult: 0, images: '{"Images":[]}' }),

    // There is no virtual machine whose account would need the right.
    GrantVmAccess: (_vmId, file) =>
      answerOf(async () => {
        if (!(await exists(file))) fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
      }),
  };

  return {
    raw,
    rootOfVolume: (volumePath) => volumes.get(volumePath.endsWith("\\") ? volumePath.slice(0, -1) : volumePath),
    close: async () => {
      for (const layer of active.keys()) await unprepare(layer);
      active.clear();
    },
  };
}

async function requireLayer(layer: string): Promise<void> {
  if (!(await exists(layer))) fail(WIN32.PATH_NOT_FOUND, `${layer} is not there`);
}

/** Every layer below must have its files, and a scratch must have one below. */
async function requireParents(layers: readonly LayerDescriptor[]): Promise<void> {
  if (layers.length === 0) fail(WIN32.INVALID_PARAMETER, "no parent layers are given");
  for (const layer of layers) await requireLayer(filesOf(layer.path));
}

function isSandbox(layer: string): Promise<boolean> {
  return exists(path.join(layer, layerNames.sandbox));
}
