import type { HostFacts } from "@oriel/contracts";
import { type Containment, isContainment, type NoContainment } from "../containment/containment.ts";

export type ContainmentFacts = Pick<HostFacts, "securityOptions" | "warnings" | "containerWarnings">;

/**
 * What a user is told of the containment of containers. Where it is whole there is nothing to warn of: docs/security.md says
 * what it keeps out.
 * @param found undefined: containers are not contained, as the configuration says
 * @param isRoot whether the daemon runs as root
 */
export function containmentFacts(found: Containment | NoContainment | undefined, isRoot: boolean): ContainmentFacts {
  if (found === undefined) {
    const asked = '(emulator.isolation = "none")';
    const rights = `the rights of ${isRoot ? "root" : "the user who runs the daemon"} on this host, to its files, processes and network`;
    return {
      securityOptions: [],
      warnings: [`containers are not contained ${asked}: their programs have ${rights}`],
      containerWarnings: [`The container is not contained ${asked}: its programs have ${rights}.`],
    };
  }
  if (!isContainment(found)) {
    const warning = `this host cannot contain containers, so none can start: ${found.why}; ${found.remedy}`;
    return { securityOptions: [], warnings: [warning], containerWarnings: [] };
  }
  return {
    // As dockerd names them; `rootless` is a daemon without root.
    securityOptions: ["name=seccomp,profile=oriel", "name=no-new-privileges", ...(found.as === "user" ? ["name=rootless"] : [])],
    warnings: found.as === "root" && !found.ownUsers ? [asHostRoot] : [],
    containerWarnings: [],
  };
}

/** The kernel counts no processes of root's, and lets it change the mode of what is root's: copy_process, inode_owner_or_capable. */
const asHostRoot =
  "the programs of containers run as this host's root, though without its capabilities, as the daemon's root folder allows no " +
  "idmapped mounts: in mapped directories they may change what is root's, and emulator.processes does not limit them; " +
  "keep the root folder on ext4, XFS or Btrfs, with Linux 5.19 or newer";
