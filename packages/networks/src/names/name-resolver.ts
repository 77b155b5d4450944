import type { StoredEndpoint } from "../state/network-store.ts";
import { type Answer, type DnsQuery, readQuery, udpLimit, writeAnswer, writeRefusal } from "./dns-message.ts";
import type { Forwarder } from "./forwarder.ts";
import { type DnsServer, parseServer } from "./host-servers.ts";
import type { NameDirectory } from "./name-directory.ts";

export interface NameResolverOptions {
  readonly directory: NameDirectory;
  readonly forwarder: Forwarder;
  /** Servers of the host. */
  readonly hostServers: () => Promise<readonly DnsServer[]>;
  /** Whether this engine itself serves there: asking it would never end. */
  readonly isOwn: (server: DnsServer) => boolean;
}

export interface Asked {
  readonly networkId: string;
  /** Address that the question came from. */
  readonly from: string;
  readonly by: "udp" | "tcp";
}

/** Seconds that an answer may be kept: a container that starts again may have another address. */
const timeToLive = 1;
const maxTcpBytes = 65_535;

/** Returns the questions of containers: of names in their networks itself, the others by asking on. */
export class NameResolver {
  readonly #options: NameResolverOptions;
  /** Which of several containers of one name comes first: each in turn. */
  #turn = 0;

  constructor(options: NameResolverOptions) {
    this.#options = options;
  }

  /** Returns undefined for what gets no answer. */
  async resolve(message: Buffer, asked: Asked): Promise<Buffer | undefined> {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    if ("rcode" in query) return writeRefusal(query.id, query.rcode);
    const maxBytes = asked.by === "tcp" ? maxTcpBytes : udpLimit(query);
    // Only containers of the network ask here; the host has its own servers.
    const asker = this.#options.directory.askerAt(asked.networkId, asked.from);
    if (asker === undefined) return writeAnswer(query, "REFUSED", [], maxBytes);
    const own = this.#answersTo(query, asker);
    if (own !== undefined) return writeAnswer(query, "NOERROR", own, maxBytes);
    if (!this.#options.directory.mayAskOutside(asker)) return writeAnswer(query, "NXDOMAIN", [], maxBytes);
    const answer = await this.#forward(message, query, asker, asked.by);
    return answer ?? writeAnswer(query, "SERVFAIL", [], maxBytes);
  }

  /** Returns undefined where nothing in the asker's networks is asked for; an empty list where what is there has no record of that kind. */
  #answersTo({ question }: DnsQuery, asker: StoredEndpoint): Answer[] | undefined {
    const { name, type } = question;
    const { directory } = this.#options;
    if (type === "PTR") {
      const found = directory.findReverse(asker, name);
      return found === undefined ? undefined : [{ type: "PTR", name, class: "IN", ttl: timeToLive, data: found }];
    }
    const found = directory.find(asker, name);
    if (found === undefined) return undefined;
    if (type !== "A" && type !== "AAAA") return [];
    return this.#inTurn(type === "A" ? found.ipv4 : found.ipv6).map((data) => ({ type, name, class: "IN", ttl: timeToLive, data }));
  }

  #inTurn(addresses: readonly string[]): readonly string[] {
    if (addresses.length < 2) return addresses;
    this.#turn = (this.#turn + 1) % 0x1_0000;
    const at = this.#turn % addresses.length;
    return [...addresses.slice(at), ...addresses.slice(0, at)];
  }

  async #forward(message: Buffer, { question }: DnsQuery, asker: StoredEndpoint, by: "udp" | "tcp"): Promise<Buffer | undefined> {
    const asked = asker.lookUp.servers.flatMap((text) => parseServer(text) ?? []);
    const servers = (asked.length > 0 ? asked : await this.#options.hostServers()).filter((server) => !this.#options.isOwn(server));
    return this.#options.forwarder.forward(message, question, servers, { by, containerId: asker.containerId });
  }
}
