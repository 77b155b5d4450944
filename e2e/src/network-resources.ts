import { readFile } from "node:fs/promises";
import path from "node:path";
import { networkNames } from "../../packages/hcs-emulator/src/host-network/network-names.ts";
import { runCommand } from "./command.ts";
import type { TestDaemon } from "./daemon.ts";

/** What a daemon of the emulated host holds of its host for networks; each list sorted. */
export interface NetworkResources {
  readonly spaces: readonly string[];
  /** Host's ends of endpoints' links. */
  readonly links: readonly string[];
  readonly bridges: readonly string[];
  /** Ports that the firewall leads to containers. */
  readonly ports: readonly string[];
  /** Whether its table of nftables is there. */
  readonly hasTable: boolean;
  /** Ids in the document of the host network service. */
  readonly networks: readonly string[];
  readonly endpoints: readonly string[];
}

interface HnsDocument {
  readonly networks: readonly { readonly ID: string }[];
  readonly endpoints: readonly { readonly ID: string }[];
}

export async function networkResources({ root }: Pick<TestDaemon, "root">): Promise<NetworkResources> {
  const names = networkNames(root);
  const spaces = (await linesOf("ip", "netns", "list")).map((line) => line.split(" ")[0] ?? "");
  const links = (await linesOf("ip", "-o", "link")).map((line) => line.split(/:\s+/)[1]?.split("@")[0] ?? "");
  const table = await linesOf("nft", "list", "table", "ip", names.table);
  const text = await readFile(path.join(root, "hcs-host", "hns.json"), "utf8").catch(() => '{"networks":[],"endpoints":[]}');
  const hns = JSON.parse(text) as HnsDocument;
  return {
    spaces: spaces.filter((name) => name.startsWith(names.spacePrefix)).sort(),
    links: links.filter((name) => name.startsWith(`${names.linkPrefix}v`)).sort(),
    bridges: links.filter((name) => name.startsWith(`${names.linkPrefix}b`)).sort(),
    ports: table.flatMap((line) => line.match(/(?:tcp|udp) \. \d+ : [\d.]+ \. \d+/g) ?? []).sort(),
    hasTable: table.length > 0,
    networks: hns.networks.map(({ ID }) => ID.toLowerCase()).sort(),
    endpoints: hns.endpoints.map(({ ID }) => ID.toLowerCase()).sort(),
  };
}

/** The lines that a command writes; none where it is missing or finds nothing. */
async function linesOf(command: string, ...words: string[]): Promise<string[]> {
  const { stdout } = await runCommand(command, words).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter((line) => line !== "");
}
