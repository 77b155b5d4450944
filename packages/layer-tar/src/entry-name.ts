import { foldName } from "@oriel/contracts";
import { malformedTar } from "./tar/tar-member.ts";

/** The folders that a layer has; everything in a layer tar lies in one of them. */
export const layerAreas = ["Files", "Hives", "UtilityVM"] as const;

/** A name inside a layer, known to be harmless. */
export interface EntryName {
  /** With `/`, without a closing one, the first part spelled as Windows does: `Files/Windows/notepad.exe`. */
  readonly path: string;
  readonly parts: readonly string[];
  /** `Zone.Identifier` of `Files/a.txt:Zone.Identifier`. */
  readonly stream: string | undefined;
}

/** Longest part of a path, in UTF-16 units (NTFS). */
const MAX_PART = 255;
/** Longest path, in UTF-16 units (Microsoft: "Maximum Path Length Limitation"), less room for the layer's own folder. */
const MAX_NAME = 32_000;
/** Deeper than any real image; walking a folder a thousand levels deep is slow for everyone. */
const MAX_DEPTH = 512;

/**
 * Device names that Windows finds in every folder, whatever the extension (Microsoft: "Naming Files, Paths, and
 * Namespaces"). A file of such a name cannot be opened or deleted by ordinary programs.
 */
const deviceName = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])$/;

/** Where the transport format keeps what belongs to a directory: `X.$wcidirs$` beside `X`. */
export const directoryMarker = ".$wcidirs$";

/**
 * Takes a name from a tar apart. `./` before it and a closing `/` are allowed, and `\` counts as `/`.
 *
 * @returns undefined for the tar's own root (`./`).
 * @throws InvalidArgumentError naming the entry, for every name that could leave the layer, that means a device, that
 *   NTFS cannot hold, or that the layer's own bookkeeping uses.
 */
export function parseEntryName(name: string): EntryName | undefined {
  const refuse = (what: string) => malformedTar(what, name);
  if (name.length > MAX_NAME) throw refuse(`has a name of ${name.length} characters; Windows allows ${MAX_NAME} in a layer`);
  if (name.includes("\0")) throw refuse("has NUL in its name");
  const slashed = name.replaceAll("\\", "/");
  if (slashed.startsWith("/")) throw refuse("has an absolute name");
  if (/^[A-Za-z]:/.test(slashed)) throw refuse("has a name with a drive letter");
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  if (parts.length > MAX_DEPTH) throw refuse(`lies ${parts.length} folders deep; at most ${MAX_DEPTH} are allowed`);
  const { file, stream } = splitStream(last, refuse);
  parts[parts.length - 1] = file;
  for (const part of parts) {
    const fault = findFault(part);
    if (fault !== undefined) throw refuse(fault);
  }
  const area = layerAreas.find((known) => foldName(known) === foldName(parts[0] ?? ""));
  if (area === undefined) throw refuse(`lies outside ${layerAreas.join("/, ")}/`);
  parts[0] = area;
  return { path: parts.join("/"), parts, stream };
}

/** Whether this name is `folder` or below it; both with `/`, both in the same case. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** A stream can stand in the last part only; its type, where given, is `$DATA`. */
function splitStream(part: string, refuse: (what: string) => Error): { file: string; stream: string | undefined } {
  const colon = part.indexOf(":");
  if (colon === -1) return { file: part, stream: undefined };
  const stream = part.slice(colon + 1).replace(/:\$DATA$/i, "");
  if (stream === "" || stream.includes(":")) throw refuse("has a name with a colon that names no data stream");
  const fault = findFault(stream, "stream");
  if (fault !== undefined) throw refuse(fault);
  return { file: part.slice(0, colon), stream };
}

function findFault(part: string, what: "path" | "stream" = "path"): string | undefined {
  if (part === "..") return "has a name with '..' in it";
  if (part.length > MAX_PART) return `has a name with a part of ${part.length} characters; NTFS allows ${MAX_PART}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f<>:"|?*]/.test(part)) return 'has a name with a control character or one of < > : " | ? *';
  if (/\p{Surrogate}/u.test(part)) return "has a name with half a surrogate pair";
  if (what === "stream") return undefined;
  if (part === "" || /[. ]$/.test(part)) return "has a name with a part that is empty or ends with a dot or a space";
  const folded = foldName(part);
  if (deviceName.test(folded.split(".", 1)[0]?.trimEnd() ?? "")) return `has a name with the device name '${part}' in it`;
  if (folded.endsWith(foldName(directoryMarker))) return `has a name that ends with ${directoryMarker}, which layers use themselves`;
  return undefined;
}
