import { type ErrorCode, isOrielError } from "@oriel/contracts";

/**
 * The status for each kind of failure, as dockerd has them: what docker clients do next depends on it. A state that
 * excludes the operation is 409 there too, whatever the cause.
 */
const statusOfCode = {
  InvalidArgument: 400,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  FailedPrecondition: 409,
  PermissionDenied: 403,
  Unavailable: 503,
  DeadlineExceeded: 504,
  Unimplemented: 501,
  Internal: 500,
} satisfies Record<ErrorCode, number>;

export interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
}

/** Fastify's own errors, where its status or words are not those of Docker's API. */
const frameworkAnswers: Readonly<Record<string, (error: Error) => ErrorAnswer>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => ({ status: 400, message: "the request's Content-Type must be 'application/json'" }),
  FST_ERR_CTP_BODY_TOO_LARGE: () => ({ status: 413, message: "the request's body is too large" }),
  FST_ERR_BAD_URL: (error) => ({ status: 400, message: error.message }),
};

/** What to answer for an error, of whatever origin. The message of a fault that the caller cannot mend stays general. */
export function answerFor(error: unknown): ErrorAnswer {
  if (isOrielError(error)) return { status: statusOfCode[error.code], message: describe(error.message, error.remedy) };
  if (!(error instanceof Error)) return { status: 500, message: "internal error" };
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === "string" ? frameworkAnswers[code] : undefined;
  if (known !== undefined) return known(error);
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return { status: statusCode, message: error.message };
  return { status: 500, message: `internal error: ${error.message}` };
}

function describe(message: string, remedy: string | undefined): string {
  if (remedy === undefined || message.includes(remedy)) return message;
  const sentence = remedy.charAt(0).toUpperCase() + remedy.slice(1);
  if (message.includes("\n")) return `${message}\n${sentence}`;
  return `${message}${/[.!?\])]$/.test(message) ? "" : "."} ${sentence}`;
}
