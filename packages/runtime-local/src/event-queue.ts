import type { Logger, RuntimeEvent, RuntimeEventListener } from "@oriel/contracts";

/**
 * Tells listeners what happens to containers. Of each container every listener hears one event after the other, in the
 * order in which they were emitted; containers and listeners do not wait for each other.
 */
export class EventQueue {
  readonly #logger: Logger;
  readonly #subscriptions = new Set<Subscription>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Calls `listener` for what is emitted from now on. Answers what ends it; events still waiting are dropped then. */
  subscribe(listener: RuntimeEventListener): () => void {
    const subscription: Subscription = { listener, tails: new Map() };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  emit(event: RuntimeEvent): void {
    for (const subscription of this.#subscriptions) {
      const { tails } = subscription;
      const tail = (tails.get(event.id) ?? Promise.resolve()).then(() => this.#deliver(subscription, event));
      tails.set(event.id, tail);
      void tail.then(() => {
        if (tails.get(event.id) === tail) tails.delete(event.id);
      });
    }
  }

  async #deliver(subscription: Subscription, event: RuntimeEvent): Promise<void> {
    if (!this.#subscriptions.has(subscription)) return;
    try {
      await subscription.listener(event);
    } catch (error) {
      this.#logger.error({ container: event.id, event: event.kind, error: String(error) }, "a listener of container events failed");
    }
  }
}

interface Subscription {
  readonly listener: RuntimeEventListener;
  /** The delivery of each container's last event, while it is under way. */
  readonly tails: Map<string, Promise<void>>;
}
