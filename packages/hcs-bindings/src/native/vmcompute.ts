import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";
import { structures } from "./structures.ts";

const names = [
  "HcsEnumerateComputeSystems",
  "HcsCreateComputeSystem",
  "HcsOpenComputeSystem",
  "HcsCloseComputeSystem",
  "HcsStartComputeSystem",
  "HcsShutdownComputeSystem",
  "HcsTerminateComputeSystem",
  "HcsPauseComputeSystem",
  "HcsResumeComputeSystem",
  "HcsSaveComputeSystem",
  "HcsGetComputeSystemProperties",
  "HcsModifyComputeSystem",
  "HcsModifyServiceSettings",
  "HcsGetServiceProperties",
  "HcsRegisterComputeSystemCallback",
  "HcsUnregisterComputeSystemCallback",
  "HcsCreateProcess",
  "HcsOpenProcess",
  "HcsCloseProcess",
  "HcsTerminateProcess",
  "HcsSignalProcess",
  "HcsGetProcessInfo",
  "HcsGetProcessProperties",
  "HcsModifyProcess",
  "HcsRegisterProcessCallback",
  "HcsUnregisterProcessCallback",
  "CreateLayer",
  "CreateSandboxLayer",
  "ActivateLayer",
  "DeactivateLayer",
  "PrepareLayer",
  "UnprepareLayer",
  "DestroyLayer",
  "GetLayerMountPath",
  "ExpandSandboxSize",
  "ExportLayer",
  "ImportLayer",
  "LayerExists",
  "NameToGuid",
  "ProcessBaseImage",
  "ProcessUtilityImage",
  "GetBaseImages",
  "GrantVmAccess",
  "HNSCall",
] as const;

export type VmcomputeName = (typeof names)[number];

const text = "str16";
const handle = "uintptr_t";
const hresult = "uint32";

function prototypes(): { readonly [K in VmcomputeName]: Prototype } {
  const { inout, pointer } = koffi();
  const { processInformation, driverInfo, layerDescriptor, guid } = structures();
  // Out parameters are "inout" so that they hold what was put there, not chance, when the function does not write them.
  const outHandle = inout(pointer(handle));
  const outText = inout(pointer(handle));
  const information = inout(pointer(processInformation));
  const driver = pointer(driverInfo);
  const layers = pointer(layerDescriptor);
  const systemCall: Prototype = [hresult, handle, text, outText];
  const systemQuery: Prototype = [hresult, handle, text, outText, outText];
  const registration: Prototype = [hresult, handle, handle, handle, outHandle];
  const close: Prototype = [hresult, handle];
  const layerCall: Prototype = [hresult, driver, text];
  const layerTransfer: Prototype = [hresult, driver, text, text, layers, "uint32"];
  return {
    HcsEnumerateComputeSystems: [hresult, text, outText, outText],
    HcsCreateComputeSystem: [hresult, text, text, handle, outHandle, outText],
    HcsOpenComputeSystem: [hresult, text, outHandle, outText],
    HcsCloseComputeSystem: close,
    HcsStartComputeSystem: systemCall,
    HcsShutdownComputeSystem: systemCall,
    HcsTerminateComputeSystem: systemCall,
    HcsPauseComputeSystem: systemCall,
    HcsResumeComputeSystem: systemCall,
    HcsSaveComputeSystem: systemCall,
    HcsGetComputeSystemProperties: systemQuery,
    HcsModifyComputeSystem: systemCall,
    HcsModifyServiceSettings: [hresult, text, outText],
    HcsGetServiceProperties: [hresult, text, outText, outText],
    HcsRegisterComputeSystemCallback: registration,
    HcsUnregisterComputeSystemCallback: close,
    HcsCreateProcess: [hresult, handle, text, information, outHandle, outText],
    HcsOpenProcess: [hresult, handle, "uint32", outHandle, outText],
    HcsCloseProcess: close,
    HcsTerminateProcess: [hresult, handle, outText],
    HcsSignalProcess: systemCall,
    HcsGetProcessInfo: [hresult, handle, information, outText],
    HcsGetProcessProperties: [hresult, handle, outText, outText],
    HcsModifyProcess: systemCall,
    HcsRegisterProcessCallback: registration,
    HcsUnregisterProcessCallback: close,
    CreateLayer: [hresult, driver, text, text],
    CreateSandboxLayer: layerTransfer,
    ActivateLayer: layerCall,
    DeactivateLayer: layerCall,
    PrepareLayer: [hresult, driver, text, layers, "uint32"],
    UnprepareLayer: layerCall,
    DestroyLayer: layerCall,
    GetLayerMountPath: [hresult, driver, text, inout(pointer("size_t")), pointer("char16_t")],
    ExpandSandboxSize: [hresult, driver, text, "uint64"],
    ExportLayer: layerTransfer,
    ImportLayer: layerTransfer,
    LayerExists: [hresult, driver, text, inout(pointer("uint32"))],
    NameToGuid: [hresult, text, inout(pointer(guid))],
    ProcessBaseImage: [hresult, text],
    ProcessUtilityImage: [hresult, text],
    GetBaseImages: [hresult, outText],
    GrantVmAccess: [hresult, text, text],
    HNSCall: [hresult, text, text, text, outText],
  };
}

/** The compute, layer and network functions of vmcompute.dll. */
export function vmcompute(file: string): { readonly [K in VmcomputeName]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}
