import { causesOf } from "@oriel/contracts";
import type { FastifyRequest } from "fastify";

/** What Node.js throws where a connection ended under a request. */
const endedCodes: readonly unknown[] = ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED", "ABORT_ERR"];

/** Whether `error` comes of its client having left, and is no failure of ours. */
export function isClientLeft(request: FastifyRequest, error: unknown): boolean {
  if (request.raw.socket.destroyed !== true) return false;
  return [...causesOf(error)].some(
    (found) => found.name === "AbortError" || endedCodes.includes((found as { readonly code?: unknown }).code),
  );
}
