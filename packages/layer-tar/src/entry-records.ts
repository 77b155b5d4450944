import { type ExtendedAttribute, encodeSddl, FileAttribute, filetimeFromUnixNanoseconds } from "@oriel/backup-stream";
import { isOrielError } from "@oriel/contracts";
import type { LayerTarTimes } from "./layer-tar-entry.ts";
import { paxKeys } from "./layer-tar-keys.ts";
import { parsePaxTime } from "./tar/pax-time.ts";
import { malformedTar, type TarMember } from "./tar/tar-member.ts";

/** Largest FILETIME that Windows accepts. */
const MAX_FILETIME = 2n ** 63n - 1n;

/** @throws InvalidArgumentError for what is no number of 32 bits, and for a file with the attribute of directories. */
export function decodeAttributes(member: TarMember): number {
  const own = member.type === "directory" ? FileAttribute.Directory : member.type === "symlink" ? FileAttribute.ReparsePoint : 0;
  const text = member.pax.get(paxKeys.attributes);
  if (text === undefined) return own || FileAttribute.Archive;
  const attributes = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(attributes <= 0xffffffff))
    throw malformedTar(`has the attributes '${text.slice(0, 40)}', which are no number of 32 bits`, member.name);
  if (member.type === "file" && (attributes & FileAttribute.Directory) !== 0) {
    throw malformedTar("is a file, but has the attribute of a directory", member.name);
  }
  return (attributes | own) >>> 0;
}

/** @throws InvalidArgumentError for what is no time, and for times that Windows does not have. */
export function decodeTimes(member: TarMember): Required<LayerTarTimes> {
  const lastWrite = checkRange(member, "mtime", member.modified);
  const read = (key: string): bigint => {
    const text = member.pax.get(key);
    if (!text) return lastWrite;
    const time = parsePaxTime(text);
    if (time === undefined) throw malformedTar(`has a ${key} that is no time: '${text.slice(0, 40)}'`, member.name);
    return checkRange(member, key, time);
  };
  return { lastWrite, lastAccess: read("atime"), change: read("ctime"), creation: read(paxKeys.creation) };
}

function checkRange(member: TarMember, key: string, time: bigint): bigint {
  const filetime = filetimeFromUnixNanoseconds(time);
  if (filetime < 0n || filetime > MAX_FILETIME) throw malformedTar(`has a ${key} before 1601 or after 30828`, member.name);
  return time;
}

/** @throws InvalidArgumentError for what is not base64, and for words that are no security descriptor. */
export function decodeSecurityDescriptor(member: TarMember): Uint8Array | undefined {
  const encoded = member.pax.get(paxKeys.securityDescriptor);
  if (encoded !== undefined) return decodeBase64(member, paxKeys.securityDescriptor, encoded);
  const words = member.pax.get(paxKeys.securityText);
  if (words === undefined) return undefined;
  try {
    return encodeSddl(words);
  } catch (error) {
    if (isOrielError(error, "InvalidArgument"))
      throw malformedTar(`has a record ${paxKeys.securityText} that is not understood: ${error.message}`, member.name);
    throw error;
  }
}

export function decodeExtendedAttributeRecords(member: TarMember): ExtendedAttribute[] {
  return [...member.pax]
    .filter(([key]) => key.startsWith(paxKeys.extendedAttribute))
    .map(([key, value]) => ({ name: key.slice(paxKeys.extendedAttribute.length), value: decodeBase64(member, key, value) }));
}

function decodeBase64(member: TarMember, key: string, text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw malformedTar(`has a record ${key.slice(0, 80)} that is not base64`, member.name);
  return Buffer.from(text, "base64");
}
