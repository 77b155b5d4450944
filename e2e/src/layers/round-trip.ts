/** Makes a layer of a tar, a tar of that layer, and the same again of that tar. Runs in node.exe and on Linux alike. */
import { createReadStream, createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { LayerDescriptor, RawHcs } from "../../../packages/contracts/src/index.ts";
import { hresultError } from "../../../packages/hcs-bindings/src/index.ts";
import { exportLayerTar, importLayerTar } from "../../../packages/layer-tar/src/index.ts";

const driver = { flavour: 1, homeDir: "" } as const;

/**
 * Leaves `once.tar` in `results`, and `twice.tar` where it is done again.
 * @param folder for the layers
 * @param tars of a layer and of those below it, base first
 */
export async function roundTrip(raw: RawHcs, folder: string, tars: readonly string[], results: string, again = true): Promise<void> {
  const options = (name: string, parents: readonly LayerDescriptor[]) => ({
    raw,
    callError: hresultError,
    folder: path.join(folder, name),
    parents,
    staging: path.join(folder, `${name}-staging`),
  });
  const make = async (name: string, parents: readonly LayerDescriptor[], tar: string): Promise<LayerDescriptor> => {
    const { folder: layer } = options(name, parents);
    const { hresult } = await raw.layers.CreateLayer(driver, layer, "");
    if (hresult !== 0) throw hresultError({ op: "CreateLayer", hresult, resource: layer, subject: "layer" });
    await importLayerTar({ ...options(name, parents), tar: createReadStream(tar) });
    return { layerId: (await raw.layers.NameToGuid(name)).guid, flags: 0, path: layer };
  };
  const save = async (name: string, parents: readonly LayerDescriptor[], tar: string): Promise<void> => {
    await pipeline(Readable.from(exportLayerTar(options(name, parents))), createWriteStream(tar));
  };
  const below: LayerDescriptor[] = [];
  for (const [index, tar] of tars.slice(0, -1).entries()) below.unshift(await make(`below-${index}`, [...below], tar));
  const [once, twice] = [path.join(results, "once.tar"), path.join(results, "twice.tar")];
  await make("layer", below, tars.at(-1) ?? "");
  await save("layer", below, once);
  if (!again) return;
  await make("copy", below, once);
  await save("copy", below, twice);
}
