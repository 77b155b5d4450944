import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

/** Sends the headers of a streamed answer at once; the caller ends the body. */
export function openStream(reply: FastifyReply, mediaType: string): ServerResponse {
  const headers = answerHeaders(reply, mediaType);
  reply.hijack();
  reply.raw.writeHead(200, headers);
  reply.raw.flushHeaders();
  return reply.raw;
}

/** Aborts when the client's connection goes before the answer was finished, or the gateway closes. */
export function streamSignal(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return AbortSignal.any([gone.signal, closing]);
}

/** The headers that were set so far: Fastify does not send them with what a handler writes itself. */
export function answerHeaders(reply: FastifyReply, mediaType: string): Record<string, string> {
  const fields = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(fields), "content-type": mediaType };
}
