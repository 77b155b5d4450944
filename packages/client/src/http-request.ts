import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ClientAddress } from "./client-address.ts";
import { connectionError } from "./client-error.ts";
import { drained } from "./drained.ts";

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they come, text as a whole. */
  readonly body?: string | AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Owner of the connection; false: the one that takes it over. */
  readonly agent: Agent | false;
}

/**
 * Node.js's HTTP, loaded when it is used. An import of it as an ES module reads all that it exports, which loads Node.js's
 * fetch too: twice the time of a short command.
 */
export function http(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

/** Milliseconds for a connection to be made; the system itself tries for minutes. */
const connectTimeout = 10_000;

/**
 * Begins a request, without a time limit once it is connected: waiting for a container may take for ever without a byte. The
 * caller listens to `error`, and ends it.
 */
export function openRequest(address: ClientAddress, { method, path, headers, signal, agent }: HttpRequest): ClientRequest {
  const { origin, socketPath } = address;
  const options: RequestOptions = {
    method,
    path,
    agent,
    headers,
    ...(socketPath === undefined ? hostAndPort(origin) : { socketPath }),
    signal,
  };
  return limitConnecting(http().request(options));
}

function limitConnecting(request: ClientRequest): ClientRequest {
  return request.once("socket", (socket) => {
    if (!socket.connecting) return;
    const error = new Error(`there was no connection within ${connectTimeout / 1000} seconds`);
    const timer = setTimeout(() => request.destroy(error), connectTimeout);
    const forget = (): void => clearTimeout(timer);
    socket.once("connect", forget).once("close", forget);
  });
}

/**
 * Sends a request; returns the answer with its body unread, as soon as its headers came, whatever of the request's body
 * is unsent then.
 * @throws ClientError where no answer comes; the signal's reason when that aborts
 */
export function sendRequest(address: ClientAddress, request: HttpRequest): Promise<IncomingMessage> {
  const { body, signal } = request;
  return new Promise((resolve, reject) => {
    const sent = openRequest(address, request);
    sent.once("response", resolve);
    // After the answer came the reader of its body sees what happens; this promise has resolved.
    sent.on("error", (error) => reject(failure(address, error, signal)));
    if (body === undefined || typeof body === "string") sent.end(body);
    else void sendBody(sent, body);
  });
}

/** The body of an answer; to leave the loop ends the request. @throws as `sendRequest` */
export async function* readBody(address: ClientAddress, response: IncomingMessage, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* response as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw failure(address, error, signal);
  }
}

/** @throws as `sendRequest` */
export async function readText(address: ClientAddress, response: IncomingMessage, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(address, response, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function failure({ host }: ClientAddress, error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : connectionError(host, error);
}

/** Never rejects: a body that breaks off ends the request. */
async function sendBody(request: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    request.flushHeaders();
    for await (const chunk of body) {
      if (request.destroyed) return;
      if (!request.write(chunk)) await drained(request);
    }
    request.end();
  } catch (error) {
    request.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function hostAndPort(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 80 : Number(port) };
}
