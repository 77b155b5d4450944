import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import { Agent, Request, fetch as undiciFetch } from "undici";
import { type ClientAddress, parseClientAddress } from "./client-address.ts";
import { answerError, connectionError } from "./client-error.ts";
import type { paths } from "./generated/api.ts";

export interface ClientOptions {
  /** `unix:///run/oriel.sock`, `tcp://127.0.0.1:2375` or `npipe:////./pipe/oriel`. */
  readonly host: string;
}

/**
 * A gateway's routes by method and path, typed: `client.GET("/containers/{id}/json", { params: { path: { id } } })`.
 * What fails throws ClientError; 304, "it is so already", does not.
 */
export interface OrielClient extends FetchClient<paths> {
  readonly address: ClientAddress;
  /** Closes the connections that are kept open between requests. */
  close(): Promise<void>;
}

/** @throws ClientError for a host that is no address */
export function createClient({ host }: ClientOptions): OrielClient {
  const address = parseClientAddress(host);
  // Waiting for a container, and its output, may take for ever without a byte: no time limit but the caller's signal.
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(address.socketPath === undefined ? {} : { connect: { socketPath: address.socketPath } }),
  });
  const send = async (request: Request): Promise<Response> => {
    const response = await undiciFetch(request, { dispatcher }).catch((error: unknown) => {
      throw connectionError(host, error);
    });
    if (!response.ok && response.status !== 304) throw answerError(response.status, await response.text());
    // undici's own Response and the one of Node.js are the same, declared twice.
    return response as unknown as Response;
  };
  const client = createFetchClient<paths>({
    baseUrl: address.origin,
    // A request must be of the same undici as the fetch that sends it; openapi-fetch declares those of Node.js.
    Request: Request as unknown as typeof globalThis.Request,
    fetch: send as unknown as (request: globalThis.Request) => Promise<Response>,
  });
  return Object.assign(client, { address, close: () => dispatcher.close() });
}

/** The data of an answer. @throws ClientError as the request itself */
export async function unwrap<Data>(request: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await request;
  // The type says "or nothing" for failures, which have thrown.
  return data as Data;
}
