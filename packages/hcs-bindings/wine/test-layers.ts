/** Layers for compute systems of the test DLL, on C: of the Wine prefix. They hold no files: its processes see the prefix's own C:. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { RawLayers } from "@oriel/core";

const info = { flavour: 1, homeDir: "" } as const;

export interface TestLayers {
  /** A container document over a new scratch, prepared, and its id. */
  prepare(): Promise<{ readonly id: string; readonly document: Readonly<Record<string, unknown>> }>;
  /** Takes the scratch of one id away. */
  discard(id: string): Promise<void>;
  remove(): Promise<void>;
}

export async function makeTestLayers(layers: RawLayers): Promise<TestLayers> {
  const root = await mkdtemp("C:\\oriel-test-");
  const base = path.join(root, "base");
  await mkdir(path.join(base, "Files"), { recursive: true });
  const parents = [{ layerId: (await layers.NameToGuid("base")).guid, flags: 0, path: base }];
  let count = 0;
  return {
    async prepare() {
      count += 1;
      const id = `${path.basename(root)}-${count}`;
      const scratch = path.join(root, id);
      succeed(await layers.CreateSandboxLayer(info, scratch, "", parents));
      succeed(await layers.ActivateLayer(info, scratch));
      succeed(await layers.PrepareLayer(info, scratch, parents));
      const { path: volume } = await layers.GetLayerMountPath(info, scratch);
      const document = {
        SystemType: "Container",
        Name: id,
        Owner: "test",
        VolumePath: volume.slice(0, -1),
        LayerFolderPath: scratch,
        Layers: parents.map(({ layerId, path: folder }) => ({ ID: layerId, Path: folder })),
        HostName: "box",
      };
      return { id, document };
    },
    async discard(id) {
      const scratch = path.join(root, id);
      succeed(await layers.UnprepareLayer(info, scratch));
      succeed(await layers.DeactivateLayer(info, scratch));
      succeed(await layers.DestroyLayer(info, scratch));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function succeed({ hresult }: { readonly hresult: number }): void {
  if (hresult !== 0) throw new Error(`a layer function answered 0x${hresult.toString(16)}`);
}
