import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/core";
import { liveHandles } from "@oriel/hcs-bindings";
import { createEmulatedHcs, findWine } from "@oriel/hcs-emulator";
import { containerRuntimeContract, memoryJournal } from "@oriel/testkit";
import { afterAll } from "vitest";
import { makeWineBaseLayer, wineProgramFolder } from "../../hcs-emulator/test/wine-base-layer.ts";
import { LocalRuntime } from "../src/local-runtime.ts";
import { longDeadlines } from "./fixture.ts";

const info = { flavour: 1, homeDir: "" } as const;
const programFolder = await wineProgramFolder();
const noWine = programFolder === undefined || (await findWine()) === undefined ? "Wine is not installed" : undefined;
// One base layer for all tests of this file: it is not copied for each.
const shared = await mkdtemp(path.join(os.tmpdir(), "oriel-runtime-"));
const base = path.join(shared, "layers", "base");
if (programFolder !== undefined) await makeWineBaseLayer(base, programFolder);
afterAll(() => rm(shared, { recursive: true, force: true }));
let count = 0;

async function fixture() {
  count += 1;
  const root = path.join(shared, `engine-${count}`);
  const hcs = createEmulatedHcs({ root, rootfs: "auto" });
  await hcs.start();
  const journal = memoryJournal();
  const runtime = new LocalRuntime({ raw: hcs, journal, logger: silentLogger, deadlines: longDeadlines });
  let systems = 0;
  return {
    runtime,
    commands: {
      printHello: 'cmd.exe /c "echo hello"',
      printOopsToStderr: "cmd.exe /c echo oops>&2",
      echoStdin: "cat.exe",
      runLong: "ping.exe -n 100 127.0.0.1",
      missing: "nosuch.exe",
      exitWith: (code: number) => `cmd.exe /c exit ${code}`,
    },
    prepare: async () => {
      systems += 1;
      const id = `system-${count}-${systems}`;
      const scratch = path.join(root, "windowsfilter", id);
      const layers = [{ layerId: "base", flags: 0, path: base }];
      await hcs.layers.CreateSandboxLayer(info, scratch, "", layers);
      await hcs.layers.ActivateLayer(info, scratch);
      await hcs.layers.PrepareLayer(info, scratch, layers);
      const { path: volume } = await hcs.layers.GetLayerMountPath(info, scratch);
      return { id, spec: { ociVersion: "1.2.0", root: { path: volume }, windows: { layerFolders: [base, scratch] } } };
    },
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
containerRuntimeContract("local, over the emulator", fixture, { skip: noWine });
