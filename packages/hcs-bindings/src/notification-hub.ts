import { FailedPreconditionError, HcsNotification, type HResult, hresultFailed, UnavailableError, withDeadline } from "@oriel/contracts";
import { type CallContext, errorContext, notificationOverdue } from "./call.ts";
import { describeHresult } from "./catalogue/hresult-catalogue.ts";
import { hresultError } from "./hcs-error.ts";

/** A notification as it was received. */
export interface Notice {
  readonly type: number;
  readonly status: HResult;
  readonly data: string | null;
}

interface Waiter {
  readonly types: readonly number[];
  readonly settle: (notice: Notice | undefined) => void;
}

/**
 * Receives the notifications of one handle. It keeps the first of each type until it is forgotten, so that one that
 * comes before somebody waits for it is not lost, and one that comes twice counts once.
 */
export class NotificationHub {
  readonly #seen = new Map<number, Notice>();
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  receive(type: number, status: HResult, data: string | null): void {
    if (this.#closed || this.#seen.has(type)) return;
    const notice: Notice = { type, status: status >>> 0, data };
    this.#seen.set(type, notice);
    for (const waiter of [...this.#waiters]) {
      if (waiter.types.includes(type)) this.#settle(waiter, notice);
    }
  }

  has(type: number): boolean {
    return this.#seen.has(type);
  }

  /** Before an operation that can happen several times: what came for a former one must not complete this one. */
  forget(type: number): void {
    this.#seen.delete(type);
  }

  /**
   * The first notice of one of `types`; of several that are here already, the one named first. Answers undefined
   * once the hub is closed. `cancel` stops waiting.
   */
  next(...types: readonly number[]): { readonly notice: Promise<Notice | undefined>; cancel(): void } {
    const here = types.map((type) => this.#seen.get(type)).find((notice) => notice !== undefined);
    if (here || this.#closed) return { notice: Promise.resolve(here), cancel() {} };
    let waiter: Waiter | undefined;
    const notice = new Promise<Notice | undefined>((settle) => {
      waiter = { types, settle };
      this.#waiters.add(waiter);
    });
    return { notice, cancel: () => waiter && this.#settle(waiter, undefined) };
  }

  /** After the callback is unregistered: nothing more will come, so nobody waits any longer. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) this.#settle(waiter, undefined);
  }

  #settle(waiter: Waiter, notice: Notice | undefined): void {
    if (this.#waiters.delete(waiter)) waiter.settle(notice);
  }
}

/**
 * Waits for the notification that completes a pending call.
 * @throws HcsError when it reports a failure, or when the system ended meanwhile; UnavailableError when the service
 *   went away; FailedPreconditionError when the handle was closed; DeadlineExceededError
 */
export async function awaitCompletion(hub: NotificationHub, type: number, context: CallContext): Promise<void> {
  const waiting = hub.next(type, HcsNotification.SystemExited, HcsNotification.ServiceDisconnect);
  const notice = await withDeadline(waiting.notice, {
    ms: context.timeouts.notification,
    error: () => notificationOverdue(context),
    signal: context.signal,
    op: context.op,
  }).finally(() => waiting.cancel());
  if (!notice) throw closedWhileWaiting(context);
  if (notice.type === HcsNotification.ServiceDisconnect) throw serviceDisconnected(context);
  if (notice.type !== type) throw endedWhileWaiting(notice, context);
  if (hresultFailed(notice.status)) throw noticeError(notice, context);
}

/** The error that a notice reports. */
export function noticeError(notice: Notice, context: CallContext) {
  return hresultError({ ...errorContext(context), hresult: notice.status, result: notice.data });
}

export function serviceDisconnected(context: CallContext): UnavailableError {
  const entry = describeHresult(0x8037011e);
  return new UnavailableError(`${context.op}: lost communication with the Host Compute Service`, {
    op: context.op,
    remedy: entry.remedy,
    resource: context.resource,
  });
}

export function closedWhileWaiting(context: CallContext): FailedPreconditionError {
  const who = context.resource === undefined ? "" : ` of ${context.resource}`;
  return new FailedPreconditionError(`${context.op}: the handle${who} was closed while this was under way`, {
    op: context.op,
    resource: context.resource,
  });
}

function endedWhileWaiting(notice: Notice, context: CallContext) {
  // A clean end is still not what was waited for.
  const status = hresultFailed(notice.status) ? notice.status : 0xc0370106;
  return noticeError({ ...notice, status }, context);
}
