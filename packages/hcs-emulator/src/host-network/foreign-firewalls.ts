import { hostCommand } from "./host-command.ts";
import type { NetworkNames } from "./network-names.ts";

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
}

interface Listed {
  readonly nftables: readonly {
    readonly chain?: Chain & { readonly type?: string; readonly hook?: string; readonly policy?: string };
    readonly rule?: {
      readonly family: string;
      readonly table: string;
      readonly chain: string;
      readonly handle: number;
      readonly comment?: string;
    };
  }[];
}

/**
 * Chains of others that drop whatever none of their rules accepts get a rule of ours at their end: it lets through what our own
 * table allows. What their rules refuse stays refused.
 */
export async function openFirewalls(nft: readonly string[], names: NetworkNames): Promise<void> {
  const { nftables } = await list(nft, ["list", "ruleset"]);
  const commented = new Set(
    nftables.flatMap(({ rule }) => (rule?.comment === names.table ? [chainKey(rule.family, rule.table, rule.chain)] : [])),
  );
  const commands = nftables.flatMap(({ chain }) => {
    if (chain === undefined || chain.type !== "filter" || chain.policy !== "drop" || !["ip", "inet"].includes(chain.family)) return [];
    if (commented.has(chainKey(chain.family, chain.table, chain.name))) return [];
    const links = `"${names.linkPrefix}b*"`;
    const rules =
      chain.hook === "forward"
        ? [`iifname ${links}`, `oifname ${links}`]
        : // Names are looked up at the gateway's address.
          chain.hook === "input"
          ? [`iifname ${links} udp dport 53`, `iifname ${links} tcp dport 53`]
          : [];
    return rules.map((rule) => `add rule ${chain.family} ${chain.table} ${chain.name} ${rule} accept comment "${names.table}"\n`);
  });
  if (commands.length > 0) await hostCommand([...nft, "-f", "-"], commands.join(""));
}

/** Takes those rules back. */
export async function closeFirewalls(nft: readonly string[], names: NetworkNames): Promise<void> {
  const { nftables } = await list(nft, ["-a", "list", "ruleset"]);
  const commands = nftables.flatMap(({ rule }) =>
    rule?.comment === names.table ? [`delete rule ${rule.family} ${rule.table} ${rule.chain} handle ${rule.handle}\n`] : [],
  );
  if (commands.length > 0) await hostCommand([...nft, "-f", "-"], commands.join(""));
}

async function list(nft: readonly string[], words: readonly string[]): Promise<Listed> {
  return JSON.parse(await hostCommand([...nft, "-j", ...words])) as Listed;
}

function chainKey(family: string, table: string, name: string): string {
  return `${family} ${table} ${name}`;
}
