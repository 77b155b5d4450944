import type { DiskHandle } from "./handles.ts";
import type { HResult } from "./hresult.ts";
import type { LayerAnswer } from "./raw-layers.ts";

/** Without a disk: where a function takes an optional HANDLE. */
export type NoHandle = 0n;

/**
 * The layer functions of computestorage.dll (Windows Server 2019 and later): same names, same order of parameters.
 * `layerData` is a document `{"SchemaVersion":{…},"Layers":[{"Id":…,"Path":…}]}` with the immediate parent first,
 * `options` a document or `""`. Where the DLL is absent every function answers PROC_NOT_FOUND. Nothing throws, nothing
 * blocks the event loop.
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

/** A differencing disk has a parent; a disk without one has a size. */
export interface NewDisk {
  readonly path: string;
  /** Bytes; 0 with a parent. */
  readonly maximumSize: bigint;
  /** Bytes; 0 for the default. */
  readonly blockSize: number;
  readonly parentPath: string | undefined;
}

/** The functions of virtdisk.dll that layers need, for VHDX files. */
export interface RawDisk {
  CreateVirtualDisk(disk: NewDisk): Promise<{ readonly hresult: HResult; readonly disk: DiskHandle }>;
  OpenVirtualDisk(path: string, options: { readonly readOnly: boolean }): Promise<{ readonly hresult: HResult; readonly disk: DiskHandle }>;
  /** `permanent`: stays attached when the handle is closed. */
  AttachVirtualDisk(
    disk: DiskHandle,
    options: { readonly readOnly: boolean; readonly permanent: boolean },
  ): Promise<{ readonly hresult: HResult }>;
  DetachVirtualDisk(disk: DiskHandle): Promise<{ readonly hresult: HResult }>;
  /** `\\.\PhysicalDriveN` of an attached disk. */
  GetVirtualDiskPhysicalPath(disk: DiskHandle): Promise<{ readonly hresult: HResult; readonly path: string }>;
  /** Grows a disk that is not attached. */
  ExpandVirtualDisk(disk: DiskHandle, newSize: bigint): Promise<{ readonly hresult: HResult }>;
  /** Grows the NTFS volume of an attached scratch disk to the whole of it (FSCTL_EXTEND_VOLUME). */
  ExtendVolume(volumePath: string): Promise<{ readonly hresult: HResult }>;
  CloseDisk(disk: DiskHandle): Promise<{ readonly hresult: HResult }>;
}
