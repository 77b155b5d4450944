import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { HnsEndpoint } from "../network/hns-objects.ts";

/** Files of a container in which its programs look up names, by their names in /etc. */
export type NameFiles = Readonly<Record<"hosts" | "resolv.conf", string>>;

/** @param endpoints that the container has */
export function nameFiles(hostName: string, endpoints: readonly HnsEndpoint[]): NameFiles {
  const own = endpoints.filter(({ IPAddress }) => IPAddress !== "").map(({ IPAddress }) => `${IPAddress} ${hostName}\n`);
  const servers = new Set(endpoints.flatMap(serversOf));
  const search = new Set(endpoints.flatMap(({ DNSSuffix, DNSSearchList }) => [...listOf(DNSSuffix), ...listOf(DNSSearchList)]));
  const options = new Set(endpoints.flatMap(({ DNSOptions }) => listOf(DNSOptions)));
  return {
    hosts: `127.0.0.1 localhost${hostName === "" || own.length > 0 ? "" : ` ${hostName}`}\n::1 localhost\n${hostName === "" ? "" : own.join("")}`,
    "resolv.conf": [
      ...(search.size === 0 ? [] : [`search ${[...search].join(" ")}\n`]),
      ...[...servers].map((server) => `nameserver ${server}\n`),
      ...(options.size === 0 ? [] : [`options ${[...options].join(" ")}\n`]),
    ].join(""),
  };
}

/** Those of this host, for programs that use its network. */
export function hostNameFiles(hostName: string): NameFiles {
  const read = (name: string): string => {
    try {
      return readFileSync(`/etc/${name}`, "utf8");
    } catch {
      return "";
    }
  };
  return { hosts: `${hostName === "" ? "" : `127.0.0.1 ${hostName}\n`}${read("hosts")}`, "resolv.conf": read("resolv.conf") };
}

/** Writes them into a folder that a container sees as its /etc, in their places: it may have one of them open. */
export function writeNameFiles(folder: string, files: NameFiles): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
}

/** The resolver of the network first, at its gateway address. */
function serversOf({ EnableInternalDNS, GatewayAddress, DNSServerList }: HnsEndpoint): string[] {
  const internal = EnableInternalDNS === true && typeof GatewayAddress === "string" && GatewayAddress !== "" ? [GatewayAddress] : [];
  return [...internal, ...listOf(DNSServerList)];
}

/** The host network service takes lists as texts with commas. */
function listOf(value: unknown): string[] {
  const words = Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.split(",") : [];
  // They stand in lines of a file: one word each.
  return words.map((word) => word.trim()).filter((word) => /^\S+$/.test(word));
}
