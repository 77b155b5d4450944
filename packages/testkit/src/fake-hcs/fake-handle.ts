import type { HcsNotificationCallback } from "@oriel/contracts";

/** An open handle of a system or process. What is notified before a callback is there waits for it. */
export class FakeHandle<T> {
  readonly target: T;
  readonly #waiting: { readonly type: number; readonly status: number }[] = [];
  #registered: { readonly callback: HcsNotificationCallback; readonly context: bigint } | undefined;

  constructor(target: T) {
    this.target = target;
  }

  notify(type: number, status: number): void {
    if (!this.#registered) {
      this.#waiting.push({ type, status });
      return;
    }
    this.#registered.callback(type, this.#registered.context, status, null);
  }

  register(callback: HcsNotificationCallback, context: bigint): void {
    this.#registered = { callback, context };
    for (const { type, status } of this.#waiting.splice(0)) setImmediate(() => this.#registered && this.notify(type, status));
  }

  unregister(): void {
    this.#registered = undefined;
  }
}
