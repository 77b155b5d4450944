import { DeadlineExceededError, HCS, type HcsAnswer, type HResult, hresultFailed, InternalError, withDeadline } from "@oriel/contracts";
import { sameHresult } from "./catalogue/hresult-catalogue.ts";
import { hresultError } from "./hcs-error.ts";

/** How long a call may take, in milliseconds. */
export interface HcsTimeouts {
  /** A call into the service. @default 240000, as hcsshim has it */
  readonly call: number;
  /** The notification that completes a pending call. @default 240000 */
  readonly notification: number;
}

export const defaultTimeouts: HcsTimeouts = { call: 240_000, notification: 240_000 };

/** Options of every operation of a compute system or process. */
export interface OperationOptions {
  /** Gives the operation up; the call itself cannot be taken back, and what it makes late is undone. */
  readonly signal?: AbortSignal | undefined;
}

/** What an operation is, for its messages and limits. */
export interface CallContext extends OperationOptions {
  readonly op: string;
  readonly resource?: string;
  readonly subject?: string;
  /** Put before the reason of a failure. */
  readonly detail?: string | undefined;
  readonly timeouts: HcsTimeouts;
}

/** The error of a call that did not answer in time. */
export function callOverdue(context: CallContext): DeadlineExceededError {
  return overdue(context, "the Host Compute Service did not answer", context.timeouts.call);
}

/** The error of a pending call whose notification did not come in time. */
export function notificationOverdue(context: CallContext): DeadlineExceededError {
  return overdue(context, "its completion was not notified", context.timeouts.notification);
}

function overdue(context: CallContext, what: string, ms: number): DeadlineExceededError {
  const who = context.resource === undefined ? "" : `${context.subject ?? "container"} ${context.resource}: `;
  return new DeadlineExceededError(`${who}${context.op}: ${what} within ${ms / 1000} s`, {
    op: context.op,
    remedy: "Check that the host is not overloaded; restart the vmcompute service if every container is affected.",
    resource: context.resource,
  });
}

/**
 * Makes one call and waits for its answer within the call deadline. The HRESULT is the caller's to judge.
 * @throws DeadlineExceededError; the signal's reason
 */
export function timedCall<A extends HcsAnswer>(
  context: CallContext,
  call: () => Promise<A>,
  onLate?: (answer: A) => void | Promise<void>,
): Promise<A> {
  return withDeadline(call(), {
    ms: context.timeouts.call,
    error: () => callOverdue(context),
    signal: context.signal,
    op: context.op,
    onLate,
  });
}

/** Throws the error of a failed answer, unless its HRESULT is one of `accepted`. "Pending" is no failure. */
export function checkAnswer(answer: HcsAnswer, context: CallContext, accepted: readonly HResult[] = []): void {
  if (!hresultFailed(answer.hresult) || isPending(answer) || accepted.some((known) => sameHresult(known, answer.hresult))) return;
  throw hresultError({ ...errorContext(context), hresult: answer.hresult, result: answer.result });
}

export function isPending(answer: HcsAnswer): boolean {
  return answer.hresult === HCS.OPERATION_PENDING;
}

/** The part of a context that {@link hresultError} takes. */
export function errorContext(context: CallContext) {
  const { op, resource, subject, detail } = context;
  return {
    op,
    resource,
    subject,
    detail,
  };
}

/**
 * Reads a document that the service answered.
 * @throws InternalError when it is no JSON; HCS never answers an empty string here
 */
export function parseAnswer<T>(text: string | null, context: CallContext): T {
  try {
    return JSON.parse(text ?? "") as T;
  } catch (cause) {
    const shown = JSON.stringify((text ?? "").slice(0, 80));
    throw new InternalError(`${context.op}: the service answered ${shown}, which is no JSON document`, {
      op: context.op,
      cause,
      resource: context.resource,
    });
  }
}
