import { createBridges } from "../host-network/bridges.ts";
import type { LinkHost, NoLinkHost } from "../host-network/link-host.ts";
import type { NetworkNames } from "../host-network/network-names.ts";
import { findProgramOfHost } from "../linux/linux-tools.ts";
import { openUserNameSpace } from "./user-name-space.ts";
import { findWayOutTool } from "./way-out.ts";

const install = "'apt-get install slirp4netns iproute2 nftables' on Debian and Ubuntu";

/** Finds out, by doing so, whether an ordinary user can make networks in a name space of its own. */
export async function findUserNetworks(names: NetworkNames, warn: (message: string) => void): Promise<LinkHost | NoLinkHost> {
  const found = await Promise.all(["ip", "nsenter", "unshare", "sh", "nft"].map((name) => findProgramOfHost(name)));
  const [ip, nsenter, unshare, shell, nft] = found;
  const wayOut = await findWayOutTool();
  if (wayOut === undefined) {
    const why =
      "the daemon is not root's, and neither slirp4netns nor pasta, by which a user's networks reach what is outside, is installed";
    return { why, remedy: `install one: ${install}; or run the daemon as root` };
  }
  if (ip === undefined || nsenter === undefined || unshare === undefined || shell === undefined) {
    const why = "the daemon is not root's, and iproute2 (ip) or util-linux (nsenter, unshare), which make networks, is not installed";
    return { why, remedy: `install it: ${install}` };
  }
  const onEnd = (why: string): void => warn(`networks of containers: ${why}; restart the daemon, so that it makes them again`);
  try {
    const { place, relay, close } = await openUserNameSpace({ unshare, nsenter, shell, wayOut }, onEnd);
    const { adoptSpace, ...bridges } = createBridges({ names, tools: { ip, shell, nft }, place, warn });
    return { ...bridges, relay, close };
  } catch (error) {
    const why = `the daemon is not root's, and gets no networks of its own (${error instanceof Error ? error.message : String(error)})`;
    const remedy =
      "let users make user name spaces (kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns) and open " +
      "/dev/net/tun ('modprobe tun', mode 0666), and restart the daemon, or run it as root";
    return { why, remedy, isTried: true };
  }
}
