import type { LayerDescriptor, RawHcs } from "@oriel/contracts";
import { hresultError } from "@oriel/hcs-bindings";
import { importLayerTar, type LayerTarEntry, writeLayerTar } from "@oriel/layer-tar";

/** A layer with one file and a link to it, written as a tar and made into a layer at `folder`. */
export async function makeLayer(raw: RawHcs, folder: string, parents: readonly LayerDescriptor[]): Promise<number> {
  const times = { lastWrite: 1_700_000_000_000_000_000n };
  const text = Buffer.from("hello");
  const entries: LayerTarEntry[] = [
    { kind: "directory", name: "Files", times },
    { kind: "directory", name: "Hives", times },
    { kind: "file", name: "Files/hello.txt", times, size: text.length, content: text },
    { kind: "symlink", name: "Files/link.txt", times, target: "hello.txt" },
  ];
  await raw.layers.CreateLayer({ flavour: 1, homeDir: "" }, folder, "");
  const { size } = await importLayerTar({
    tar: writeLayerTar(entries),
    raw,
    callError: hresultError,
    folder,
    parents,
    staging: `${folder}-staging`,
  });
  return size;
}
