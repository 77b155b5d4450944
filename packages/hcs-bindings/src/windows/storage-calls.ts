import type { LayerAnswer, RawStorage } from "@oriel/contracts";
import { computestorage } from "../native/computestorage.ts";
import { backup } from "../native/kernel32.ts";
import type { NativeFunction } from "../native/library.ts";
import { optionalAnswer, type Sync } from "./answers.ts";
import type { DiskCalls } from "./disk-calls.ts";
import { invalidHandle, openDevice } from "./file-handles.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createTextTaker, outText } from "./result-text.ts";
import type { SystemCalls } from "./system-calls.ts";

/** The functions of computestorage.dll as a call thread runs them. */
export type StorageCalls = { readonly [K in keyof RawStorage]: Sync<RawStorage[K]> };

/** Windows 10, version 1903. */
const firstBuildThatTakesVirtualDisks = 18362;

export function createStorageCalls(
  libraries: Pick<WindowsLibraries, "computestorage" | "backup" | "kernel32" | "ole32">,
  disks: DiskCalls,
  system: SystemCalls,
): StorageCalls {
  const native = computestorage(libraries.computestorage);
  const { CloseHandle } = backup(libraries.backup);
  const take = createTextTaker(libraries.ole32);

  const plain =
    <Values extends readonly unknown[]>(call: NativeFunction) =>
    (...values: Values): LayerAnswer =>
      optionalAnswer({}, () => ({ hresult: Number(call(...values)) }));

  /**
   * Windows Server 2019 wants the disk that the virtual disk is attached as, later ones the virtual disk itself (hcsshim,
   * computestorage.FormatWritableLayerVhd).
   */
  const formatAttached = (vhd: Parameters<StorageCalls["HcsFormatWritableLayerVhd"]>[0]): LayerAnswer => {
    const attached = disks.AttachVirtualDisk(vhd, { readOnly: false, permanent: false });
    if (attached.hresult !== 0) return attached;
    try {
      const at = disks.GetVirtualDiskPhysicalPath(vhd);
      if (at.hresult !== 0) return { hresult: at.hresult };
      const opened = openDevice(libraries, at.path);
      if (opened.handle === invalidHandle) return { hresult: opened.hresult };
      try {
        return plain(native.HcsFormatWritableLayerVhd)(opened.handle);
      } finally {
        CloseHandle(opened.handle);
      }
    } finally {
      disks.DetachVirtualDisk(vhd);
    }
  };

  return {
    HcsImportLayer: plain(native.HcsImportLayer),
    HcsExportLayer: plain(native.HcsExportLayer),
    HcsDestroyLayer: plain(native.HcsDestroyLayer),
    HcsSetupBaseOSLayer: plain(native.HcsSetupBaseOSLayer),
    HcsSetupBaseOSVolume: plain(native.HcsSetupBaseOSVolume),
    HcsInitializeWritableLayer: plain(native.HcsInitializeWritableLayer),
    HcsInitializeLegacyWritableLayer: plain(native.HcsInitializeLegacyWritableLayer),
    HcsExportLegacyWritableLayer: plain(native.HcsExportLegacyWritableLayer),
    HcsAttachLayerStorageFilter: plain(native.HcsAttachLayerStorageFilter),
    HcsDetachLayerStorageFilter: plain(native.HcsDetachLayerStorageFilter),
    HcsAttachOverlayFilter: plain(native.HcsAttachOverlayFilter),
    HcsDetachOverlayFilter: plain(native.HcsDetachOverlayFilter),
    HcsFormatWritableLayerVhd: (vhd) => {
      const { version } = system.RtlGetVersion();
      const build = version.build;
      return build > 0 && build < firstBuildThatTakesVirtualDisks ? formatAttached(vhd) : plain(native.HcsFormatWritableLayerVhd)(vhd);
    },
    HcsGetLayerVhdMountPath: (vhd) =>
      optionalAnswer({ path: "" }, () => {
        const path = outText();
        const hresult = Number(native.HcsGetLayerVhdMountPath(vhd, path));
        return { hresult, path: take(path) ?? "" };
      }),
  };
}
