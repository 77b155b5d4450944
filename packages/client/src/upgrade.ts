import { type IncomingMessage, type RequestOptions, request as sendRequest } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { answerError, connectionError } from "./client-error.ts";
import type { OrielClient } from "./create-client.ts";

export interface UpgradeOptions {
  /** Sent as JSON before the connection is taken over. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
}

/** Asks for the bare connection. @throws ClientError for any other answer */
export function upgrade(client: OrielClient, path: string, { body, signal }: UpgradeOptions = {}): Promise<Upgraded> {
  const { origin, socketPath, host } = client.address;
  const payload = body === undefined ? "" : JSON.stringify(body);
  const options: RequestOptions = {
    method: "POST",
    path,
    headers: {
      connection: "Upgrade",
      upgrade: "tcp",
      "content-length": Buffer.byteLength(payload),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
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
    request.end(payload);
  });
}

function hostAndPort(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 80 : Number(port) };
}
