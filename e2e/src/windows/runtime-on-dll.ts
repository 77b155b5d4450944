/** A local runtime on the test DLL, for what runs in node.exe. */
import { type ContractCommands, memoryJournal, type PreparedContainer } from "@oriel/testkit";
import { type DeadlineConfig, type RawHcs, silentLogger } from "../../../packages/contracts/src/index.ts";
import { createWindowsHcs, liveHandles } from "../../../packages/hcs-bindings/src/index.ts";
import { testControls } from "../../../packages/hcs-bindings/wine/test-controls.ts";
import { makeTestLayers } from "../../../packages/hcs-bindings/wine/test-layers.ts";
import { LocalRuntime } from "../../../packages/runtime-local/src/index.ts";

/** The service of one DLL, and the scratches of this process. */
export async function serviceOnDll(dll: string) {
  const raw = createWindowsHcs({ libraries: { vmcompute: dll, computestorage: dll, virtdisk: dll, backup: dll } });
  await raw.start();
  const controls = testControls(dll);
  const layers = await makeTestLayers(raw.layers);
  const folders = (document: Readonly<Record<string, unknown>>): string[] => {
    const { LayerFolderPath, Layers } = document as {
      readonly LayerFolderPath: string;
      readonly Layers: readonly { readonly Path: string }[];
    };
    return [...Layers.map((layer) => layer.Path), LayerFolderPath];
  };
  const prepare = async (): Promise<PreparedContainer> => {
    const { id, document } = await layers.prepare();
    const root = { path: `${String(document.VolumePath)}\\` };
    return { id, spec: { ociVersion: "1.2.0", root, hostname: "box", windows: { layerFolders: folders(document) } } };
  };
  const prepareHyperV = async (): Promise<PreparedContainer> => {
    const { id, document } = await layers.prepareIsolated();
    return { id, spec: { ociVersion: "1.2.0", hostname: "box", windows: { layerFolders: folders(document), hyperv: {} } } };
  };
  /** A runtime over these calls, and what it left: records and handles of its own. */
  const newRuntime = (calls: RawHcs, deadlines: DeadlineConfig, probe: number) => {
    const journal = memoryJournal();
    const runtime = new LocalRuntime({ raw: calls, journal, logger: silentLogger, deadlines, probe });
    const leftovers = () => [
      ...journal.list().map((entry) => `record ${entry.id}`),
      ...liveHandles().map((handle) => `handle ${handle.kind} ${handle.label}`),
    ];
    return { runtime, leftovers };
  };
  const close = async () => {
    await layers.remove();
    await raw.close();
  };
  return { raw, controls, prepare, prepareHyperV, newRuntime, close };
}

/** What the programs of Wine's own C: do. @param catProgram the smoke test of the DLL, which copies its input with the word `cat` */
export function programsOnDll(catProgram: string): ContractCommands {
  return {
    printHello: 'cmd.exe /c "echo hello"',
    printOopsToStderr: "cmd.exe /c echo oops>&2",
    echoStdin: `"${catProgram}" cat`,
    runLong: "ping.exe -n 100 127.0.0.1",
    missing: "nosuch.exe",
    exitWith: (code) => `cmd.exe /c exit ${code}`,
  };
}
