import type { HostFacts } from "@oriel/contracts";
import type { LinkHost } from "../host-network/link-host.ts";
import { isLinkHost, type NoLinkHost } from "../host-network/link-host.ts";

/** Warnings about the networks of containers: none where they are whole. */
export function networkFacts(found: LinkHost | NoLinkHost): Pick<HostFacts, "warnings" | "containerWarnings"> {
  if (isLinkHost(found)) return { warnings: found.lacks, containerWarnings: [] };
  const { why, remedy } = found;
  return {
    warnings: [
      `containers with a network use this host's own, as ${why}: they are not kept from its services, have no addresses of their own, and find each other by published ports only${remedy === "" ? "" : `; ${remedy}`}`,
    ],
    containerWarnings: [`Unless its network is none, the container uses this host's own network, as ${why}.`],
  };
}
