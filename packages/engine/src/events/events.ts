import { onAbort, UnavailableError } from "@oriel/contracts";
import type { EngineEvent } from "../engine-api.ts";
import { BoundedQueue } from "../io/bounded-queue.ts";

/** Events that a subscriber may lag behind before it is let go. */
const defaultBacklog = 4096;

/** Hands events to whoever listens now. A listener that does not read never holds up the engine. */
export class EventBus {
  readonly #subscribers = new Set<BoundedQueue<EngineEvent>>();
  readonly #backlog: number;
  #closed = false;

  constructor(backlog = defaultBacklog) {
    this.#backlog = backlog;
  }

  get listeners(): number {
    return this.#subscribers.size;
  }

  publish(event: EngineEvent): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.isFull) {
        this.#subscribers.delete(subscriber);
        const message = `the reader of events fell ${this.#backlog} events behind; those that follow are lost to it`;
        subscriber.end(new UnavailableError(message, { op: "events.read", remedy: "subscribe again, and read faster" }));
      } else {
        subscriber.push(event);
      }
    }
  }

  /**
   * Live from the moment of the call, not from the first read. Ends when `signal` aborts or the bus closes.
   * Reading throws UnavailableError after the last event that was kept for a reader that fell too far behind.
   */
  subscribe(signal?: AbortSignal): AsyncIterable<EngineEvent> {
    let forget = (): void => {};
    const leave = (): void => {
      this.#subscribers.delete(queue);
      forget();
    };
    const end = (): void => {
      leave();
      queue.end();
    };
    const queue = new BoundedQueue<EngineEvent>(this.#backlog, leave);
    if (this.#closed) queue.end();
    else this.#subscribers.add(queue);
    forget = onAbort(signal, end);
    return queue;
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#subscribers.clear();
  }
}
