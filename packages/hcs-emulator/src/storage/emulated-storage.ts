import path from "node:path";
import { HCS, hresultFromWin32, type RawStorage, WIN32 } from "@oriel/contracts";
import { DocumentError, parseObject } from "../compute/document-fields.ts";
import { answerOf, answerWith, HresultFailure } from "../host/answers.ts";
import { exists, filesOf, layerNames } from "../layers/layer-folder.ts";
import type { LayerVolumes } from "../layers/layer-volumes.ts";
import { type LayerWork, requireLayer } from "../layers/layer-work.ts";
import type { EmulatedDisks } from "./emulated-disks.ts";

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** The layer functions of computestorage.dll: the same work as those of vmcompute.dll, told by volumes and documents. */
export function createEmulatedStorage(volumes: LayerVolumes, work: LayerWork, disks: EmulatedDisks): RawStorage {
  /** A scratch is named by its volume or by its folder. */
  const layerOf = (layerPath: string): string => {
    if (!layerPath.startsWith("\\\\?\\Volume{")) return layerPath;
    return volumes.layerOf(layerPath) ?? fail(WIN32.PATH_NOT_FOUND, `there is no volume ${layerPath}`);
  };
  const initialize = async (layerPath: string, layerData: string): Promise<void> => {
    const layer = layerOf(layerPath);
    const parents = parseLayers(layerData);
    requireLayer(layer);
    for (const parent of parents) requireLayer(filesOf(parent));
  };
  const attachFilter = async (layerPath: string, layerData: string): Promise<void> => {
    const layer = layerOf(layerPath);
    await work.prepare(layer, parseLayers(layerData));
    // Its volume is known already: nobody asks for the path of it.
    await volumes.show(layer);
  };
  const detachFilter = async (layerPath: string): Promise<void> => volumes.unprepare(layerOf(layerPath));

  return {
    HcsImportLayer: (layerPath, sourceFolderPath, layerData) =>
      answerOf(async () => work.import(layerPath, sourceFolderPath, parseLayers(layerData))),

    HcsExportLayer: (layerPath, exportFolderPath, layerData, options) =>
      answerOf(async () => {
        parse(options);
        await work.export(layerOf(layerPath), exportFolderPath, parseLayers(layerData));
      }),

    HcsDestroyLayer: (layerPath) => answerOf(() => work.destroy(layerPath)),

    HcsSetupBaseOSLayer: (layerPath, vhd, options) =>
      answerOf(async () => {
        const forMachine = String(parse(options).Type ?? "Container").toLowerCase() === "vm";
        if (forMachine) disks.requireOpen(vhd as Parameters<typeof disks.requireOpen>[0]);
        else if (vhd !== 0n) fail(WIN32.INVALID_PARAMETER, "the base of a container has no disk");
        requireLayer(filesOf(layerPath));
        if (forMachine) return;
        for (const name of [layerNames.hives, layerNames.layout]) {
          if (exists(path.join(layerPath, name))) fail(WIN32.ALREADY_EXISTS, `${path.join(layerPath, name)} exists`);
        }
        await work.processBaseImage(layerPath);
      }),

    HcsSetupBaseOSVolume: (layerPath, volumePath, options) =>
      answerOf(async () => {
        parse(options);
        requireLayer(filesOf(layerPath));
        layerOf(volumePath);
      }),

    HcsInitializeWritableLayer: (writableLayerPath, layerData, options) =>
      answerOf(async () => {
        parse(options);
        await initialize(writableLayerPath, layerData);
      }),
    HcsInitializeLegacyWritableLayer: (_mountPath, folderPath, layerData, options) =>
      answerOf(async () => {
        parse(options);
        await initialize(folderPath, layerData);
      }),
    HcsExportLegacyWritableLayer: (_mountPath, folderPath, exportFolder, layerData) =>
      answerOf(async () => work.export(layerOf(folderPath), exportFolder, parseLayers(layerData))),

    HcsAttachLayerStorageFilter: (layerPath, layerData) => answerOf(() => attachFilter(layerPath, layerData)),
    HcsDetachLayerStorageFilter: (layerPath) => answerOf(() => detachFilter(layerPath)),
    HcsAttachOverlayFilter: (volumePath, layerData) => answerOf(() => attachFilter(volumePath, layerData)),
    HcsDetachOverlayFilter: (volumePath) => answerOf(() => detachFilter(volumePath)),

    HcsFormatWritableLayerVhd: (vhd) => answerOf(async () => disks.requireOpen(vhd)),
    HcsGetLayerVhdMountPath: (vhd) => answerWith("path", "", async () => disks.volumeOf(vhd)),
  };
}

/** Folders of the parents in a document of layers, immediate parent first. */
function parseLayers(layerData: string): string[] {
  const { Layers: layers } = parse(layerData);
  if (layers === undefined || layers === null) return [];
  if (!Array.isArray(layers)) throw new HresultFailure(HCS.INVALID_JSON, "Layers must be an array");
  return layers.map((layer: unknown, index) => {
    const folder = typeof layer === "object" && layer !== null && "Path" in layer ? layer.Path : undefined;
    if (typeof folder !== "string") throw new HresultFailure(HCS.INVALID_JSON, `Layers[${index}].Path must be a string`);
    return folder;
  });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return parseObject(text);
  } catch (error) {
    if (error instanceof DocumentError) throw new HresultFailure(HCS.INVALID_JSON, error.message);
    throw error;
  }
}
