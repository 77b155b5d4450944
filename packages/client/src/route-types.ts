import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { paths } from "./generated/api.ts";

type Method = "delete" | "get" | "head" | "post" | "put";

/** Paths that have a route of the method. */
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends { readonly [K in M]: object } ? P : never }[keyof paths];

type RouteOf<P extends keyof paths, M extends Method> = paths[P] extends { readonly [K in M]: infer Route } ? Route : never;

/** Those of the path and the query; required where the route needs one. */
type WithParameters<Route> = Route extends { readonly parameters: infer Parameters }
  ? Record<never, never> extends Parameters
    ? { readonly params?: Parameters }
    : { readonly params: Parameters }
  : unknown;

/** As the document describes it; otherwise bytes, which are sent as they come. */
type WithBody<Route> = Route extends { readonly requestBody: { readonly content: infer Content } }
  ? { readonly body: Content[keyof Content] }
  : { readonly body?: AsyncIterable<Uint8Array> };

/** What a route returns when it succeeds; undefined where that is nothing. */
type DataOf<Route> = Route extends { readonly responses: infer Responses }
  ? ContentOf<Responses[keyof Responses & (200 | 201 | 204)]>
  : never;

type ContentOf<Answer> = Answer extends { readonly content: infer Content } ? Content[keyof Content] : undefined;

/** Beside parameters and body. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request, and the stream of its answer. */
  readonly signal?: AbortSignal | undefined;
  /** The body as it comes, instead of what it says as a whole. */
  readonly parseAs?: "stream";
}

export interface Answer<Data> {
  readonly data: Data;
  readonly response: {
    readonly status: number;
    /** By their names in small letters. */
    readonly headers: IncomingHttpHeaders;
  };
}

/** Sends a request of one method, with the types of the route that the path names. */
export type Send<M extends Method> = <
  P extends PathOf<M>,
  Options extends WithParameters<RouteOf<P, M>> & WithBody<RouteOf<P, M>> & RequestOptions,
>(
  path: P,
  ...options: Record<never, never> extends WithParameters<RouteOf<P, M>> & WithBody<RouteOf<P, M>>
    ? [options?: Options]
    : [options: Options]
) => Promise<Answer<Options extends { readonly parseAs: "stream" } ? IncomingMessage : DataOf<RouteOf<P, M>>>>;
