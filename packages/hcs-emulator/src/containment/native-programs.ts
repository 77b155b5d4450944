import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

/** Programs of ours that run on the host, built for Linux on x86-64 (guest/build-native.sh). */
export const reaperImage = fileURLToPath(new URL("../../guest/reaper", import.meta.url));
export const idmapImage = fileURLToPath(new URL("../../guest/idmap", import.meta.url));

/** Whether this host can run them. */
export function hasNativePrograms(): boolean {
  if (process.platform !== "linux" || process.arch !== "x64") return false;
  try {
    for (const image of [reaperImage, idmapImage]) accessSync(image, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
