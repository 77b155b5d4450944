import type { IncomingHttpHeaders } from "node:http";
import { type ClientAddress, parseClientAddress } from "./client-address.ts";
import { answerError } from "./client-error.ts";
import { type HttpRequest, http, readText, sendRequest } from "./http-request.ts";
import type { Answer, RequestOptions, Send } from "./route-types.ts";

export interface ClientOptions {
  /** `unix:///run/oriel.sock`, `tcp://127.0.0.1:2375` or `npipe:////./pipe/oriel`. */
  readonly host: string;
}

/**
 * A gateway's routes by method and path, typed: `client.GET("/containers/{id}/json", { params: { path: { id } } })`.
 * What fails throws ClientError; 304, "it is so already", does not.
 */
export interface OrielClient {
  readonly GET: Send<"get">;
  readonly HEAD: Send<"head">;
  readonly POST: Send<"post">;
  readonly PUT: Send<"put">;
  readonly DELETE: Send<"delete">;
  readonly address: ClientAddress;
  /** Ends the requests that still run. */
  close(): Promise<void>;
}

/** What the types of a route come down to. */
interface UntypedOptions extends RequestOptions {
  readonly params?: { readonly path?: Readonly<Record<string, unknown>>; readonly query?: Readonly<Record<string, unknown>> };
  readonly body?: unknown;
}

/** @throws ClientError for a host that is no address */
export function createClient({ host }: ClientOptions): OrielClient {
  const address = parseClientAddress(host);
  // No connection is kept open between requests: the gateway could close it just when it is used again, and to a socket of
  // this machine another one costs next to nothing.
  const agent = new (http().Agent)({ keepAlive: false });
  const send =
    (method: string) =>
    async (path: string, options: UntypedOptions = {}): Promise<Answer<unknown>> => {
      const { params, parseAs, signal } = options;
      const request = {
        method,
        path: fillPath(path, params?.path ?? {}) + queryOf(params?.query ?? {}),
        ...payloadOf(options),
        signal,
        agent,
      };
      const body = await sendRequest(address, request);
      const { statusCode: status = 0, headers } = body;
      if ((status < 200 || status > 299) && status !== 304) throw answerError(status, await readText(address, body, signal));
      const data = parseAs === "stream" ? body : parse(headers, await readText(address, body, signal));
      return { data, response: { status, headers } };
    };
  const untyped = { GET: send("GET"), HEAD: send("HEAD"), POST: send("POST"), PUT: send("PUT"), DELETE: send("DELETE") };
  const close = async () => agent.destroy();
  // The types are those of the gateway's document; whether an answer has them is the gateway's tests' concern.
  return { ...(untyped as unknown as OrielClient), address, close };
}

/** The data of an answer. @throws ClientError as the request itself */
export async function unwrap<Data>(request: Promise<{ readonly data: Data }>): Promise<Data> {
  return (await request).data;
}

function fillPath(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

/** A list gives its name several times. */
function queryOf(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) if (item !== undefined) query.append(name, String(item));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function payloadOf({ body, headers = {} }: UntypedOptions): Pick<HttpRequest, "body" | "headers"> {
  if (body === undefined || isStream(body)) return { body, headers };
  return { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
}

function parse(headers: IncomingHttpHeaders, text: string): unknown {
  if (text === "") return undefined;
  return /^application\/json\b/.test(headers["content-type"] ?? "") ? JSON.parse(text) : text;
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
