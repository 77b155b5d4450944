import { hresultFromWin32, type RawDisk, type RawStorage, WIN32 } from "@oriel/core";
import { noHandle } from "../handle-table.ts";

const unsupported = { hresult: hresultFromWin32(WIN32.NOT_SUPPORTED) };
const answer = async () => unsupported;

export function createEmulatedStorage(): RawStorage {
  return {
    HcsImportLayer: answer,
    HcsExportLayer: answer,
    HcsDestroyLayer: answer,
    HcsSetupBaseOSLayer: answer,
    HcsSetupBaseOSVolume: answer,
    HcsInitializeWritableLayer: answer,
    HcsInitializeLegacyWritableLayer: answer,
    HcsExportLegacyWritableLayer: answer,
    HcsAttachLayerStorageFilter: answer,
    HcsDetachLayerStorageFilter: answer,
    HcsAttachOverlayFilter: answer,
    HcsDetachOverlayFilter: answer,
    HcsFormatWritableLayerVhd: answer,
    HcsGetLayerVhdMountPath: async () => ({ ...unsupported, path: "" }),
  };
}

export function createEmulatedDisks(): RawDisk {
  const disk = noHandle<"HANDLE(disk)">();
  return {
    CreateVirtualDisk: async () => ({ ...unsupported, disk }),
    OpenVirtualDisk: async () => ({ ...unsupported, disk }),
    AttachVirtualDisk: answer,
    DetachVirtualDisk: answer,
    GetVirtualDiskPhysicalPath: async () => ({ ...unsupported, path: "" }),
    ExpandVirtualDisk: answer,
    ExtendVolume: answer,
    CloseDisk: answer,
  };
}
