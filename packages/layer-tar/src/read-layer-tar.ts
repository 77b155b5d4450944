import { foldName } from "@oriel/contracts";
import { type EntryName, parseEntryName } from "./entry-name.ts";
import { decodeAttributes, decodeExtendedAttributeRecords, decodeSecurityDescriptor, decodeTimes } from "./entry-records.ts";
import type { LayerTarEntry } from "./layer-tar-entry.ts";
import { opaqueName, paxKeys, whiteoutPrefix } from "./layer-tar-keys.ts";
import { malformedTar, quoteName, type TarMember } from "./tar/tar-member.ts";
import { readTar } from "./tar/tar-reader.ts";

/**
 * The entries of an uncompressed Windows layer tar, in its order. Names are normalised and known to be harmless; the
 * content of an entry must be read before the next is asked for, what is left is skipped. The stream is read to its end,
 * or told that no more is wanted, whatever happens.
 *
 * @throws InvalidArgumentError for a tar that is torn or malformed, and for names and records that no layer can have,
 *   naming the entry.
 */
export async function* readLayerTar(tar: AsyncIterable<Uint8Array>): AsyncGenerator<LayerTarEntry, void, undefined> {
  let current: string | undefined;
  for await (const member of readTar(tar)) {
    const name = parseEntryName(member.name);
    if (name === undefined) {
      if (member.type !== "directory") throw malformedTar("stands for the root of the tar and is no directory", member.name);
      continue;
    }
    const entry = toEntry(member, name);
    if (entry.kind === "stream") {
      if (foldName(name.path) !== current) throw malformedTar("is a stream that does not follow its file", member.name);
    } else current = "times" in entry ? foldName(name.path) : undefined;
    yield entry;
  }
}

function toEntry(member: TarMember, name: EntryName): LayerTarEntry {
  const last = name.parts.at(-1) ?? "";
  if (last.startsWith(whiteoutPrefix)) return toWhiteout(member, name, last);
  if (name.stream !== undefined) {
    if (member.type !== "file") throw malformedTar("has the name of a stream, but is no file", member.name);
    return { kind: "stream", name: `${name.path}:${name.stream}`, size: member.size, content: member.content };
  }
  switch (member.type) {
    case "directory":
      return { kind: "directory", ...describe(member, name) };
    case "file":
      return { kind: "file", ...describe(member, name), size: member.size, content: member.content };
    case "symlink": {
      // An empty target is taken: exporters write one for links whose print name is empty.
      const kind = member.pax.has(paxKeys.mountPoint) ? "mount-point" : "symlink";
      return { kind, ...describe(member, name), target: member.linkName.replaceAll("/", "\\") };
    }
    case "hardlink": {
      const target = parseLinkTarget(member);
      return { kind: "hardlink", name: name.path, target: target.path };
    }
    default:
      throw malformedTar("is a device, a pipe or of a kind that no layer can hold", member.name);
  }
}

function describe(member: TarMember, name: EntryName) {
  const securityDescriptor = decodeSecurityDescriptor(member);
  return {
    name: name.path,
    attributes: decodeAttributes(member),
    times: decodeTimes(member),
    extendedAttributes: decodeExtendedAttributeRecords(member),
    securityDescriptor,
  };
}

function parseLinkTarget(member: TarMember): EntryName {
  const target = tryParse(member.linkName);
  if (target === undefined) {
    throw malformedTar(`is a hard link to ${quoteName(member.linkName)}, which cannot be a file of a layer`, member.name);
  }
  return target;
}

/** undefined for a name that no file of a layer can have: the fault is that of the entry which it belongs to. */
function tryParse(name: string): EntryName | undefined {
  try {
    const parsed = parseEntryName(name);
    return parsed?.stream === undefined ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function toWhiteout(member: TarMember, name: EntryName, last: string): LayerTarEntry {
  const folder = name.parts.slice(0, -1).join("/");
  if (member.type !== "file" || name.stream !== undefined) throw malformedTar("has the name of a whiteout, but is no file", member.name);
  if (last === opaqueName) return { kind: "opaque", name: folder };
  const gone = last.slice(whiteoutPrefix.length);
  const empty = gone === "" || gone === "." || gone.startsWith(whiteoutPrefix);
  if (empty || tryParse(`${folder}/${gone}`) === undefined) throw malformedTar("is a whiteout of what cannot be in a layer", member.name);
  return { kind: "whiteout", name: `${folder}/${gone}` };
}
