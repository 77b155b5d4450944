import type { IncomingMessage, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { Logger } from "@oriel/contracts";
import type { Engine } from "@oriel/engine";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";

/** Fastify, with requests and answers typed by the routes' schemas. */
export type GatewayApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** What every family of routes works with. */
export interface RouteContext {
  readonly engine: Engine;
  readonly logger: Logger;
  /** Of Oriel. */
  readonly version: string;
  /** Aborts when the gateway closes: streams end then. */
  readonly closing: AbortSignal;
  /** Milliseconds that a client may fall silent in the middle of a body that is read as it comes. */
  readonly bodyTimeout: number;
}
