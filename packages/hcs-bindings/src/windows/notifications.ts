import type { HcsAnswer, HcsCallback, HcsNotificationCallback } from "@oriel/contracts";
import { hresultFailed } from "@oriel/contracts";
import { notificationCallback } from "../native/notification-callback.ts";

type Registered = HcsAnswer & { readonly callbackHandle: HcsCallback };

interface Subscriber {
  readonly callback: HcsNotificationCallback;
  readonly context: bigint;
}

// A timer that never fires: whoever waits for a notification must find the process still there.
const never = 2 ** 31 - 1;

/**
 * One function pointer for all registrations, which are told apart by a number in place of the context. HCS may call it
 * late or for what is not known any more; an unknown number is ignored.
 */
export class Notifications {
  readonly #subscribers = new Map<bigint, Subscriber>();
  readonly #numbers = new Map<HcsCallback, bigint>();
  #native: ReturnType<typeof notificationCallback> | undefined;
  #last = 0n;
  #alive: NodeJS.Timeout | undefined;

  /** Registrations that there are. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** `register` gets the function pointer and the number. Notifications may come before it has answered, and are passed on. */
  async add(subscriber: Subscriber, register: (callback: bigint, number: bigint) => Promise<Registered>): Promise<Registered> {
    this.#native ??= notificationCallback((type, number, status, data) => this.#receive(type, number, status, data));
    this.#last += 1n;
    const number = this.#last;
    this.#subscribers.set(number, subscriber);
    this.#alive ??= setInterval(() => undefined, never);
    try {
      const answer = await register(this.#native.address, number);
      if (hresultFailed(answer.hresult)) this.#remove(number);
      else this.#numbers.set(answer.callbackHandle, number);
      return answer;
    } catch (error) {
      this.#remove(number);
      throw error;
    }
  }

  /** `unregister` waits for calls under way, which come through until it answers. */
  async remove(handle: HcsCallback, unregister: () => Promise<HcsAnswer>): Promise<HcsAnswer> {
    // Taken out first: once it is unregistered, HCS may give the same handle to another.
    const number = this.#numbers.get(handle);
    this.#numbers.delete(handle);
    try {
      return await unregister();
    } finally {
      if (number !== undefined) this.#remove(number);
    }
  }

  /** Gives the function pointer back. Only for when HCS cannot call it any more: nothing is registered. */
  close(): void {
    if (this.size > 0) return;
    this.#native?.free();
    this.#native = undefined;
  }

  #receive(type: number, number: bigint, status: number, data: string | null): void {
    const subscriber = this.#subscribers.get(number);
    if (subscriber === undefined) return;
    // The thread that notifies waits for this to return, so the callback runs after it; a fault of it is not HCS's affair.
    queueMicrotask(() => subscriber.callback(type, subscriber.context, status, data));
  }

  #remove(number: bigint): void {
    this.#subscribers.delete(number);
    if (this.size > 0) return;
    clearInterval(this.#alive);
    this.#alive = undefined;
  }
}
