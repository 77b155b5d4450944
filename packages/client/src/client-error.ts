/** A request that failed: answered by the gateway with a status, or not answered at all. */
export class ClientError extends Error {
  /** The HTTP status; undefined where no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ClientError";
    this.status = status;
  }
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nobody listens there",
  EACCES: "permission denied",
  ECONNRESET: "the connection was closed",
  UND_ERR_SOCKET: "the connection was closed",
};

/** A failure below HTTP, in words. An aborted request keeps its own error, so that the caller recognises it. */
export function connectionError(host: string, error: unknown): unknown {
  if (error instanceof ClientError || (error instanceof Error && error.name === "AbortError")) return error;
  const cause = innermost(error);
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = typeof code === "string" ? faults[code] : undefined;
  const hint = code === "ENOENT" || code === "ECONNREFUSED" ? "; is the daemon running?" : "";
  return new ClientError(`cannot reach ${host}: ${known ?? String(message)}${hint}`, undefined, { cause: error });
}

/** The message of an answer that is no success; gateways write `{ "message": … }`. */
export function answerError(status: number, body: string): ClientError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  const message: unknown = typeof parsed === "object" && parsed !== null && "message" in parsed ? parsed.message : undefined;
  return new ClientError(typeof message === "string" ? message : body.trim() || `the gateway answered with status ${status}`, status);
}

function innermost(error: unknown): unknown {
  let found = error;
  for (let depth = 0; found instanceof Error && depth < 8; depth += 1) {
    const inner: unknown = found instanceof AggregateError ? found.errors[0] : found.cause;
    if (inner === undefined) break;
    found = inner;
  }
  return found;
}
