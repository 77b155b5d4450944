import { getServers } from "node:dns";
import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";

/** A DNS server: `8.8.8.8`, port 53. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

const dnsPort = 53;
const resolvConf = "/etc/resolv.conf";

/** The servers that the host itself asks, read again when they change. */
export class HostServers {
  readonly #file: string;
  #read: { readonly changed: number; readonly servers: readonly DnsServer[] } | undefined;

  constructor(file: string = resolvConf) {
    this.#file = file;
  }

  async servers(): Promise<readonly DnsServer[]> {
    // Windows has no file of them; Node.js asks it once, when the process starts.
    if (process.platform === "win32") return getServers().flatMap((text) => parseServer(text) ?? []);
    const changed = (await stat(this.#file).catch(() => undefined))?.mtimeMs;
    if (changed === undefined) return [];
    if (this.#read?.changed === changed) return this.#read.servers;
    const servers = parseResolvConf(await readFile(this.#file, "utf8").catch(() => ""));
    this.#read = { changed, servers };
    return servers;
  }
}

/** The `nameserver` lines of a resolv.conf. */
export function parseResolvConf(text: string): DnsServer[] {
  return text.split("\n").flatMap((line) => {
    const [keyword, address = ""] = line.trim().split(/\s+/);
    return keyword === "nameserver" ? (parseServer(address) ?? []) : [];
  });
}

/** `8.8.8.8`, `8.8.8.8:5353`, `2001:db8::1`, `[2001:db8::1]:5353`; undefined for what is no address. */
export function parseServer(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { address: text, port: dnsPort };
  const [, bracketed, plain, port = ""] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? "";
  return isIP(address) !== 0 && Number(port) > 0 && Number(port) < 65_536 ? { address, port: Number(port) } : undefined;
}
