import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { liveHandles } from "@oriel/hcs-bindings";
import { createEmulatedHcs, findWine } from "@oriel/hcs-emulator";
import {
  containerRuntimeContract,
  makeScratch,
  makeWineBaseLayer,
  memoryJournal,
  mountScratch,
  runtimeEndpoints,
  wineCommands,
  wineProgramFolder,
} from "@oriel/testkit";
import { afterAll } from "vitest";
import { LocalRuntime } from "../src/local-runtime.ts";
import { longDeadlines } from "./fixture.ts";

const programFolder = await wineProgramFolder();
// One base layer for all tests of this file: it is not copied for each.
const shared = await mkdtemp(path.join(os.tmpdir(), "oriel-runtime-"));
const base = path.join(shared, "layers", "base");
if (programFolder !== undefined) await makeWineBaseLayer(base, programFolder);
afterAll(() => rm(shared, { recursive: true, force: true }));
let count = 0;

/** Why no container can be run here; undefined where one can. */
async function whyNoContainer(): Promise<string | undefined> {
  if (programFolder === undefined || (await findWine()) === undefined) return "Wine is not installed";
  const hcs = createEmulatedHcs({ root: path.join(shared, "trial") });
  const { containment } = await hcs.describe();
  await hcs.close();
  return containment !== undefined && "why" in containment ? `this host contains no containers: ${containment.why}` : undefined;
}
const noContainer = await whyNoContainer();

async function fixture() {
  count += 1;
  const root = path.join(shared, `engine-${count}`);
  const hcs = createEmulatedHcs({ root, rootfs: "auto" });
  await hcs.start();
  const journal = memoryJournal();
  const runtime = new LocalRuntime({ raw: hcs, journal, logger: silentLogger, deadlines: longDeadlines });
  let systems = 0;
  const newScratch = async () => {
    systems += 1;
    const id = `system-${count}-${systems}`;
    const scratch = path.join(root, "windowsfilter", id);
    await makeScratch(hcs, scratch, base);
    return { id, scratch };
  };
  return {
    runtime,
    commands: wineCommands,
    prepare: async () => {
      const { id, scratch } = await newScratch();
      const volume = await mountScratch(hcs, scratch, base);
      return { id, spec: { ociVersion: "1.2.0", root: { path: volume }, windows: { layerFolders: [base, scratch] } } };
    },
    // Its own virtual machine mounts the scratch.
    prepareHyperV: async () => {
      const { id, scratch } = await newScratch();
      return { id, spec: { ociVersion: "1.2.0", windows: { layerFolders: [base, scratch], hyperv: {} } } };
    },
    endpoints: runtimeEndpoints(hcs.network),
    leftovers: () => [
      ...journal.list().map((entry) => `record ${entry.id}`),
      ...liveHandles().map((handle) => `handle ${handle.kind} ${handle.label}`),
      ...Object.entries(hcs.liveHandles())
        .filter(([, open]) => open !== 0)
        .map(([kind, open]) => `${open} ${kind}`),
    ],
    dispose: async () => {
      await hcs.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
containerRuntimeContract("local, over the emulator", fixture, { skip: noContainer });
