import type { Logger } from "@oriel/contracts";
import type { OutputFrame } from "../engine-api.ts";
import type { LogWriter } from "../logs/log-writer.ts";
import { BoundedQueue } from "./bounded-queue.ts";

/** Bytes that may wait for one attached client before it slows the container. */
const clientBacklog = 64 * 1024;

interface Client {
  readonly queue: BoundedQueue<OutputFrame>;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface Subscription {
  readonly frames: BoundedQueue<OutputFrame>;
  /** The log at the moment of the subscription: what is not in `frames` is in there. */
  readonly log: LogWriter | undefined;
}

/**
 * Hands a container's output to its log and to every attached client. It lives as long as the container, so that a client
 * can attach before the start and lose nothing. Whoever is slow slows the container's process; whoever has gone does not.
 */
export class OutputHub {
  readonly #clients = new Set<Client>();
  readonly #logger: Logger;
  #log: LogWriter | undefined;
  #logFailed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The writer at work, during a run. */
  get log(): LogWriter | undefined {
    return this.#log;
  }

  /** A run begins: from now on output goes to this log. */
  begin(log: LogWriter): void {
    this.#log = log;
    this.#logFailed = false;
  }

  /** Resolves when the log has it and every client has room again. */
  async publish(frame: OutputFrame): Promise<void> {
    // All of them get it at once, before anything is awaited: a subscription falls before a frame or after it, never into it.
    const waits: Promise<void>[] = [this.#writeLog(frame)];
    for (const client of this.#clients) {
      if (!client[frame.stream]) continue;
      client.queue.push(frame, frame.data.byteLength);
      waits.push(client.queue.hasRoom());
    }
    await Promise.all(waits);
  }

  subscribe(wanted: { readonly stdout: boolean; readonly stderr: boolean }): Subscription {
    const queue = new BoundedQueue<OutputFrame>(clientBacklog, () => this.#clients.delete(client));
    const client: Client = { queue, stdout: wanted.stdout, stderr: wanted.stderr };
    this.#clients.add(client);
    return { frames: queue, log: this.#log };
  }

  /** The process is gone: what is still in its pipes is little, and no client may hold up the record of its exit. */
  removeLimit(): void {
    for (const client of this.#clients) client.queue.removeLimit();
  }

  /** The run's output is over: clients get the end after what is on its way to them. */
  end(): void {
    this.#log = undefined;
    for (const client of this.#clients) client.queue.end();
    this.#clients.clear();
  }

  async #writeLog(frame: OutputFrame): Promise<void> {
    try {
      await this.#log?.write(frame);
      this.#logFailed = false;
    } catch (error) {
      // A full disk must not end the container: clients still get its output. Said once, not for every line.
      if (!this.#logFailed) this.#logger.error({ error }, "a container's output cannot be written to its log");
      this.#logFailed = true;
    }
  }
}
