import { InvalidArgumentError } from "@oriel/contracts";

const block = 512;
const whiteoutPrefix = ".wh.";

/** What the fake storage keeps of a layer. */
export interface FakeLayerContent {
  /** Sum of the sizes of all files, bytes. */
  readonly size: number;
  /** Text of the files below `Files/`, by name; `null` for a whiteout. */
  readonly files: Map<string, string | null>;
}

/** @throws InvalidArgumentError for a tar that is torn. */
export function readFakeLayer(tar: Buffer): FakeLayerContent {
  const files = new Map<string, string | null>();
  let total = 0;
  let longName: string | undefined;
  for (let offset = 0; offset < tar.length; ) {
    const header = tar.subarray(offset, offset + block);
    if (header.length < block) throw torn(offset);
    if (header.every((byte) => byte === 0)) break;
    if (header.toString("latin1", 257, 262) !== "ustar") throw torn(offset);
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8) || 0;
    const content = tar.subarray(offset + block, offset + block + size);
    offset += block + Math.ceil(size / block) * block;
    if (offset > tar.length) throw torn(offset);
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "x") {
      longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString("utf8"))?.[1];
      continue;
    }
    const name = longName ?? header.toString("utf8", 0, 100).replace(/\0.*$/s, "");
    longName = undefined;
    if (type !== "0" && type !== "\0") continue;
    total += size;
    if (name.startsWith("Files/")) record(files, name.slice("Files/".length), content);
  }
  return { size: total, files };
}

function record(files: Map<string, string | null>, name: string, content: Buffer): void {
  const slash = name.lastIndexOf("/") + 1;
  const last = name.slice(slash);
  if (last.startsWith(whiteoutPrefix)) files.set(`${name.slice(0, slash)}${last.slice(whiteoutPrefix.length)}`, null);
  else files.set(name, content.toString("utf8"));
}

function torn(offset: number): InvalidArgumentError {
  return new InvalidArgumentError(`the tar is torn at byte ${offset}`, { op: "layer.apply" });
}
