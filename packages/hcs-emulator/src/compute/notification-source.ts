import type { HcsNotificationCallback } from "@oriel/core";

interface Notification {
  readonly type: number;
  readonly status: number;
  readonly data: string | null;
}

/**
 * Delivers the notifications of one system or process. What happened before a callback was registered is kept and
 * delivered on its registration: callers register after the create call has returned, and would otherwise wait for ever.
 */
export class NotificationSource {
  readonly #callbacks = new Map<bigint, { readonly callback: HcsNotificationCallback; readonly context: bigint }>();
  readonly #past: Notification[] = [];

  register(key: bigint, callback: HcsNotificationCallback, context: bigint): void {
    this.#callbacks.set(key, { callback, context });
    for (const notification of this.#past) this.#deliver(key, notification);
  }

  /** None comes after this. */
  unregister(key: bigint): void {
    this.#callbacks.delete(key);
  }

  notify(type: number, status = 0, data: string | null = null): void {
    const notification = { type, status, data };
    this.#past.push(notification);
    for (const key of this.#callbacks.keys()) this.#deliver(key, notification);
  }

  /** Always on a later turn of the event loop: on Windows, too, a callback never runs inside the call that causes it. */
  #deliver(key: bigint, { type, status, data }: Notification): void {
    setImmediate(() => {
      const target = this.#callbacks.get(key);
      target?.callback(type, target.context, status, data);
    });
  }
}
