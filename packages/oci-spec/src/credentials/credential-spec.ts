import { isOrielError, type OrielError } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";
import { credentialSpecSegments, isInside, joinBelow, shownLocation } from "./credential-spec-path.ts";
import { parseSecurityOptions, unknownCredentialSpec } from "./security-options.ts";

/** The key under HKEY_LOCAL_MACHINE that holds credential specs, one value each. */
export const credentialSpecRegistryKey = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\Containers\\CredentialSpecs";

/** Where credential specs are looked up. Give what the host has; a kind without its look-up is refused. */
export interface CredentialSpecLookups {
  readonly files?: CredentialSpecFiles;
  /** The string value `name` of the key {@link credentialSpecRegistryKey}; undefined when there is none. */
  readonly registryValue?: (name: string) => Promise<string | undefined>;
  /** The data of a swarm config; undefined when there is none. Absent for a container that no swarm manages. */
  readonly config?: (id: string) => Promise<string | undefined>;
}

/** The folder of credential spec files. */
export interface CredentialSpecFiles {
  /** Absolute path of the folder `CredentialSpecs` in the daemon's root, in the host's own form. */
  readonly folder: string;
  /** The path with every link and junction resolved, in the case that is on the disk; undefined when it does not exist. */
  realPath(path: string): Promise<string | undefined>;
  /** The text of a file. */
  readFile(path: string): Promise<string>;
}

/**
 * The text of the credential spec that the security options name, or undefined without one. Call it when the container
 * is made, so that a mistake shows early, and again when it is started.
 * @throws InvalidArgumentError for a malformed option, one that names nothing, a file outside the folder, or a text that is
 *   not a JSON object.
 */
export async function resolveCredentialSpec(
  containerId: string,
  securityOptions: readonly string[] | null | undefined,
  lookups: CredentialSpecLookups,
): Promise<string | undefined> {
  const source = parseSecurityOptions(securityOptions);
  if (source === undefined) return undefined;
  switch (source.kind) {
    case "raw":
      return checkCredentialSpec(source.value, "raw://");
    case "file":
      return checkCredentialSpec(await fromFile(containerId, source.value, lookups.files), `file://${shownLocation(source.value)}`);
    case "registry":
      return checkCredentialSpec(
        await fromRegistry(containerId, source.value, lookups.registryValue),
        `registry://${shownLocation(source.value)}`,
      );
    case "config": {
      if (lookups.config === undefined) throw unknownCredentialSpec();
      const text = await lookups.config(source.value);
      if (text === undefined)
        throw invalidOption(`credential spec config ${shownLocation(source.value)} for container ${containerId} was not found`);
      return checkCredentialSpec(text, `config://${shownLocation(source.value)}`);
    }
  }
}

/**
 * The text itself, without a byte order mark.
 * @throws InvalidArgumentError unless it is a JSON object.
 */
export function checkCredentialSpec(text: string, origin: string): string {
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // V8's own message quotes the text, which is nobody's business who reads errors and logs.
    throw invalidOption(`invalid credential spec ${origin}: not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidOption(`invalid credential spec ${origin}: must be a JSON object`);
  }
  return json;
}

async function fromFile(containerId: string, location: string, files: CredentialSpecFiles | undefined): Promise<string> {
  const segments = credentialSpecSegments(location);
  if (files === undefined) throw invalidOption(`credential spec file://${shownLocation(location)}: this host has no credential spec files`);
  const path = joinBelow(files.folder, segments);
  try {
    const folder = await files.realPath(files.folder);
    const real = await files.realPath(path);
    if (folder === undefined || real === undefined) throw notLoaded(containerId, `open ${path}: File not found.`);
    if (!isInside(folder, real)) {
      throw invalidOption(
        `invalid credential spec: file:// path must be under ${files.folder}; ${JSON.stringify(shownLocation(location))} leads out of it`,
      );
    }
    // What was checked is what is read: the resolved path, so that a link changed meanwhile does not matter.
    return await files.readFile(real);
  } catch (error) {
    if (isOrielError(error)) throw error;
    throw notLoaded(containerId, `open ${path}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function notLoaded(containerId: string, reason: string, cause?: unknown): OrielError {
  return invalidOption(`failed to load credential spec for container ${containerId}: ${reason}`, undefined, cause);
}

async function fromRegistry(containerId: string, name: string, registryValue: CredentialSpecLookups["registryValue"]): Promise<string> {
  const value = await registryValue?.(name);
  if (value === undefined) {
    throw invalidOption(
      `registry credential spec ${JSON.stringify(shownLocation(name))} for container ${containerId} was not found`,
      `It must be a string value of HKEY_LOCAL_MACHINE\\${credentialSpecRegistryKey}.`,
    );
  }
  return value;
}
