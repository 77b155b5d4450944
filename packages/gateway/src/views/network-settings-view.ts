import { createHash } from "node:crypto";
import { type ContainerNetworkRecord, type ContainerRecord, defaultNetwork, isUserDefined } from "@oriel/engine";
import { isAtLeast, apiVersion as newestVersion } from "../http/api-version.ts";
import type { ContainerInspect } from "../schemas/containers.ts";
import type { EndpointInspect } from "../schemas/networks.ts";
import { settingsWithoutNetwork } from "../schemas/without-effect.ts";
import { inspectPorts } from "./port-view.ts";

/** Up to this version of the API clients look for the short id among the aliases. */
const aliasesWithoutId = "1.45";

/** How a container is connected, with what clients of the default network read at the top. */
export function networkSettings(record: ContainerRecord, apiVersion: string): ContainerInspect["NetworkSettings"] {
  const networks = networksView(record, apiVersion);
  const main = networks[defaultNetwork];
  const isConnected = record.networks.some(({ endpoint }) => endpoint !== undefined);
  return {
    ...settingsWithoutNetwork,
    ...(isConnected ? { SandboxID: sandboxId(record), SandboxKey: record.id } : {}),
    Ports: inspectPorts(record),
    ...(main === undefined
      ? {}
      : {
          EndpointID: main.EndpointID,
          Gateway: main.Gateway,
          GlobalIPv6Address: main.GlobalIPv6Address,
          GlobalIPv6PrefixLen: main.GlobalIPv6PrefixLen,
          IPAddress: main.IPAddress,
          IPPrefixLen: main.IPPrefixLen,
          IPv6Gateway: main.IPv6Gateway,
          MacAddress: main.MacAddress,
        }),
    Networks: networks,
  };
}

export function networksView(record: ContainerRecord, apiVersion = newestVersion): Record<string, EndpointInspect> {
  return Object.fromEntries(record.networks.map((network) => [network.name, endpointView(network, apiVersion)]));
}

function endpointView(network: ContainerNetworkRecord, apiVersion: string): EndpointInspect {
  const { name, networkId, settings, names, endpoint } = network;
  const { IPAMConfig, Links, Aliases, DriverOpts, GwPriority } = settings;
  const aliases = Aliases?.length ? [...Aliases] : [];
  if (!isAtLeast(apiVersion, aliasesWithoutId) && isUserDefined(name)) aliases.push(...names.slice(1 + aliases.length));
  return {
    IPAMConfig: IPAMConfig ?? null,
    Links: Links?.length ? [...Links] : null,
    Aliases: aliases.length === 0 ? null : [...new Set(aliases)],
    MacAddress: endpoint?.macAddress ?? "",
    DriverOpts: DriverOpts ?? null,
    GwPriority: GwPriority ?? 0,
    NetworkID: networkId,
    EndpointID: endpoint?.id ?? "",
    Gateway: endpoint?.gateway ?? "",
    IPAddress: endpoint?.ipAddress ?? "",
    IPPrefixLen: endpoint === undefined || endpoint.ipAddress === "" ? 0 : endpoint.prefixLength,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: names.length === 0 ? null : [...names],
  };
}

/** One for each run. */
function sandboxId({ id, state }: ContainerRecord): string {
  return createHash("sha256").update(`${id} ${state.startedAt?.toISOString()}`).digest("hex");
}
