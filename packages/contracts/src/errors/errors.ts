/**
 * The kinds of failure, named for what a caller can do next. The list is the field's own (containerd's errdefs, gRPC's
 * status codes); the gateway maps each to an HTTP status, so a new code without a status does not compile.
 */
export const errorCodes = [
  "InvalidArgument",
  "NotFound",
  "AlreadyExists",
  "Conflict",
  "FailedPrecondition",
  "PermissionDenied",
  "Unavailable",
  "DeadlineExceeded",
  "Unimplemented",
  "Internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What an error says beside its message. */
export interface ErrorDetails {
  /** The operation that failed, as `noun.verb`: `layer.import`, `container.start`. */
  readonly op: string;
  /** The id of the object concerned, where there is one. */
  readonly resource?: string | undefined;
  /** What the user can do about it, as a sentence. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** Base of every error that crosses a package boundary. Match by `code` (see {@link isOrielError}), not by class. */
export abstract class OrielError extends Error {
  abstract readonly code: ErrorCode;
  readonly op: string;
  readonly resource: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.op = details.op;
    this.resource = details.resource;
    this.remedy = details.remedy;
  }
}

/** A value that the caller gave is malformed, out of range or in conflict with another. */
export class InvalidArgumentError extends OrielError {
  readonly code = "InvalidArgument";
}

/** The object named does not exist. */
export class NotFoundError extends OrielError {
  readonly code = "NotFound";
}

/** An object of that name or id exists already. */
export class AlreadyExistsError extends OrielError {
  readonly code = "AlreadyExists";
}

/** The object is in use, or in a state that excludes the operation; another operation could resolve it. */
export class ConflictError extends OrielError {
  readonly code = "Conflict";
}

/** Something that must be true first is not: an image not loaded, a host feature missing. */
export class FailedPreconditionError extends OrielError {
  readonly code = "FailedPrecondition";
}

/** The host refused access. */
export class PermissionDeniedError extends OrielError {
  readonly code = "PermissionDenied";
}

/** A service that is needed does not answer now; the same call may succeed later. */
export class UnavailableError extends OrielError {
  readonly code = "Unavailable";
}

/** The operation was not finished within its deadline. */
export class DeadlineExceededError extends OrielError {
  readonly code = "DeadlineExceeded";
}

/** This host, backend or version cannot do that. */
export class UnimplementedError extends OrielError {
  readonly code = "Unimplemented";
}

/** A fault of Oriel itself or of the system below it that the caller cannot mend. */
export class InternalError extends OrielError {
  readonly code = "Internal";
}

/**
 * Whether `value` is an Oriel error, and of the given code if one is given. Works across copies of this package, as it
 * looks at the code and not at the class.
 */
export function isOrielError(value: unknown, code?: ErrorCode): value is OrielError {
  if (!(value instanceof Error)) return false;
  const found: unknown = (value as { code?: unknown }).code;
  const known = (errorCodes as readonly unknown[]).includes(found) && "op" in value;
  return known && (code === undefined || found === code);
}

/** `value` itself where it is an Oriel error, otherwise an {@link InternalError} with it as cause. */
export function toOrielError(value: unknown, op: string, resource?: string): OrielError {
  if (isOrielError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new InternalError(`${op}: ${message}`, { op, cause: value, resource });
}
