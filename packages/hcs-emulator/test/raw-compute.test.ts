import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RawHcs } from "@oriel/contracts";
import {
  makeScratch,
  makeWineBaseLayer,
  mountScratch,
  rawComputeContract,
  rawDocumentsContract,
  wineCommands,
  wineProgramFolder,
} from "@oriel/testkit";
import { afterAll } from "vitest";
import { createEmulatedHcs } from "../src/index.ts";
import { overlayAllowed } from "../src/layers/rootfs-overlay.ts";
import { noContainer } from "./emulated-container.ts";

const programFolder = await wineProgramFolder();
const noOverlay = (await overlayAllowed()) ? undefined : "this host allows no overlay mounts";

// One base layer for all tests of this file: 60 MB are not copied for each.
const shared = await mkdtemp(path.join(os.tmpdir(), "oriel-emulator-"));
const base = path.join(shared, "layers", "base");
if (programFolder !== undefined) await makeWineBaseLayer(base, programFolder);
afterAll(() => rm(shared, { recursive: true, force: true }));

let count = 0;

async function fixture(rootfs: "overlay" | "copy", isolation: "process" | "hyperv") {
  count += 1;
  const root = path.join(shared, `engine-${count}`);
  const hcs = createEmulatedHcs({ root, rootfs });
  await hcs.start();
  let systems = 0;
  const prepare = async (more: (scratch: string) => Promise<Readonly<Record<string, unknown>>>) => {
    systems += 1;
    const id = `system-${count}-${systems}`;
    const scratch = path.join(root, "windowsfilter", id);
    await makeScratch(hcs, scratch, base);
    const document = {
      SystemType: "Container",
      Name: id,
      Owner: "test",
      LayerFolderPath: scratch,
      Layers: [{ ID: "base", Path: base }],
      HostName: "box",
    };
    return { id, document: { ...document, ...(await more(scratch)) } };
  };
  const prepareShared = () => prepare(async (scratch) => ({ VolumePath: (await mountScratch(hcs, scratch, base)).slice(0, -1) }));
  const prepareIsolated = () => prepare(async () => ({ HvPartition: true, HvRuntime: { ImagePath: path.join(base, "UtilityVM") } }));
  return {
    raw: hcs as RawHcs,
    commands: wineCommands,
    prepare: isolation === "hyperv" ? prepareIsolated : prepareShared,
    prepareIsolated,
    dispose: async () => {
      await hcs.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

rawComputeContract("emulator, copied roots", () => fixture("copy", "process"), { skip: noContainer });
rawComputeContract("emulator, overlay mounts", () => fixture("overlay", "process"), { skip: noContainer ?? noOverlay });
rawComputeContract("emulator, Hyper-V isolation", () => fixture("overlay", "hyperv"), { skip: noContainer ?? noOverlay });
rawDocumentsContract("emulator", () => fixture("copy", "process"), { skip: noContainer });
