import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { rawFilesContract, rawLayersContract, rawNetworkContract } from "@oriel/testkit";
import { createEmulatedHcs } from "../src/index.ts";
import { overlayAllowed } from "../src/layers/rootfs-overlay.ts";

const noOverlay = (await overlayAllowed()) ? undefined : "this host allows no overlay mounts";

async function fixture(rootfs: "overlay" | "copy") {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-emulator-"));
  const raw = createEmulatedHcs({ root, rootfs });
  await raw.start();
  return {
    raw,
    folder: root,
    volumeFolder: async (scratch: string) => path.join(scratch, ".oriel", "root"),
    dispose: async () => {
      await raw.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

rawFilesContract("emulator", () => fixture("copy"));
rawLayersContract("emulator, copied roots", () => fixture("copy"));
rawLayersContract("emulator, overlay mounts", () => fixture("overlay"), { skip: noOverlay });
rawNetworkContract("emulator", () => fixture("copy"));
