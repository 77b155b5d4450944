import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { answerError, connectionError } from "./client-error.ts";
import type { OrielClient } from "./create-client.ts";
import { openRequest, readText } from "./http-request.ts";

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
  const { address } = client;
  const payload = body === undefined ? "" : JSON.stringify(body);
  const headers = {
    connection: "Upgrade",
    upgrade: "tcp",
    "content-length": String(Buffer.byteLength(payload)),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const request = openRequest(address, { method: "POST", path, headers, signal, agent: false });
    request.once("error", (error) => reject(signal?.aborted === true ? signal.reason : connectionError(address.host, error)));
    request.once("response", (response) => {
      readText(address, response, signal).then((text) => reject(answerError(response.statusCode ?? 0, text)), reject);
    });
    request.once("upgrade", (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve({ response, socket });
    });
    request.end(payload);
  });
}
