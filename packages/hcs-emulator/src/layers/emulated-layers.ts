import { mkdir } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, type LayerDescriptor, type RawLayers, WIN32 } from "@oriel/contracts";
import { answerOf, answerWith, HresultFailure } from "../host/answers.ts";
import { exists, filesOf, layerNames, readDisk, writeDisk } from "./layer-folder.ts";
import type { LayerVolumes } from "./layer-volumes.ts";
import { isScratch, type LayerWork, requireLayer } from "./layer-work.ts";
import { nameToGuid } from "./name-guid.ts";

/** The layer functions, and what the compute side must know of prepared layers. */
export interface EmulatedLayers {
  readonly raw: RawLayers;
  /** The folder behind `\\?\Volume{GUID}`, with or without the closing backslash; undefined where nothing is prepared. */
  rootOfVolume(volumePath: string): Promise<string | undefined>;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** The layer functions of vmcompute.dll. */
export function createEmulatedLayers(volumes: LayerVolumes, work: LayerWork): EmulatedLayers {
  const raw: RawLayers = {
    CreateLayer: (_info, id, parent) =>
      answerOf(async () => {
        if (exists(id)) fail(WIN32.ALREADY_EXISTS, `${id} exists`);
        if (parent !== "" && path.isAbsolute(parent)) requireLayer(parent);
        await mkdir(filesOf(id), { recursive: true });
      }),

    CreateSandboxLayer: (_info, id, _parent, layers) => answerOf(() => work.createScratch(id, foldersOf(layers))),

    ActivateLayer: (_info, id) =>
      answerOf(async () => {
        requireLayer(id);
        if (isScratch(id)) volumes.attach(id);
      }),

    DeactivateLayer: (_info, id) => answerOf(() => volumes.detach(id)),
    PrepareLayer: (_info, id, layers) => answerOf(() => work.prepare(id, foldersOf(layers))),
    UnprepareLayer: (_info, id) => answerOf(() => volumes.unprepare(id)),
    DestroyLayer: (_info, id) => answerOf(() => work.destroy(id)),

    GetLayerMountPath: (_info, id) =>
      answerWith("path", "", async () => {
        requireLayer(id);
        if (!isScratch(id)) return id;
        // Who asks will look.
        await volumes.show(id);
        const volume = volumes.volumeOf(id);
        return volume === undefined ? "" : `${volume}\\`;
      }),

    ExpandSandboxSize: (_info, id, size) =>
      answerOf(async () => {
        const file = path.join(id, layerNames.sandbox);
        const disk = readDisk(file) ?? fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
        if (size > BigInt(disk.size)) writeDisk(file, { ...disk, size: Number(size) });
      }),

    ExportLayer: (_info, id, exportFolder, layers) => answerOf(() => work.export(id, exportFolder, foldersOf(layers))),
    ImportLayer: (_info, id, importFolder, layers) => answerOf(() => work.import(id, importFolder, foldersOf(layers))),

    LayerExists: (_info, id) => answerWith("exists", false, async () => exists(id)),
    NameToGuid: (name) => answerWith("guid", "", async () => nameToGuid(name)),
    ProcessBaseImage: (layer) => answerOf(() => work.processBaseImage(layer)),
    ProcessUtilityImage: (utilityVm) => answerOf(() => work.processUtilityImage(utilityVm)),
    GetBaseImages: async () => ({ hresult: 0, images: '{"Images":[]}' }),

    // There is no virtual machine whose account would need the right.
    GrantVmAccess: (_vmId, file) =>
      answerOf(async () => {
        if (!exists(file)) fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
      }),
  };
  return { raw, rootOfVolume: (volumePath) => volumes.rootOf(volumePath) };
}

function foldersOf(layers: readonly LayerDescriptor[]): string[] {
  return layers.map((layer) => layer.path);
}
