import { createHash } from "node:crypto";
import path from "node:path";
import { UnavailableError } from "@oriel/contracts";

/** A base image that the host itself keeps, shared by all who use containers on it. */
export interface CustomImageInfo {
  /** 64 hexadecimal digits, always the same for the same folder. */
  readonly id: string;
  readonly name: string;
  /** `10.0.14393.206` */
  readonly version: string;
  /** The same without its fourth part, which does not matter to what runs on what; absent where there are not four. */
  readonly osVersion?: string;
  /** What a host must have to run it: all but nanoserver need `win32k`. */
  readonly osFeatures: readonly string[];
  /** Where the host keeps it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly created: Date;
}

/**
 * The images of the host's list, as GetBaseImages answers it: `{"Images":[{Name, Version, Path, Size, CreatedTime}]}`.
 * @throws UnavailableError for an answer that is none.
 */
export function parseBaseImages(json: string | null): CustomImageInfo[] {
  if (json === null || json === "") return [];
  let list: unknown;
  try {
    list = (JSON.parse(json) as { Images?: unknown }).Images ?? [];
  } catch (cause) {
    throw unreadable("it is no JSON", cause);
  }
  if (!Array.isArray(list)) throw unreadable("its Images are no list");
  return list.map((entry: unknown, index) => toInfo(entry, index));
}

/** The layer id of a shared base image: the first 32 bytes of its folder name's SHA-384, as Docker has it. */
export function baseImageId(folderName: string): string {
  return createHash("sha384").update(folderName).digest("hex").slice(0, 64);
}

function toInfo(entry: unknown, index: number): CustomImageInfo {
  const { Name, Version, Path, Size, CreatedTime } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  if (typeof Name !== "string" || typeof Path !== "string" || Path === "")
    throw unreadable(`its image ${index + 1} lacks a name or a path`);
  const version = typeof Version === "string" ? Version : "";
  const parts = version.split(".");
  const created = new Date(typeof CreatedTime === "string" ? CreatedTime : Number.NaN);
  return {
    id: baseImageId(folderNameOf(Path)),
    name: Name,
    version,
    ...(parts.length === 4 ? { osVersion: parts.slice(0, 3).join(".") } : {}),
    osFeatures: Name.toLowerCase() === "nanoserver" ? [] : ["win32k"],
    path: Path,
    size: typeof Size === "number" ? Size : 0,
    created: Number.isNaN(created.getTime()) ? new Date(0) : created,
  };
}

/** Windows takes either slash. */
export function folderNameOf(imagePath: string): string {
  return path.win32.basename(imagePath);
}

function unreadable(what: string, cause?: unknown): UnavailableError {
  return new UnavailableError(`the host's list of base images cannot be read: ${what}`, { op: "GetBaseImages", cause });
}
