import { mkdtemp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  hostInspectorContract,
  rawComputeContract,
  rawDocumentsContract,
  rawFilesContract,
  rawLayersContract,
  rawNetworkContract,
} from "@oriel/testkit";
import { afterAll } from "vitest";
import { createWindowsHcs, type WindowsHcs } from "../src/index.ts";
import { createHostInspector } from "../src/windows/host-inspector.ts";
import { makeTestLayers, type TestLayers } from "../wine/test-layers.ts";

// The conformance suites against the Host Compute Service of this machine: see "On Windows itself" in the README.
const base = process.env.ORIEL_TEST_BASE_LAYER;
const noWindows = process.platform === "win32" ? undefined : "needs real Windows";
const noBase =
  noWindows ?? (base === undefined ? "needs real Windows, with ORIEL_TEST_BASE_LAYER naming the folder of a base layer" : undefined);

const raw: WindowsHcs | undefined = noWindows === undefined ? createWindowsHcs() : undefined;
const layers: TestLayers | undefined =
  raw !== undefined && base !== undefined ? await makeTestLayers(raw.layers, options(base)) : undefined;
afterAll(async () => {
  await layers?.remove();
  await raw?.close();
});

/** A program that copies its input is in no image of Windows. */
function options(folder: string) {
  const programs = fileURLToPath(new URL("../../testkit/fixtures/programs", import.meta.url));
  const MappedDirectories = [{ HostPath: programs, ContainerPath: "C:\\oriel-programs", ReadOnly: true }];
  return { base: folder, document: { MappedDirectories } };
}

function service(): WindowsHcs {
  if (raw === undefined) throw new Error(noWindows);
  return raw;
}

async function inFolder() {
  const folder = await mkdtemp("C:\\oriel-contract-");
  return { raw: service(), folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

async function containers() {
  const made: string[] = [];
  const keep = async (prepared: ReturnType<TestLayers["prepare"]> | undefined) => {
    if (prepared === undefined) throw new Error(noBase);
    made.push((await prepared).id);
    return prepared;
  };
  return {
    raw: service(),
    commands: {
      printHello: 'cmd.exe /c "echo hello"',
      printOopsToStderr: "cmd.exe /c echo oops>&2",
      echoStdin: "C:\\oriel-programs\\cat.exe",
      runLong: "ping.exe -n 100 127.0.0.1",
      missing: "nosuch.exe",
      exitWith: (code: number) => `cmd.exe /c exit ${code}`,
    },
    prepare: () => keep(layers?.prepare()),
    prepareIsolated: () => keep(layers?.prepareIsolated()),
    dispose: async () => {
      for (const id of made) await layers?.discard(id);
    },
  };
}

// A part that is skipped by itself, in a suite that is skipped as a whole, counts as never run.
const noHyperV =
  noBase !== undefined || process.env.ORIEL_TEST_HYPERV === "1" ? undefined : "needs ORIEL_TEST_HYPERV=1, on a host with Hyper-V";
rawComputeContract("Windows", containers, { skip: noBase, skipIsolated: noHyperV });
rawDocumentsContract("Windows", containers, { skip: noBase, skipIsolated: noHyperV });
rawFilesContract("Windows", inFolder, { skip: noWindows });
rawLayersContract("Windows", async () => ({ ...(await inFolder()), volumeFolder: async (_scratch, volumePath) => volumePath }), {
  skip: noBase,
  ...(noBase === undefined && base !== undefined ? { base } : {}),
});
rawNetworkContract("Windows", async () => ({ raw: service(), dispose: async () => undefined }), { skip: noWindows, anyRefusal: true });
hostInspectorContract("Windows", async () => ({ host: createHostInspector(service()), dispose: async () => undefined }), {
  skip: noWindows,
});
