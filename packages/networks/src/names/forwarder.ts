import { askByTcp, askByUdp } from "./ask-server.ts";
import { type Question, rcodeOf } from "./dns-message.ts";
import type { DnsServer } from "./host-servers.ts";

export interface ForwarderOptions {
  /** Milliseconds for one server. */
  readonly serverTimeout: number;
  /** Questions under way at once, of all containers. */
  readonly maxPending: number;
  /** Of one container, so that none takes the others' share. */
  readonly maxPendingOfOne: number;
}

export const defaultForwarderOptions: ForwarderOptions = { serverTimeout: 3_000, maxPending: 1_024, maxPendingOfOne: 128 };

/** Servers that are asked one after another, at most. */
const maxServers = 3;
const servfail = 2;

/** Asks other servers what the containers' networks do not know. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  /** Of the servers that are asked now. */
  readonly #waits = new Set<AbortController>();
  #closed = false;
  /** Questions under way, by container. */
  readonly #pending = new Map<string, number>();
  #count = 0;

  constructor(options: ForwarderOptions = defaultForwarderOptions) {
    this.#options = options;
  }

  /**
   * @param message the whole question, which goes on as it came
   * @returns undefined when none of the servers answers, or too much is under way
   */
  async forward(
    message: Buffer,
    question: Question,
    servers: readonly DnsServer[],
    { by, containerId }: { readonly by: "udp" | "tcp"; readonly containerId: string },
  ): Promise<Buffer | undefined> {
    const own = this.#pending.get(containerId) ?? 0;
    if (this.#count >= this.#options.maxPending || own >= this.#options.maxPendingOfOne) return undefined;
    this.#count += 1;
    this.#pending.set(containerId, own + 1);
    try {
      return await this.#askInTurn(message, question, servers.slice(0, maxServers), by);
    } finally {
      this.#count -= 1;
      const left = (this.#pending.get(containerId) ?? 1) - 1;
      if (left === 0) this.#pending.delete(containerId);
      else this.#pending.set(containerId, left);
    }
  }

  close(): void {
    this.#closed = true;
    for (const wait of this.#waits) wait.abort(new Error("the resolver was closed"));
  }

  async #askInTurn(message: Buffer, question: Question, servers: readonly DnsServer[], by: "udp" | "tcp"): Promise<Buffer | undefined> {
    let failed: Buffer | undefined;
    for (const server of servers) {
      if (this.#closed) return undefined;
      const answer = await this.#ask(server, message, question, by).catch(() => undefined);
      if (answer !== undefined && rcodeOf(answer) !== servfail) return answer;
      failed ??= answer;
    }
    return failed;
  }

  async #ask(server: DnsServer, message: Buffer, question: Question, by: "udp" | "tcp"): Promise<Buffer> {
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(new Error(`${server.address} did not answer in time`)), this.#options.serverTimeout);
    this.#waits.add(wait);
    try {
      return await (by === "tcp" ? askByTcp : askByUdp)(server, message, question, wait.signal);
    } finally {
      clearTimeout(timer);
      this.#waits.delete(wait);
    }
  }
}
