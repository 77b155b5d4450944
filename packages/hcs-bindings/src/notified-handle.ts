import type { HcsAnswer, HcsCallback, HcsNotificationCallback } from "@oriel/contracts";
import { type CallContext, checkAnswer, timedCall } from "./call.ts";
import type { LiveHandle } from "./live-handles.ts";
import { NotificationHub } from "./notification-hub.ts";
import { OwnedHandle } from "./owned-handle.ts";

/** The calls that differ between the handles of systems and of processes. */
export interface NotifiedHandleCalls<H> {
  register(handle: H, callback: HcsNotificationCallback, context: bigint): Promise<HcsAnswer & { readonly callbackHandle: HcsCallback }>;
  unregister(callback: HcsCallback): Promise<HcsAnswer>;
  close(handle: H): Promise<HcsAnswer>;
}

/** A handle together with what is notified of it. */
export interface NotifiedHandle<H extends bigint> {
  readonly owned: OwnedHandle<H>;
  readonly hub: NotificationHub;
  /** Whether notifications come. */
  readonly registered: boolean;
  /** Begins the notifications. @throws HcsError; DeadlineExceededError; the signal's reason */
  register(context: CallContext): Promise<void>;
}

let nextContext = 1n;

/** Owns `value`: closing it unregisters the callback first, so that no notification comes to a closed handle. */
export function notifiedHandle<H extends bigint>(
  value: H,
  handle: LiveHandle,
  calls: NotifiedHandleCalls<H>,
  closing: CallContext,
): NotifiedHandle<H> {
  const hub = new NotificationHub();
  let registered: HcsCallback | undefined;
  const owned = new OwnedHandle<H>(value, handle, async (held, gone) => {
    const failures: unknown[] = [];
    const attempt = (call: () => Promise<HcsAnswer>) =>
      timedCall(closing, call)
        .then((answer) => checkAnswer(answer, closing))
        .catch((error: unknown) => void failures.push(error));
    const callback = registered;
    if (callback !== undefined) await attempt(() => calls.unregister(callback));
    await attempt(() => calls.close(held).finally(gone));
    hub.close();
    if (failures.length > 0) throw failures[0];
  });
  return {
    owned,
    hub,
    get registered() {
      return registered !== undefined;
    },
    async register(context) {
      const number = nextContext++;
      const answer = await owned.call(
        context,
        (held) => calls.register(held, (type, _context, status, data) => hub.receive(type, status, data), number),
        async (late) => {
          if (late.callbackHandle !== 0n) await calls.unregister(late.callbackHandle);
        },
      );
      checkAnswer(answer, context);
      registered = answer.callbackHandle;
    },
  };
}
