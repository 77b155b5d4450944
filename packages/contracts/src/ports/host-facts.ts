import type { OsVersion } from "../hcs/raw-win32.ts";
import { serviceToken } from "../plugins/token.ts";

/** Facts of the host that containers run on. */
export interface HostFacts {
  readonly provider: "windows" | "emulated";
  /** Shown in `docker info`: `Windows Server 2022 …`, or `Windows (emulated by wine-8.0 on Debian …)`. */
  readonly operatingSystem: string;
  readonly osVersion: OsVersion;
  /** Which Windows builds images may be of: those that such a host runs, or `any`, where something else decides. */
  readonly imageBuilds: "matching" | "any";
  /** `amd64` or `arm64`: Go's names, as image configurations use them. */
  readonly architecture: string;
  readonly hostname: string;
  readonly processors: number;
  /** Bytes. */
  readonly memory: number;
  /**
   * What keeps the programs of containers from the host, as clients of Docker read it: `name=seccomp,profile=oriel`. Empty where
   * the host names nothing, or containers are not contained.
   */
  readonly securityOptions: readonly string[];
  /** Things a user should know of this host, a sentence each: Wine missing, no overlay mounts, containers that are not contained. */
  readonly warnings: readonly string[];
  /** What the creation of every container warns of, a sentence each. */
  readonly containerWarnings: readonly string[];
}

/** Asks the host; returns may change between calls (Wine installed meanwhile). */
export interface HostInspector {
  inspect(): Promise<HostFacts>;
  /**
   * The text value `name` of a key below HKEY_LOCAL_MACHINE; undefined where the key or the value does not exist. Absent: the
   * host has no registry.
   * @throws UnavailableError for a registry that cannot be read
   */
  registryText?(key: string, name: string): Promise<string | undefined>;
}

export const hostInspectorToken = serviceToken<HostInspector>("oriel.host-inspector");
