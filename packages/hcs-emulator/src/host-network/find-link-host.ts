import { readFile } from "node:fs/promises";
import { findProgramOfHost } from "../linux/linux-tools.ts";
import { findUserNetworks } from "../user-network/find-user-networks.ts";
import { createBridges } from "./bridges.ts";
import type { LinkHost, NoLinkHost } from "./link-host.ts";
import type { NetworkNames } from "./network-names.ts";
import { placeOfHost } from "./network-place.ts";

/** NET_ADMIN and SYS_ADMIN: what links and name spaces need (capabilities(7)). */
const neededCapabilities = (1n << 12n) | (1n << 21n);

/** @param status text of /proc/self/status */
export function mayMakeNetworks(status: string): boolean {
  const [, effective = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${effective}`) & neededCapabilities) === neededCapabilities;
}

/** Finds out what networks can be made of here. */
export async function findLinkHost(names: NetworkNames, warn: (message: string) => void): Promise<LinkHost | NoLinkHost> {
  if (process.platform !== "linux") return { why: `networks are made on Linux only, and this is ${process.platform}`, remedy: "" };
  if (process.getuid?.() !== 0) return findUserNetworks(names, warn);
  if (!mayMakeNetworks(await readFile("/proc/self/status", "latin1"))) {
    const remedy = "give it the capabilities NET_ADMIN and SYS_ADMIN (a container of Docker's needs --privileged for it)";
    return { why: "the daemon lacks the rights to make networks, although it is root's", remedy };
  }
  const [ip, nsenter, shell, nft] = await Promise.all(["ip", "nsenter", "sh", "nft"].map((name) => findProgramOfHost(name)));
  if (ip === undefined || nsenter === undefined || shell === undefined) {
    return {
      why: "iproute2 (ip), which makes networks, is not installed",
      remedy: "install it: 'apt-get install iproute2 nftables' on Debian and Ubuntu",
    };
  }
  return createBridges({ names, tools: { ip, shell, nft }, place: placeOfHost(nsenter), warn });
}
