import { type IncomingMessage, type RequestOptions, request as sendRequest } from "node:http";
import { type Duplex, PassThrough, type Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { answerError, ClientError, connectionError } from "./client-error.ts";
import type { OrielClient } from "./create-client.ts";
import { demultiplex, type OutputChunk } from "./demultiplex.ts";

export interface AttachOptions {
  /** @default false */
  readonly stdin?: boolean;
  /** @default true */
  readonly stdout?: boolean;
  /** @default true */
  readonly stderr?: boolean;
  /** Begin with what was put out so far. @default false */
  readonly logs?: boolean;
  /** Stay for what comes. @default true */
  readonly stream?: boolean;
  /** For a terminal: the keys by which the user leaves, as `ctrl-p,ctrl-q`. */
  readonly detachKeys?: string;
  readonly signal?: AbortSignal;
}

/** A container's streams. Both outputs must be read: one that is not holds up the other. */
export interface Attachment {
  /** Ending it ends the container's input. Ended already where stdin was not asked for. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty for a container with a terminal, whose output is one stream. */
  readonly stderr: Readable;
  readonly tty: boolean;
  /** Leaves; the container goes on. The gateway notices with the container's next output. */
  detach(): void;
}

/**
 * Joins a container's input and output; attach before starting it to miss nothing.
 * @throws ClientError
 */
export async function attach(client: OrielClient, id: string, options: AttachOptions = {}): Promise<Attachment> {
  const { response, socket } = await upgrade(client, attachPath(id, options), options.signal);
  const tty = response.headers["content-type"] === "application/vnd.docker.raw-stream";
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
  });
  let left = false;
  const detach = () => {
    left = true;
    socket.destroy();
  };
  // Writing to a container that has ended is the end of the input, not a failure of the attachment.
  stdin.on("error", () => {});
  socket.on("error", () => {});
  socket.once("close", () => {
    stdin.destroy();
    options.signal?.removeEventListener("abort", detach);
  });
  options.signal?.addEventListener("abort", detach, { once: true });
  if (options.signal?.aborted === true) detach();
  if (options.stdin !== true) stdin.end();
  void deliver(tty ? raw(socket) : demultiplex(socket), { stdout, stderr }, () => left).finally(() => socket.destroy());
  return { stdin, stdout, stderr, tty, detach };
}

async function* raw(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  for await (const data of bytes) yield { stream: "stdout", data };
}

/** Never rejects: what breaks off shows on the outputs, unless the caller left. */
async function deliver(
  chunks: AsyncIterable<OutputChunk>,
  { stdout, stderr }: Readonly<Record<OutputChunk["stream"], PassThrough>>,
  hasLeft: () => boolean,
): Promise<void> {
  let fault: unknown;
  try {
    for await (const { stream, data } of chunks) {
      const output = stream === "stdout" ? stdout : stderr;
      if (!output.write(data)) await drained(output);
    }
  } catch (error) {
    fault = error;
  }
  stderr.end();
  if (fault === undefined || hasLeft()) stdout.end();
  else stdout.destroy(fault instanceof ClientError ? fault : new ClientError("the connection was closed", undefined, { cause: fault }));
}

function drained(output: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      output.off("drain", done);
      output.off("close", done);
      resolve();
    };
    output.on("drain", done);
    output.on("close", done);
  });
}

function attachPath(id: string, options: AttachOptions): string {
  const { stdin = false, stdout = true, stderr = true, logs = false, stream = true, detachKeys } = options;
  const flags = Object.entries({ stdin, stdout, stderr, logs, stream }).filter(([, on]) => on);
  const query = new URLSearchParams(Object.fromEntries(flags.map(([name]) => [name, "1"])));
  if (detachKeys !== undefined) query.set("detachKeys", detachKeys);
  return `/containers/${encodeURIComponent(id)}/attach?${query.toString()}`;
}

/** Asks for the bare connection. @throws ClientError for any other answer */
function upgrade(client: OrielClient, path: string, signal?: AbortSignal): Promise<{ response: IncomingMessage; socket: Duplex }> {
  const { origin, socketPath, host } = client.address;
  const options: RequestOptions = {
    method: "POST",
    path,
    headers: { connection: "Upgrade", upgrade: "tcp", "content-length": 0 },
    // A connection of its own: it does not go back to any pool.
    agent: false,
    ...(socketPath === undefined ? hostAndPort(origin) : { socketPath }),
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve, reject) => {
    const request = sendRequest(options);
    request.once("error", (error) => reject(connectionError(host, error)));
    request.once("response", (response) => {
      text(response).then(
        (body) => reject(answerError(response.statusCode ?? 0, body)),
        (error: unknown) => reject(connectionError(host, error)),
      );
    });
    request.once("upgrade", (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve({ response, socket });
    });
    request.end();
  });
}

function hostAndPort(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 80 : Number(port) };
}
