import type { HcsNotificationCallback } from "@oriel/contracts";
import type { FaultPlan } from "../faults/fault-plan.ts";

interface Notification {
  readonly type: number;
  readonly status: number;
  readonly data: string | null;
  /** Delivered within the call that registers for it, as a foreign thread of Windows may. */
  readonly early: boolean;
}

/**
 * Delivers the notifications of one system or process. What happened before a callback was registered is kept and
 * delivered on its registration: callers register after the create call has returned, and would otherwise wait for ever.
 */
export class NotificationSource {
  readonly #callbacks = new Map<bigint, { readonly callback: HcsNotificationCallback; readonly context: bigint }>();
  readonly #past: Notification[] = [];
  readonly #faults: FaultPlan | undefined;

  constructor(faults?: FaultPlan) {
    this.#faults = faults;
  }

  register(key: bigint, callback: HcsNotificationCallback, context: bigint): void {
    this.#callbacks.set(key, { callback, context });
    for (const notification of this.#past) {
      if (notification.early) callback(notification.type, context, notification.status, notification.data);
      else this.#deliver(key, notification);
    }
  }

  /** None comes after this. */
  unregister(key: bigint): void {
    this.#callbacks.delete(key);
  }

  notify(type: number, status = 0, data: string | null = null): void {
    const fault = this.#faults?.forNotification(type);
    if (fault === "lose") return;
    const notification = { type, status, data, early: fault === "early" };
    for (let times = fault === "duplicate" ? 2 : 1; times > 0; times--) {
      this.#past.push(notification);
      for (const key of this.#callbacks.keys()) this.#deliver(key, notification);
    }
  }

  /** On a later turn of the event loop: on Windows, too, a callback never runs inside the call that causes it. */
  #deliver(key: bigint, { type, status, data }: Notification): void {
    setImmediate(() => {
      const target = this.#callbacks.get(key);
      target?.callback(type, target.context, status, data);
    });
  }
}
