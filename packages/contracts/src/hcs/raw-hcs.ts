import { serviceToken } from "../plugins/token.ts";
import type { RawCompute } from "./raw-compute.ts";
import type { RawLayers } from "./raw-layers.ts";
import type { RawNetwork } from "./raw-network.ts";
import type { RawDisk, RawStorage } from "./raw-storage.ts";
import type { RawWin32 } from "./raw-win32.ts";

/**
 * The raw interface to the Host Compute Service: what stands behind it is `vmcompute.dll` on Windows, and the emulator
 * anywhere else. One function per DLL export, so that a call trace of one provider reads like one of the other.
 */
export interface RawHcs {
  readonly provider: "windows" | "emulated";
  readonly compute: RawCompute;
  readonly layers: RawLayers;
  readonly storage: RawStorage;
  readonly disk: RawDisk;
  readonly network: RawNetwork;
  readonly win32: RawWin32;
}

export const rawHcsToken = serviceToken<RawHcs>("oriel.raw-hcs");
