import type { HResult } from "./hresult.ts";

/** `DriverInfo`: flavour 0 is the differencing-disk driver, 1 the filter driver. Callers pass whole paths as ids. */
export interface DriverInfo {
  readonly flavour: 0 | 1;
  readonly homeDir: string;
}

/** `WC_LAYER_DESCRIPTOR`. `layerId` is a GUID as text (lower case, no braces); bit 31 of `flags` is "dirty". */
export interface LayerDescriptor {
  readonly layerId: string;
  readonly flags: number;
  readonly path: string;
}

/** The answer of every layer function. */
export interface LayerAnswer {
  readonly hresult: HResult;
}

/**
 * The layer functions of vmcompute.dll: same names, same order of parameters. `id` is the full path of the layer's
 * folder. Parent lists are ordered immediate parent first, base last. Nothing throws, nothing blocks the event loop.
 */
export interface RawLayers {
  /** New empty read-only layer. */
  CreateLayer(info: DriverInfo, id: string, parent: string): Promise<LayerAnswer>;
  /** New read-write layer: its folder and `sandbox.vhdx`. */
  CreateSandboxLayer(info: DriverInfo, id: string, parentId: string, layers: readonly LayerDescriptor[]): Promise<LayerAnswer>;
  /** Attaches a read-write layer's disk. No effect on a read-only layer. Pair with DeactivateLayer. */
  ActivateLayer(info: DriverInfo, id: string): Promise<LayerAnswer>;
  DeactivateLayer(info: DriverInfo, id: string): Promise<LayerAnswer>;
  /** Lays the parents under an activated read-write layer. */
  PrepareLayer(info: DriverInfo, id: string, layers: readonly LayerDescriptor[]): Promise<LayerAnswer>;
  /** Takes the parents away again; before DeactivateLayer. */
  UnprepareLayer(info: DriverInfo, id: string): Promise<LayerAnswer>;
  /** Deletes the layer's folder and all in it. */
  DestroyLayer(info: DriverInfo, id: string): Promise<LayerAnswer>;
  /** Read-write and prepared: `\\?\Volume{GUID}\`, with or without the last `\`; read-only: the folder; `""`: none. */
  GetLayerMountPath(info: DriverInfo, id: string): Promise<LayerAnswer & { readonly path: string }>;
  /** Grows a read-write layer to at least `size` bytes; never shrinks it. */
  ExpandSandboxSize(info: DriverInfo, id: string, size: bigint): Promise<LayerAnswer>;
  /** Writes an activated, not prepared layer in transport format to `exportFolder`. */
  ExportLayer(info: DriverInfo, id: string, exportFolder: string, layers: readonly LayerDescriptor[]): Promise<LayerAnswer>;
  /** Makes the layer from `importFolder`, which is in transport format. All parents must exist. */
  ImportLayer(info: DriverInfo, id: string, importFolder: string, layers: readonly LayerDescriptor[]): Promise<LayerAnswer>;
  LayerExists(info: DriverInfo, id: string): Promise<LayerAnswer & { readonly exists: boolean }>;
  /** GUID of a layer's name (the last part of its path). */
  NameToGuid(name: string): Promise<LayerAnswer & { readonly guid: string }>;
  /** Finishes an extracted base layer: hives, blank disks, `layout`. */
  ProcessBaseImage(path: string): Promise<LayerAnswer>;
  /** The same for the layer's `UtilityVM`. */
  ProcessUtilityImage(path: string): Promise<LayerAnswer>;
  /** Central store of base images: `{"Images":[…]}`. */
  GetBaseImages(): Promise<LayerAnswer & { readonly images: string | null }>;
  GrantVmAccess(vmId: string, file: string): Promise<LayerAnswer>;
}
