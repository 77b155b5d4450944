import { FileAttribute } from "@oriel/backup-stream";
import { InvalidArgumentError } from "@oriel/contracts";
import { parseEntryName } from "./entry-name.ts";
import type { DirectoryEntry, FileEntry, LayerTarContent, LayerTarEntry, LinkEntry } from "./layer-tar-entry.ts";
import { opaqueName, paxKeys, whiteoutPrefix } from "./layer-tar-keys.ts";
import { encodePaxRecords } from "./tar/pax-records.ts";
import { formatPaxTime } from "./tar/pax-time.ts";
import { encodeTarHeader, fitsHeader, MAX_OCTAL } from "./tar/tar-header.ts";
import { BLOCK_SIZE, paddingOf, quoteName } from "./tar/tar-member.ts";

const op = "layer-tar.write";
const BILLION = 1_000_000_000n;

/** Type bits of a mode; a Windows layer has no permissions in it. */
const mode = { directory: 0o040000, file: 0o100000, link: 0o120000, hardLink: 0o644, none: 0 } as const;

/** A header as it is to stand in the tar. */
interface Member {
  readonly name: string;
  readonly flag: "0" | "1" | "2" | "5";
  readonly mode: number;
  readonly size: number;
  readonly linkName: string;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  readonly records: ReadonlyMap<string, string>;
}

/**
 * The layer tar of these entries, piece by piece as it is read: `Readable.from(writeLayerTar(entries))` is a stream with
 * back-pressure. Entries stay in the order given; the same entries give the same bytes.
 *
 * @throws InvalidArgumentError naming the entry, for a name that a layer cannot have, for content of another size than
 *   its entry says, and for a stream that does not follow its file.
 */
export async function* writeLayerTar(
  entries: Iterable<LayerTarEntry> | AsyncIterable<LayerTarEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let current: { readonly path: string; readonly times: bigint } | undefined;
  for await (const entry of entries) {
    const parsed = parseEntryName(entry.name);
    if (parsed === undefined) throw fault(entry.name, "names the root of the tar");
    if (entry.kind === "stream") {
      if (parsed.stream === undefined) throw fault(entry.name, "names no stream; it must read file:stream");
      if (parsed.path !== current?.path) throw fault(entry.name, "must follow the file or directory that the stream belongs to");
      const name = `${parsed.path}:${parsed.stream}`;
      yield* encodeMember({
        name,
        flag: "0",
        mode: mode.file,
        size: entry.size,
        linkName: "",
        modified: current.times,
        records: new Map(),
      });
      yield* encodeContent(name, entry.size, entry.content);
      continue;
    }
    if (parsed.stream !== undefined) throw fault(entry.name, "has a colon in it, but is no stream");
    if (entry.kind !== "opaque" && parsed.parts.at(-1)?.startsWith(whiteoutPrefix) === true) {
      throw fault(entry.name, `has a name that begins with '${whiteoutPrefix}', which in a layer tar says that a file is gone`);
    }
    const member = toMember(entry, parsed.path);
    yield* encodeMember(member);
    if (entry.kind === "file") yield* encodeContent(parsed.path, entry.size, entry.content);
    current = "times" in entry ? { path: parsed.path, times: member.modified } : undefined;
  }
  yield Buffer.alloc(2 * BLOCK_SIZE);
}

function toMember(entry: Exclude<LayerTarEntry, { kind: "stream" }>, path: string): Member {
  const bare = { name: path, size: 0, linkName: "", modified: 0n, records: new Map<string, string>() };
  switch (entry.kind) {
    case "whiteout":
      return { ...bare, name: whiteoutName(path), flag: "0", mode: mode.none };
    case "opaque":
      return { ...bare, name: `${path}/${opaqueName}`, flag: "0", mode: mode.none };
    case "hardlink": {
      const target = parseEntryName(entry.target);
      if (target === undefined || target.stream !== undefined)
        throw fault(entry.name, `links to ${quoteName(entry.target)}, which is no file`);
      return { ...bare, flag: "1", mode: mode.hardLink, linkName: target.path };
    }
    case "directory":
      return {
        ...bare,
        flag: "5",
        mode: mode.directory,
        modified: entry.times.lastWrite,
        records: describe(entry, FileAttribute.Directory),
      };
    case "file":
      if (!Number.isSafeInteger(entry.size) || entry.size < 0) throw fault(entry.name, `has the size ${entry.size}`);
      return {
        ...bare,
        flag: "0",
        mode: mode.file,
        size: entry.size,
        modified: entry.times.lastWrite,
        records: describe(entry, FileAttribute.Archive),
      };
    default: {
      const records = describe(entry, FileAttribute.ReparsePoint);
      if (entry.kind === "mount-point") records.set(paxKeys.mountPoint, "1");
      return { ...bare, flag: "2", mode: mode.link, linkName: entry.target, modified: entry.times.lastWrite, records };
    }
  }
}

function whiteoutName(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === -1) throw fault(path, "cannot be taken away: it is the root of the layer");
  return `${path.slice(0, slash + 1)}${whiteoutPrefix}${path.slice(slash + 1)}`;
}

function describe(entry: DirectoryEntry | FileEntry | LinkEntry, defaultAttributes: number): Map<string, string> {
  const { times, attributes = defaultAttributes, securityDescriptor, extendedAttributes = [] } = entry;
  const records = new Map([
    ["atime", formatPaxTime(times.lastAccess ?? times.lastWrite)],
    ["ctime", formatPaxTime(times.change ?? times.lastWrite)],
    [paxKeys.creation, formatPaxTime(times.creation ?? times.lastWrite)],
    [paxKeys.attributes, String(attributes)],
  ]);
  if (securityDescriptor !== undefined) records.set(paxKeys.securityDescriptor, Buffer.from(securityDescriptor).toString("base64"));
  for (const { name, value } of extendedAttributes) {
    if (name === "" || name.includes("=")) throw fault(entry.name, `has an extended attribute '${name}' that no PAX key can name`);
    records.set(`${paxKeys.extendedAttribute}${name}`, Buffer.from(value).toString("base64"));
  }
  return records;
}

/** The header block, and before it the PAX records that it needs, sorted by key. */
function* encodeMember(member: Member): Generator<Uint8Array> {
  const records = new Map(member.records);
  const seconds = member.modified / BILLION;
  const wholeTime = member.modified >= 0n && member.modified % BILLION === 0n && seconds <= BigInt(MAX_OCTAL);
  if (!wholeTime) records.set("mtime", formatPaxTime(member.modified));
  if (!fitsHeader(member.name)) records.set("path", member.name);
  if (!fitsHeader(member.linkName)) records.set("linkpath", member.linkName);
  if (member.size > MAX_OCTAL) records.set("size", String(member.size));
  const modified = member.modified >= 0n && seconds <= BigInt(MAX_OCTAL) ? Number(seconds) : 0;
  if (records.size > 0) {
    const sorted = new Map([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
    const body = encodePaxRecords(sorted);
    const name = `PaxHeaders.0/${printable(member.name.slice(member.name.lastIndexOf("/") + 1))}`;
    yield encodeTarHeader({ name, mode: 0o644, size: body.length, modified, flag: "x", linkName: "" });
    yield body;
    yield Buffer.alloc(paddingOf(body.length));
  }
  const size = member.size > MAX_OCTAL ? 0 : member.size;
  const fields = { mode: member.mode, size, modified, flag: member.flag };
  yield encodeTarHeader({ ...fields, name: printable(member.name), linkName: printable(member.linkName) });
}

async function* encodeContent(name: string, size: number, content: LayerTarContent): AsyncGenerator<Uint8Array, void, undefined> {
  let written = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    written += piece.length;
    if (written > size) throw fault(name, `has more content than the ${size} bytes of its size`);
    if (piece.length > 0) yield piece;
  }
  if (written < size) throw fault(name, `has ${written} bytes of content, its size says ${size}`);
  const padding = paddingOf(size);
  if (padding > 0) yield Buffer.alloc(padding);
}

/** What readers without PAX show. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "_");
}

function fault(name: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`cannot write the layer tar: the entry ${quoteName(name)} ${what}`, { op, resource: name });
}
