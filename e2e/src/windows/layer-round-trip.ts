/** Layers with all that Windows keeps of files, made of tars and made tars of again. Runs in node.exe and on Linux alike. */
import path from "node:path";
import type { LayerDescriptor, RawHcs } from "../../../packages/contracts/src/index.ts";
import { hresultError } from "../../../packages/hcs-bindings/src/index.ts";
import { exportLayerTar, importLayerTar, type LayerTarEntry, writeLayerTar } from "../../../packages/layer-tar/src/index.ts";
import { directory, file, security, stream, time } from "../layers/layer-entries.ts";

const base: readonly LayerTarEntry[] = [
  directory("Files", 1),
  directory("Files/Windows", 2),
  directory("Files/Windows/System32", 3),
  directory("Files/Windows/System32/config", 4),
  ...["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"].map((hive) => file(`Files/Windows/System32/config/${hive}`, `hive ${hive}`)),
  directory("Files/data", 5),
  file("Files/data/changed.txt", "before"),
  file("Files/data/empty", ""),
  file("Files/data/gone.txt", "gone"),
  file("Files/data/hidden.txt", "hidden", {
    attributes: 0x23,
    extendedAttributes: [{ name: "$ORIEL", value: Buffer.from([1, 2, 0]) }],
  } as Partial<LayerTarEntry>),
  stream("Files/data/hidden.txt:Zone.Identifier", "[ZoneTransfer]\r\nZoneId=3\r\n"),
  { kind: "hardlink", name: "Files/data/second-name.txt", target: "Files/data/changed.txt" },
  {
    kind: "symlink",
    name: "Files/data/to-changed",
    times: time(8),
    attributes: 0x400,
    securityDescriptor: security(1),
    target: "changed.txt",
  },
  {
    kind: "mount-point",
    name: "Files/data/to-windows",
    times: time(9),
    attributes: 0x410,
    securityDescriptor: security(0),
    target: "C:\\Windows",
  },
  directory("Files/old", 6),
  file("Files/old/inside.txt", "inside"),
];

const upper: readonly LayerTarEntry[] = [
  directory("Files", 11),
  directory("Files/data", 12),
  file("Files/data/changed.txt", "after", { attributes: 0x22 } as Partial<LayerTarEntry>),
  stream("Files/data/changed.txt:note", "of the second layer"),
  { kind: "whiteout", name: "Files/data/gone.txt" },
  directory("Files/new", 13),
  file("Files/new/Ärger 日本語.txt", "neu"),
  { kind: "whiteout", name: "Files/old" },
  directory("Hives", 14),
];

export interface RoundTripTars {
  readonly base: Uint8Array;
  readonly upper: Uint8Array;
}

/** Imports two layers into `folder`, one on the other, and exports them again. */
export async function roundTripLayers(raw: RawHcs, folder: string): Promise<RoundTripTars> {
  const at = (name: string): string => path.join(folder, name);
  const options = (name: string, parents: readonly LayerDescriptor[]) => ({
    raw,
    callError: hresultError,
    folder: at(name),
    parents,
    staging: at(`${name}-staging`),
  });
  const make = async (name: string, parents: readonly LayerDescriptor[], entries: readonly LayerTarEntry[]): Promise<void> => {
    const { hresult } = await raw.layers.CreateLayer({ flavour: 1, homeDir: "" }, at(name), "");
    if (hresult !== 0) throw hresultError({ op: "CreateLayer", hresult, resource: at(name), subject: "layer" });
    await importLayerTar({ ...options(name, parents), tar: writeLayerTar(entries) });
  };
  const collect = async (name: string, parents: readonly LayerDescriptor[]): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of exportLayerTar(options(name, parents))) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  };
  await make("base", [], base);
  const below = [{ layerId: (await raw.layers.NameToGuid("base")).guid, flags: 0, path: at("base") }];
  await make("upper", below, upper);
  return { base: await collect("base", []), upper: await collect("upper", below) };
}
