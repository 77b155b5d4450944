import { InvalidArgumentError } from "@oriel/contracts";
import { isPipePath } from "@oriel/oci-spec";
import { bindSourceOf, destinationOf, isDestination, isHostPath, isSystemDrive } from "./mount-paths.ts";
import type { AskedMount } from "./mount-point.ts";
import { isReservedName, reservedName } from "./volume-name.ts";

const op = "container.create";

/** The destination begins at a drive letter or a pipe prefix; what stands before it is the source, whatever host it is of. */
const bindPattern =
  /^(?:(?<source>.+?):)?(?<destination>(?:\\\\\?\\)?[a-z]:(?:[\\/].*?)?|[\\/]{2}\.[\\/]pipe[\\/].+?)(?::(?<mode>ro|rw))?$/i;

/** What may be the name of a volume; what is wrong with one is said when it is made. */
const volumeName = /^[^\\/:*?"<>|\r\n]+$/;

/**
 * Reads `[source:]destination[:ro|rw]`: a folder or pipe of the host, a volume by its name, or, without a source, a volume that
 * nobody has named. Paths of Windows and names come out in lower case, as they have none there.
 * @param driver of volumes, where one was asked for
 * @throws InvalidArgumentError in dockerd's words
 */
export function parseBind(given: string, driver?: string): AskedMount {
  const { source = "", destination = "", mode } = bindPattern.exec(given)?.groups ?? {};
  if (!isDestination(destination) || (source === "" && mode !== undefined)) throw invalid(given);
  const readOnly = mode?.toLowerCase() === "ro";
  const type = typeOf(source);
  if (type === undefined)
    throw invalid(given, undefined, "the source must be an absolute path of the host, a pipe, or the name of a volume");
  const place = destinationOf(destination).toLowerCase();
  if (isSystemDrive(destination)) {
    const asWritten = destination.replaceAll("/", "\\").toLowerCase();
    throw invalid(given, `invalid mount config for type "${type}": destination path cannot be \`c:\` or \`c:\\\`: ${asWritten}`);
  }
  if (type === "npipe" && !isPipePath(place)) {
    throw invalid(given, `invalid mount config for type "npipe": '${place}' is not a valid pipe path`);
  }
  if (type !== "npipe" && isPipePath(place))
    throw invalid(given, `invalid mount config for type "${type}": a folder cannot be mounted at a pipe`);
  if (type !== "volume") return { type, source: bindSourceOf(source), destination: place, readOnly, given };
  if (isReservedName(source)) throw invalid(given, `invalid mount config for type "volume": ${reservedName(source.toLowerCase())}`);
  const volume = { name: source.toLowerCase(), ...(driver ? { driver } : {}) };
  return { type, source: "", destination: place, readOnly, given, volume };
}

function typeOf(source: string): AskedMount["type"] | undefined {
  if (isPipePath(source)) return "npipe";
  if (isHostPath(source)) return "bind";
  return source === "" || volumeName.test(source) ? "volume" : undefined;
}

function invalid(given: string, why?: string, remedy?: string): InvalidArgumentError {
  const message = `invalid volume specification: '${given}'${why === undefined ? "" : `: ${why}`}`;
  return new InvalidArgumentError(message, { op, resource: given, remedy });
}
