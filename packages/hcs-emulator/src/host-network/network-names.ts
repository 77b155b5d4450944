import { createHash } from "node:crypto";

/** Names of what a daemon makes on the host for its networks: all begin with a mark of its root folder, so that it finds them again. */
export interface NetworkNames {
  /** Six hex digits. */
  readonly mark: string;
  /** What the names of all its links on the host begin with. */
  readonly linkPrefix: string;
  /** What the names of all its name spaces begin with. */
  readonly spacePrefix: string;
  /** Its table of nftables. */
  readonly table: string;
  /** The bridge of a network, by the network's id. */
  bridge(network: string): string;
  /** The host's end of an endpoint's link, by the endpoint's id. */
  link(endpoint: string): string;
  /** The mark of connections to an endpoint, by the endpoint's id: 32 bits. */
  connectionMark(endpoint: string): number;
  /** The name space of a compute system, by the system's id. */
  space(system: string): string;
}

export function networkNames(root: string): NetworkNames {
  const mark = digest(root).slice(0, 6);
  const linkPrefix = `or${mark}`;
  const spacePrefix = `oriel-${mark}-`;
  return {
    mark,
    linkPrefix,
    spacePrefix,
    table: `oriel-${mark}`,
    bridge: (network) => `${linkPrefix}b${shortName(network)}`,
    link: (endpoint) => `${linkPrefix}v${shortName(endpoint)}`,
    connectionMark: (endpoint) => Number.parseInt(digest(`${root} ${endpoint.toLowerCase()}`).slice(0, 8), 16) || 1,
    space: (system) => `${spacePrefix}${/^[0-9a-f]{64}$/.test(system) ? system.slice(0, 12) : digest(system).slice(0, 12)}`,
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Six letters and digits: the kernel's names of links have at most 15 characters. */
function shortName(id: string): string {
  return BigInt(`0x${digest(id.toLowerCase()).slice(0, 16)}`)
    .toString(36)
    .slice(-6)
    .padStart(6, "0");
}
