import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";

const names = [
  "HcsImportLayer",
  "HcsExportLayer",
  "HcsDestroyLayer",
  "HcsSetupBaseOSLayer",
  "HcsSetupBaseOSVolume",
  "HcsInitializeWritableLayer",
  "HcsInitializeLegacyWritableLayer",
  "HcsExportLegacyWritableLayer",
  "HcsAttachLayerStorageFilter",
  "HcsDetachLayerStorageFilter",
  "HcsAttachOverlayFilter",
  "HcsDetachOverlayFilter",
  "HcsFormatWritableLayerVhd",
  "HcsGetLayerVhdMountPath",
] as const;

export type ComputestorageName = (typeof names)[number];

const text = "str16";
const handle = "uintptr_t";
const hresult = "uint32";

function prototypes(): { readonly [K in ComputestorageName]: Prototype } {
  const { inout, pointer } = koffi();
  return {
    HcsImportLayer: [hresult, text, text, text],
    HcsExportLayer: [hresult, text, text, text, text],
    HcsDestroyLayer: [hresult, text],
    HcsSetupBaseOSLayer: [hresult, text, handle, text],
    HcsSetupBaseOSVolume: [hresult, text, text, text],
    HcsInitializeWritableLayer: [hresult, text, text, text],
    HcsInitializeLegacyWritableLayer: [hresult, text, text, text, text],
    HcsExportLegacyWritableLayer: [hresult, text, text, text, text],
    HcsAttachLayerStorageFilter: [hresult, text, text],
    HcsDetachLayerStorageFilter: [hresult, text],
    HcsAttachOverlayFilter: [hresult, text, text],
    HcsDetachOverlayFilter: [hresult, text],
    HcsFormatWritableLayerVhd: [hresult, handle],
    HcsGetLayerVhdMountPath: [hresult, handle, inout(pointer(handle))],
  };
}

/** The layer functions of Windows Server 2019 and later. */
export function computestorage(file: string): { readonly [K in ComputestorageName]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}
