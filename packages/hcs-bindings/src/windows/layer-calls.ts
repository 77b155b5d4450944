import type { DriverInfo, LayerAnswer, LayerDescriptor, RawLayers } from "@oriel/contracts";
import type { NativeFunction } from "../native/library.ts";
import { vmcompute } from "../native/vmcompute.ts";
import { answer, hresultOfWin32, type Sync } from "./answers.ts";
import { guidBytes, guidText } from "./guid.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createTextTaker, outText } from "./result-text.ts";

/** The layer functions as a call thread runs them. */
export type LayerCalls = { readonly [K in keyof RawLayers]: Sync<RawLayers[K]> };

const ERROR_INVALID_PARAMETER = 87;
const nothing = {};

const driver = (info: DriverInfo): object => ({ Flavour: info.flavour, HomeDir: info.homeDir });

export function createLayerCalls(libraries: Pick<WindowsLibraries, "vmcompute" | "ole32">): LayerCalls {
  const native = vmcompute(libraries.vmcompute);
  const take = createTextTaker(libraries.ole32);

  const plain = (call: NativeFunction, ...values: readonly unknown[]): LayerAnswer =>
    answer(nothing, () => ({ hresult: Number(call(...values)) }));

  const onLayer =
    (call: NativeFunction) =>
    (info: DriverInfo, id: string): LayerAnswer =>
      plain(call, driver(info), id);

  /** The last two parameters of several functions: the descriptors and their count; NULL and 0 for none. */
  const withParents = (call: NativeFunction, layers: readonly LayerDescriptor[], ...values: readonly unknown[]): LayerAnswer => {
    const descriptors: object[] = [];
    for (const { layerId, flags, path } of layers) {
      const guid = guidBytes(layerId);
      if (guid === undefined) return { hresult: hresultOfWin32(ERROR_INVALID_PARAMETER) };
      descriptors.push({ LayerId: guid, Flags: flags, Path: path });
    }
    return plain(call, ...values, descriptors.length === 0 ? null : descriptors, descriptors.length);
  };

  return {
    CreateLayer: (info, id, parent) => plain(native.CreateLayer, driver(info), id, parent),
    CreateSandboxLayer: (info, id, parentId, layers) => withParents(native.CreateSandboxLayer, layers, driver(info), id, parentId),
    ActivateLayer: onLayer(native.ActivateLayer),
    DeactivateLayer: onLayer(native.DeactivateLayer),
    PrepareLayer: (info, id, layers) => withParents(native.PrepareLayer, layers, driver(info), id),
    UnprepareLayer: onLayer(native.UnprepareLayer),
    DestroyLayer: onLayer(native.DestroyLayer),
    GetLayerMountPath: (info, id) =>
      answer({ path: "" }, () => {
        // Asked twice: for the length, then for the text.
        const length: [number | bigint] = [0];
        const asked = Number(native.GetLayerMountPath(driver(info), id, length, null));
        const units = Number(length[0]);
        if (asked >>> 31 === 1 || units === 0) return { hresult: asked, path: "" };
        const buffer = new Uint16Array(units);
        const hresult = Number(native.GetLayerMountPath(driver(info), id, length, buffer));
        return { hresult, path: hresult >>> 31 === 1 ? "" : textIn(buffer) };
      }),
    ExpandSandboxSize: (info, id, size) => plain(native.ExpandSandboxSize, driver(info), id, size),
    ExportLayer: (info, id, exportFolder, layers) => withParents(native.ExportLayer, layers, driver(info), id, exportFolder),
    ImportLayer: (info, id, importFolder, layers) => withParents(native.ImportLayer, layers, driver(info), id, importFolder),
    LayerExists: (info, id) =>
      answer({ exists: false }, () => {
        const exists = [0];
        const hresult = Number(native.LayerExists(driver(info), id, exists));
        return { hresult, exists: exists[0] !== 0 };
      }),
    NameToGuid: (name) =>
      answer({ guid: "" }, () => {
        const guid = new Uint8Array(16);
        const hresult = Number(native.NameToGuid(name, guid));
        return { hresult, guid: guidText(guid) };
      }),
    ProcessBaseImage: (path) => plain(native.ProcessBaseImage, path),
    ProcessUtilityImage: (path) => plain(native.ProcessUtilityImage, path),
    GetBaseImages: () =>
      answer({ images: null as string | null }, () => {
        const images = outText();
        const hresult = Number(native.GetBaseImages(images));
        return { hresult, images: take(images) };
      }),
    GrantVmAccess: (vmId, file) => plain(native.GrantVmAccess, vmId, file),
  };
}

function textIn(buffer: Uint16Array): string {
  const end = buffer.indexOf(0);
  return Buffer.from(buffer.buffer, 0, 2 * (end === -1 ? buffer.length : end)).toString("utf16le");
}
