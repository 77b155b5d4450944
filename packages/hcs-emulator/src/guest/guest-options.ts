import type { Containment } from "../containment/containment.ts";
import type { NameFiles } from "../host-network/name-files.ts";
import type { SystemNetwork } from "../host-network/system-network.ts";
import type { MappedDirectory } from "../mapped-directories/mapped-directory.ts";
import type { WineInstallation } from "../wine-installation.ts";
import type { ConsoleSize } from "./agent-protocol.ts";

export interface GuestOptions {
  /** Folder of this compute system; made here and removed by `stop`. */
  readonly folder: string;
  /** The container's root, C: inside. */
  readonly root: string;
  readonly wine: WineInstallation;
  readonly hostName: string;
  /** What keeps its programs from the host. @default undefined: nothing does */
  readonly containment?: Containment | undefined;
  /** Processes and threads that it may have, where it is contained. @default 4096 */
  readonly processes?: number;
  /** @default none */
  readonly mappedDirectories?: readonly MappedDirectory[];
  /** Words to put before the command that starts it. @default none */
  readonly enter?: readonly string[];
  /** Where its programs are on the network, once that is made. @default it has a loopback address only, where it is contained */
  readonly network?: Promise<SystemNetwork>;
  /** What its programs find names in. @default no name but its own */
  readonly nameFiles?: () => Promise<NameFiles>;
  /** Milliseconds for the agent to come up. @default 60_000 */
  readonly bootDeadline?: number;
  /** Told what a user should know of a container that runs all the same. @default nobody */
  readonly warn?: (message: string) => void;
}

export interface GuestProcessOptions {
  readonly commandLine: string;
  readonly workingDirectory: string;
  readonly environment: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** A console of this size, which has both outputs in one stream; undefined: plain pipes. */
  readonly console: ConsoleSize | undefined;
}

/** NetBIOS name: at most 15 characters of the first label, upper case. */
export function computerName(hostName: string): string {
  return (hostName.split(".")[0] ?? "").slice(0, 15).toUpperCase();
}
