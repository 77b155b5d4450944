/** What a layer tar says, in a form in which two can be compared whatever the order of their entries. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { encodeSddl } from "../../../packages/backup-stream/src/index.ts";
import {
  type DirectoryEntry,
  type FileEntry,
  type LayerTarContent,
  type LinkEntry,
  readLayerTar,
} from "../../../packages/layer-tar/src/index.ts";

export interface DescribedTar {
  /** Everything but names of files with several: by name, in order. Streams are part of their file. */
  readonly files: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Names of one file, for each that has several. */
  readonly links: readonly (readonly string[])[];
  /** Names taken away. */
  readonly gone: readonly string[];
}

/** BuildKit's, for files of which a tar says nothing. */
const ofDirectory =
  "O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)";
const ofFile = "O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)";

/** Hives are left out: a base layer has them as files below `Files` too, and gives those out. */
export async function describeTar(tar: string): Promise<DescribedTar> {
  const files = new Map<string, Record<string, unknown>>();
  const names = new Map<string, string[]>();
  const gone: string[] = [];
  for await (const entry of readLayerTar(createReadStream(tar))) {
    if (entry.name === "Hives" || entry.name.startsWith("Hives/")) continue;
    if ("times" in entry) files.set(entry.name, await describe(entry));
    else if (entry.kind === "hardlink") {
      files.set(entry.name, files.get(entry.target) ?? {});
      const known = names.get(entry.target) ?? [entry.target];
      known.push(entry.name);
      names.set(entry.name, known).set(entry.target, known);
    } else if (entry.kind === "stream") {
      const colon = entry.name.indexOf(":");
      const file = files.get(entry.name.slice(0, colon)) ?? {};
      file[`stream ${entry.name.slice(colon + 1)}`] = await digestOf(entry.content);
    } else gone.push(entry.kind === "opaque" ? `${entry.name}/*` : entry.name);
  }
  const links = [...new Set(names.values())].map((each) => each.toSorted()).sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), links, gone: gone.sort() };
}

async function describe(entry: DirectoryEntry | FileEntry | LinkEntry): Promise<Record<string, unknown>> {
  const { kind, times, attributes = 0, securityDescriptor, extendedAttributes = [] } = entry;
  return {
    kind,
    attributes,
    // Windows counts in steps of 100 ns.
    times: Object.fromEntries(Object.entries(times).map(([key, value]) => [key, value - (((value % 100n) + 100n) % 100n)])),
    security: Buffer.from(securityDescriptor ?? encodeSddl((attributes & 0x10) === 0 ? ofFile : ofDirectory)).toString("hex"),
    extendedAttributes: Object.fromEntries(extendedAttributes.map(({ name, value }) => [name, Buffer.from(value).toString("hex")])),
    ...("target" in entry ? { target: entry.target } : {}),
    ...("content" in entry ? { size: entry.size, content: await digestOf(entry.content) } : {}),
  };
}

async function digestOf(content: LayerTarContent): Promise<string> {
  const hash = createHash("sha256");
  if (content instanceof Uint8Array) hash.update(content);
  else for await (const piece of content) hash.update(piece);
  return hash.digest("hex");
}
