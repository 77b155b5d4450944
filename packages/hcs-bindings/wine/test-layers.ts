/** Scratches for the compute systems of tests, in a folder on C:. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { RawLayers } from "@oriel/contracts";

const info = { flavour: 1, homeDir: "" } as const;

export interface TestLayers {
  /** A container document over a new scratch, prepared, and its id. */
  prepare(): Promise<{ readonly id: string; readonly document: Readonly<Record<string, unknown>> }>;
  /** The same for Hyper-V isolation: its virtual machine attaches the scratch itself. */
  prepareIsolated(): ReturnType<TestLayers["prepare"]>;
  /** Takes the scratch of one id away. */
  discard(id: string): Promise<void>;
  remove(): Promise<void>;
}

export interface TestLayersOptions {
  /** Folder of a base layer. @default one without files, which does for the test DLL: its processes see the Wine prefix's own C: */
  readonly base?: string;
  /** Put into every container document. */
  readonly document?: Readonly<Record<string, unknown>>;
}

export async function makeTestLayers(layers: RawLayers, options: TestLayersOptions = {}): Promise<TestLayers> {
  const root = await mkdtemp("C:\\oriel-test-");
  const base = options.base ?? path.join(root, "base");
  const utilityVm = path.join(base, "UtilityVM");
  if (options.base === undefined) {
    await mkdir(path.join(base, "Files"), { recursive: true });
    await mkdir(path.join(utilityVm, "Files"), { recursive: true });
  }
  const parents = [{ layerId: (await layers.NameToGuid(path.basename(base))).guid, flags: 0, path: base }];
  let count = 0;
  const isolated = new Set<string>();
  const newScratch = async () => {
    count += 1;
    const id = `${path.basename(root)}-${count}`;
    const scratch = path.join(root, id);
    succeed(await layers.CreateSandboxLayer(info, scratch, "", parents));
    const document = {
      SystemType: "Container",
      Name: id,
      Owner: "test",
      LayerFolderPath: scratch,
      Layers: parents.map(({ layerId, path: folder }) => ({ ID: layerId, Path: folder })),
      HostName: "box",
      ...options.document,
    };
    return { id, scratch, document };
  };
  return {
    async prepare() {
      const { id, scratch, document } = await newScratch();
      succeed(await layers.ActivateLayer(info, scratch));
      succeed(await layers.PrepareLayer(info, scratch, parents));
      const { path: volume } = await layers.GetLayerMountPath(info, scratch);
      return { id, document: { ...document, VolumePath: volume.slice(0, -1) } };
    },
    async prepareIsolated() {
      const { id, document } = await newScratch();
      isolated.add(id);
      return { id, document: { ...document, HvPartition: true, HvRuntime: { ImagePath: utilityVm } } };
    },
    async discard(id) {
      const scratch = path.join(root, id);
      if (!isolated.delete(id)) {
        succeed(await layers.UnprepareLayer(info, scratch));
        succeed(await layers.DeactivateLayer(info, scratch));
      }
      succeed(await layers.DestroyLayer(info, scratch));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function succeed({ hresult }: { readonly hresult: number }): void {
  if (hresult !== 0) throw new Error(`a layer function answered 0x${hresult.toString(16)}`);
}
