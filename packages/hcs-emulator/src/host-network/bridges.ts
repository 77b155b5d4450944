import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { HnsEndpoint, HnsNetwork } from "../network/hns-objects.ts";
import { parseSubnet } from "../network/ipv4.ts";
import { closeFirewalls, openFirewalls } from "./foreign-firewalls.ts";
import { hostCommand } from "./host-command.ts";
import { noCounters, readCounters } from "./link-counters.ts";
import { type LinkHost, type Plug, reachOf } from "./link-host.ts";
import { hasRoutedUdp, natTable, portElements } from "./nat-table.ts";
import type { NetworkNames } from "./network-names.ts";
import type { NetworkPlace } from "./network-place.ts";

/** Programs of the host, absolute. */
export interface BridgeTools {
  readonly ip: string;
  readonly shell: string;
  /** Absent: no way out of the machine, and published ports by forwarding only. */
  readonly nft?: string | undefined;
}

export interface BridgesOptions {
  readonly names: NetworkNames;
  readonly tools: BridgeTools;
  readonly place: NetworkPlace;
  /** Reports what a user should know of a network that there is all the same. */
  warn(message: string): void;
}

const noNft =
  "nftables (nft) is not installed: containers have no way out of this host, and published ports are forwarded by the daemon only; " +
  "install it: 'apt-get install nftables' on Debian and Ubuntu";

const loopbackUp = "link set lo up";

/** As Windows lets every program: `ping`, and serve at ports below 1024. Each name space has settings of its own. */
const asOnWindows = (pingGroups: string): string =>
  `cd /proc/sys/net/ipv4 && echo ${pingGroups} >ping_group_range && echo 0 >ip_unprivileged_port_start; cd /`;

/** Makes networks as bridges of Linux, endpoints as pairs of links (veth), and their systems' adapters in name spaces. */
export function createBridges({ names, tools, place, warn }: BridgesOptions): LinkHost {
  const { before: here } = place;
  const ip = (lines: readonly string[], before: readonly string[] = here): Promise<string> =>
    lines.length === 0 ? Promise.resolve("") : hostCommand([...before, tools.ip, "-batch", "-"], `${lines.join("\n")}\n`);
  /** Also what stands behind something that is gone already, or was never made. */
  const ipRemove = (lines: readonly string[]): Promise<string> =>
    hostCommand([...here, tools.ip, "-force", "-batch", "-"], `${lines.join("\n")}\n`);
  const nft = async (commands: string): Promise<void> => {
    if (tools.nft !== undefined && commands !== "") await hostCommand([...here, tools.nft, "-f", "-"], commands);
  };
  const setting = (name: string, value: string): Promise<string> =>
    hostCommand([...here, tools.shell, "-c", `echo ${value} >/proc/sys/net/${name}`]);

  const outer = ({ endpoint, network, adapter }: Plug, space: string): string[] => {
    const link = names.link(endpoint.ID);
    const address = endpoint.MacAddress.replaceAll("-", ":");
    return [
      `link add ${link} type veth peer name ${adapter} address ${address} netns ${space}`,
      `link set ${link} addrgenmode none`,
      `link set ${link} master ${names.bridge(network.ID)} up`,
      // A container that asks for a port of the host may be led to itself: its packets go back where they came from.
      `link set ${link} type bridge_slave hairpin on${endpoint.DisableICC === true ? " isolated on" : ""}`,
    ];
  };
  const inner = ({ endpoint, network, adapter, metric }: Plug): string[] => {
    const { IPAddress, PrefixLength, GatewayAddress } = endpoint;
    const gateway = reachOf(network) === undefined ? "" : String(GatewayAddress ?? "");
    return [
      `link set ${adapter} addrgenmode none`,
      `link set ${adapter} up`,
      ...(IPAddress === "" ? [] : [`addr add ${IPAddress}/${String(PrefixLength)} brd + dev ${adapter}`]),
      ...(IPAddress === "" || gateway === "" ? [] : [`route add default via ${gateway} dev ${adapter} metric ${metric}`]),
    ];
  };
  const forget = (endpoint: HnsEndpoint): void => {
    if (tools.nft !== undefined && hasRoutedUdp(endpoint)) place.forget(names.connectionMark(endpoint.ID));
  };
  const publish = (plugs: readonly Plug[]): Promise<void> =>
    nft(plugs.map(({ endpoint }) => portElements(names, endpoint, "add")).join(""));
  const fill = async (space: string, plugs: readonly Plug[], before: readonly string[], inside: readonly string[]): Promise<void> => {
    await ip([...before, ...plugs.flatMap((plug) => outer(plug, space))]);
    await allOver([ip([...inside, ...plugs.flatMap(inner)], place.enter(space)), publish(plugs)]);
  };

  return {
    before: here,
    lacks: tools.nft === undefined ? [noNft] : [],
    removeAll: async () => {
      const [links, found] = await Promise.all([readFile(place.counters, "utf8"), readdir(place.spaces).catch(() => [])]);
      const own = [...links.matchAll(/^ *([^\s:]+):/gm)].map(([, name = ""]) => name).filter((name) => name.startsWith(names.linkPrefix));
      const ownSpaces = found.filter((name) => name.startsWith(names.spacePrefix));
      await allOver([
        ipRemove([...own.map((name) => `link del ${name}`), ...ownSpaces.map((name) => `netns del ${name}`)]),
        nft(`add table ip ${names.table}\ndelete table ip ${names.table}\n`),
        ...(tools.nft === undefined ? [] : [closeFirewalls([...here, tools.nft], names)]),
      ]);
    },
    openNetwork: async (network, all) => {
      const bridge = names.bridge(network.ID);
      const reach = reachOf(network);
      const addresses = reach === undefined ? [] : network.Subnets.map(gatewayOf).filter((address) => address !== undefined);
      await ip([
        `link add ${bridge} address ${bridgeMac(network.ID)} type bridge`,
        `link set ${bridge} addrgenmode none`,
        ...addresses.map((address) => `addr add ${address} brd + dev ${bridge}`),
        `link set ${bridge} up`,
      ]);
      // Programs that may make packets of their own would reach the host by it, past all rules. Some kernels have none.
      await setting(`ipv6/conf/${bridge}/disable_ipv6`, "1").catch(() => undefined);
      if (tools.nft === undefined) {
        // The host may be a router for others' sake: without rules of ours nothing else would keep networks apart.
        await setting(`ipv4/conf/${bridge}/forwarding`, "0");
        return;
      }
      // Before loopback addresses are let through, and before anything is forwarded.
      await nft(natTable(names, all));
      if (reach !== "outside") return;
      await setting(`ipv4/conf/${bridge}/route_localnet`, "1");
      await setting("ipv4/ip_forward", "1").catch((error: Error) =>
        warn(`network ${network.Name} has no way out of this host: ${error.message}`),
      );
      await openFirewalls([...here, tools.nft], names).catch((error: Error) =>
        warn(`network ${network.Name} and the host's firewall: ${error.message}`),
      );
    },
    closeNetwork: async (network, all) => {
      try {
        await ipRemove([`link del ${names.bridge(network.ID)}`]);
      } finally {
        await nft(natTable(names, all));
      }
    },
    openSpace: async (name, plugs) => {
      await allOver([ip([`netns add ${name}`, ...plugs.flatMap((plug) => outer(plug, name))]), publish(plugs)]);
      // What is to be done inside is done by what is started there: it is one program less to wait for.
      const inside = [loopbackUp, ...plugs.flatMap(inner)].join("\n");
      const script = `${asOnWindows(place.pingGroups)}; ${tools.ip} -batch - <<'end' || exit 1\n${inside}\nend\nexec "$@"`;
      return [...place.enter(name), tools.shell, "-c", script, "sh"];
    },
    adoptSpace: (name, pid, plugs) => fill(name, plugs, [`netns attach ${name} ${pid}`], [loopbackUp]),
    plug: (space, plug) => fill(space, [plug], [], []),
    enter: place.enter,
    republish: async (before, now) => {
      await nft(`${portElements(names, before, "delete")}${portElements(names, now, "add")}`);
      forget(before);
    },
    unplug: async (endpoint) => {
      await allOver([ipRemove([`link del ${names.link(endpoint.ID)}`]), nft(portElements(names, endpoint, "delete"))]);
      forget(endpoint);
    },
    closeSpace: async (name, endpoints) => {
      await allOver([
        ipRemove([...endpoints.map(({ ID }) => `link del ${names.link(ID)}`), `netns del ${name}`]),
        nft(endpoints.map((endpoint) => portElements(names, endpoint, "delete")).join("")),
      ]);
      endpoints.forEach(forget);
    },
    counters: async (endpoints: readonly HnsEndpoint[]) => {
      const counters = await readCounters(place.counters);
      return endpoints.map(({ ID }) => counters.get(names.link(ID)) ?? noCounters);
    },
  };
}

/** Waits for all also when one fails, so that whatever undoes them comes after. @throws the first failure */
async function allOver(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function gatewayOf({ AddressPrefix, GatewayAddress }: HnsNetwork["Subnets"][number]): string | undefined {
  const subnet = parseSubnet(AddressPrefix);
  return subnet === undefined || GatewayAddress === "" ? undefined : `${GatewayAddress}/${subnet.prefixLength}`;
}

/** A bridge without an address of its own changes it with the links that it gets, and programs lose their gateway for a moment. */
function bridgeMac(network: string): string {
  const bytes = createHash("sha256").update(network).digest().subarray(0, 5);
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
