import type { LayerAnswer } from "@oriel/contracts";
import type { DiskHandle } from "./raw-disk.ts";

/** Without a disk: where a function takes an optional HANDLE. */
export type NoHandle = 0n;

/**
 * The layer functions of computestorage.dll (Windows Server 2019 and later): same names, same order of parameters.
 * `layerData` is a document `{"SchemaVersion":{…},"Layers":[{"Id":…,"Path":…}]}` with the immediate parent first,
 * `options` a document or `""`. Where the DLL is absent every function answers PROC_NOT_FOUND. Nothing throws, nothing
 * blocks the event loop. Oriel itself calls those of vmcompute.dll, so only Windows provides these.
 * @see https://learn.microsoft.com/en-us/virtualization/api/hcs/reference/apioverview
 */
export interface RawStorage {
  HcsImportLayer(layerPath: string, sourceFolderPath: string, layerData: string): Promise<LayerAnswer>;
  HcsExportLayer(layerPath: string, exportFolderPath: string, layerData: string, options: string): Promise<LayerAnswer>;
  HcsDestroyLayer(layerPath: string): Promise<LayerAnswer>;
  /** Finishes a base layer; `vhd` is 0 for a container's, an attached disk for a utility VM's. */
  HcsSetupBaseOSLayer(layerPath: string, vhd: DiskHandle | NoHandle, options: string): Promise<LayerAnswer>;
  HcsSetupBaseOSVolume(layerPath: string, volumePath: string, options: string): Promise<LayerAnswer>;
  HcsInitializeWritableLayer(writableLayerPath: string, layerData: string, options: string): Promise<LayerAnswer>;
  HcsInitializeLegacyWritableLayer(mountPath: string, folderPath: string, layerData: string, options: string): Promise<LayerAnswer>;
  HcsExportLegacyWritableLayer(mountPath: string, folderPath: string, exportFolder: string, layerData: string): Promise<LayerAnswer>;
  HcsAttachLayerStorageFilter(layerPath: string, layerData: string): Promise<LayerAnswer>;
  HcsDetachLayerStorageFilter(layerPath: string): Promise<LayerAnswer>;
  HcsAttachOverlayFilter(volumePath: string, layerData: string): Promise<LayerAnswer>;
  HcsDetachOverlayFilter(volumePath: string): Promise<LayerAnswer>;
  HcsFormatWritableLayerVhd(vhd: DiskHandle): Promise<LayerAnswer>;
  HcsGetLayerVhdMountPath(vhd: DiskHandle): Promise<LayerAnswer & { readonly path: string }>;
}
