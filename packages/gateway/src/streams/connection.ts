import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex, Readable, Writable } from "node:stream";
import { InvalidArgumentError } from "@oriel/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerHeaders } from "./open-stream.ts";

/** A connection that left HTTP: bytes both ways. */
export interface RawConnection {
  /** Ends when the client has sent everything (a half-close). Undefined where the client cannot send. */
  readonly input: Readable | undefined;
  readonly output: Writable;
}

type Routing = (request: IncomingMessage, response: ServerResponse) => void;

interface Upgrade {
  readonly socket: Duplex;
  /** What came behind the request's headers, and is not read yet. */
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** How long a client may keep its side open after everything was sent. */
const lingerMilliseconds = 10_000;

/**
 * Routes requests that ask for an upgrade like any other: Node delivers them apart, with the bare socket. A route that
 * does not take the connection over answers in HTTP, as the protocol allows, and the connection is closed then.
 */
export function routeUpgrades(server: Server, routing: Routing): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // The socket of a server is a net.Socket, which the listener's type does not say.
    response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
    response.on("finish", () => endConnection(socket));
    routing(request, response);
  });
}

/**
 * Returns the request and hands out its connection. With `Upgrade: tcp` that is the bare socket, after an answer of 101.
 * Without, the answer is an ordinary one of 200 whose body ends with the connection, and the input is the request's body.
 */
export function takeConnection(request: FastifyRequest, reply: FastifyReply, mediaType: string): RawConnection {
  const headers = answerHeaders(reply, mediaType);
  reply.hijack();
  const upgrade = upgrades.get(request.raw);
  if (upgrade === undefined) {
    const response = reply.raw;
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, headers);
    response.flushHeaders();
    return { input: hasBody(request.raw) ? request.raw : undefined, output: response };
  }
  const { socket, head } = upgrade;
  // A server's sockets are net.Sockets; detaching keeps the response from writing to it or ending it.
  reply.raw.detachSocket(socket as Parameters<ServerResponse["detachSocket"]>[0]);
  const fields = Object.entries({ ...headers, connection: "Upgrade", upgrade: "tcp" });
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  if (head.length > 0) socket.unshift(head);
  return { input: socket, output: socket };
}

/**
 * The body of a request, also of one that asks for an upgrade: what stands behind its headers on the bare connection
 * belongs to the body as far as Content-Length says, and is input from there on.
 * @throws InvalidArgumentError for a body that is longer than `limit` bytes, breaks off, or has no length said.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const length = Number(request.headers["content-length"] ?? 0);
  const upgrade = upgrades.get(request);
  if (upgrade !== undefined && request.headers["transfer-encoding"] !== undefined) throw badBody("has no Content-Length");
  if (length > limit) throw badBody(`is longer than ${limit} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > limit) throw badBody(`is longer than ${limit} bytes`);
    chunks.push(chunk);
  };
  for await (const chunk of request) take(chunk as Buffer);
  if (upgrade === undefined) return Buffer.concat(chunks);

  while (size < length) {
    if (upgrade.head.length === 0) upgrade.head = await nextChunk(upgrade.socket);
    take(upgrade.head.subarray(0, length - size));
    upgrade.head = upgrade.head.subarray(chunks.at(-1)?.length ?? 0);
  }
  return Buffer.concat(chunks);
}

async function nextChunk(socket: Duplex): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.destroyed || socket.readableEnded) throw badBody("broke off");
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ["readable", "end", "close"]) socket.off(event, done);
        resolve();
      };
      for (const event of ["readable", "end", "close"]) socket.on(event, done);
    });
  }
}

function badBody(fault: string): InvalidArgumentError {
  return new InvalidArgumentError(`the request's body ${fault}`, { op: "gateway.body" });
}

/** Ends the output, and the whole connection once the client has ended too or a while has passed. */
export function endConnection(output: Writable): void {
  if (output.destroyed) return;
  output.end();
  const timer = setTimeout(() => output.destroy(), lingerMilliseconds);
  timer.unref();
  output.once("close", () => clearTimeout(timer));
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
}
