import {
  AlreadyExistsError,
  ConflictError,
  DeadlineExceededError,
  type ErrorCode,
  type ErrorDetails,
  FailedPreconditionError,
  type HResult,
  InternalError,
  InvalidArgumentError,
  isOrielError,
  NotFoundError,
  type OrielError,
  PermissionDeniedError,
  UnavailableError,
  UnimplementedError,
} from "@oriel/contracts";
import { describeHresult, displayCode, sameHresult } from "./catalogue/hresult-catalogue.ts";
import type { ErrorEvent, ResultDocument } from "./schema/result-document.ts";

/** The class of each kind of error. */
export const errorClasses = {
  InvalidArgument: InvalidArgumentError,
  NotFound: NotFoundError,
  AlreadyExists: AlreadyExistsError,
  Conflict: ConflictError,
  FailedPrecondition: FailedPreconditionError,
  PermissionDenied: PermissionDeniedError,
  Unavailable: UnavailableError,
  DeadlineExceeded: DeadlineExceededError,
  Unimplemented: UnimplementedError,
  Internal: InternalError,
} satisfies Record<ErrorCode, new (message: string, details: ErrorDetails) => OrielError>;

/** What an error that came from an HRESULT carries beside what every Oriel error has. */
export interface HcsFailure {
  /** Unsigned 32 bits. */
  readonly hresult: HResult;
  /** `HCS_E_INVALID_STATE`, `ERROR_ACCESS_DENIED`; the number itself where the catalogue has no name. */
  readonly symbol: string;
  /** The events of the result document; empty where there was none. */
  readonly events: readonly ErrorEvent[];
}

export type HcsError = OrielError & HcsFailure;

export interface HresultErrorOptions {
  /** The call that failed: `hcs::System::CreateProcess`, `ActivateLayer`. */
  readonly op: string;
  readonly hresult: HResult;
  /** The result document that the call answered, as JSON. Ignored when it is malformed. */
  readonly result?: string | null | undefined;
  /** Id or path of the object concerned. */
  readonly resource?: string | undefined;
  /** What the resource is. @default "container" */
  readonly subject?: string | undefined;
  /** What was attempted, put before the reason: the command line of a process. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** The Oriel error for a failed call, in the words that users of Docker for Windows know. */
export function hresultError(options: HresultErrorOptions): HcsError {
  const hresult = options.hresult >>> 0;
  const entry = describeHresult(hresult);
  const events = parseResultDocument(options.result).ErrorEvents ?? [];
  const who =
    options.resource === undefined
      ? options.op
      : `${options.subject ?? "container"} ${options.resource} encountered an error during ${options.op}`;
  const what = options.detail === undefined ? "" : `${options.detail}: `;
  const message = [
    `${who}: ${what}failure in a Windows system call: ${entry.meaning} (${displayCode(hresult)})`,
    ...events.map(renderEvent),
  ].join("\n");
  const isElsewhere = entry.elsewhere !== undefined && !options.op.endsWith("CreateProcess");
  // What a compute system lacks is no object that the caller named; of a layer that is not there it is.
  const code = isElsewhere && options.op.startsWith("hcs::") ? "FailedPrecondition" : entry.code;
  const error = new errorClasses[code](message, {
    op: options.op,
    remedy: isElsewhere ? entry.elsewhere.remedy : entry.remedy,
    resource: options.resource,
    cause: options.cause,
  });
  const failure: HcsFailure = { hresult, symbol: entry.symbol, events };
  return Object.assign(error, failure);
}

/** Whether `value` came from one of these HRESULTs (from any, if none is given). Both prefixes of HCS's codes match. */
export function isHcsError(value: unknown, ...hresults: readonly HResult[]): value is HcsError {
  if (!isOrielError(value) || !("hresult" in value) || typeof value.hresult !== "number") return false;
  const found = value.hresult;
  return hresults.length === 0 || hresults.some((hresult) => sameHresult(hresult, found));
}

/** Reads a result document; what is absent or malformed is an empty one, as the HRESULT says what matters. */
export function parseResultDocument(result: string | null | undefined): ResultDocument {
  if (!result) return {};
  try {
    const parsed: unknown = JSON.parse(result);
    if (typeof parsed !== "object" || parsed === null) return {};
    const events: unknown = (parsed as { ErrorEvents?: unknown }).ErrorEvents;
    const known = Array.isArray(events) ? events.filter((event) => typeof event === "object" && event !== null) : [];
    return { ...(parsed as ResultDocument), ErrorEvents: known };
  } catch {
    return {};
  }
}

function renderEvent(event: ErrorEvent): string {
  const parts: string[] = [];
  if (event.Message) parts.push(event.Message);
  if (event.StackTrace) parts.push(`Stack Trace: ${event.StackTrace}`);
  if (event.Provider) parts.push(`Provider: ${event.Provider}`);
  if (event.EventId) parts.push(`EventID: ${event.EventId}`);
  if (event.Flags) parts.push(`flags: ${event.Flags}`);
  if (event.Source) parts.push(`Source: ${event.Source}`);
  return `[Event Detail: ${parts.join(" ")}]`;
}
