import "./fastify-types.ts";
import { isOrielError, type Logger, NotFoundError, UnavailableError, UnimplementedError } from "@oriel/contracts";
import type { Engine } from "@oriel/engine";
import { fastify } from "fastify";
import type { GatewayApp, RouteContext } from "./gateway-app.ts";
import { apiVersion, checkApiVersion } from "./http/api-version.ts";
import { limitBodyTime } from "./http/body-deadline.ts";
import { isClientLeft } from "./http/client-left.ts";
import { keepDeadlines } from "./http/deadlines.ts";
import { answerFor } from "./http/error-answer.ts";
import { readBodiesAsGo } from "./http/match-keys.ts";
import { checkHostHeader, checkOrigin } from "./http/origin-check.ts";
import { readQueryValues } from "./http/query-values.ts";
import { readRequestUrl } from "./http/request-url.ts";
import { unservedReason } from "./http/unserved-routes.ts";
import { validationError } from "./http/validation.ts";
import { openApi } from "./openapi.ts";
import { commitRoute } from "./routes/commit-route.ts";
import { containerChangeRoutes } from "./routes/container-change-routes.ts";
import { containerRoutes } from "./routes/container-routes.ts";
import { containerStreamRoutes } from "./routes/container-stream-routes.ts";
import { containerUsageRoutes } from "./routes/container-usage-routes.ts";
import { execRoutes } from "./routes/exec-routes.ts";
import { execStartRoute } from "./routes/exec-start-route.ts";
import { imageLoadRoute } from "./routes/image-load-route.ts";
import { imagePullRoute } from "./routes/image-pull-route.ts";
import { imageRoutes } from "./routes/image-routes.ts";
import { networkRoutes } from "./routes/network-routes.ts";
import { systemRoutes } from "./routes/system-routes.ts";
import { volumeRoutes } from "./routes/volume-routes.ts";
import { namedSchemas } from "./schemas/named-schemas.ts";

export interface GatewayOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  /** Of Oriel, as `docker version` shows it. */
  readonly version: string;
  /**
   * Milliseconds in which a client must have sent a body that is read as a whole, and that it may fall silent in the middle
   * of one that is read as it comes.
   * @default 60000
   */
  readonly bodyTimeout?: number;
}

/** Bytes; a create request with every option is a few KiB. */
const bodyLimit = 4 * 1024 * 1024;

/** The Docker Engine API over an engine, ready for `inject` and for {@link listen}; closing it ends its streams. */
export async function buildGateway({ engine, logger, version, bodyTimeout = 60_000 }: GatewayOptions): Promise<GatewayApp> {
  const closing = new AbortController();
  const versions = new WeakMap<object, string>();
  const app: GatewayApp = fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 4096 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false, strictTypes: false } },
    schemaErrorFormatter: validationError,
    rewriteUrl(request) {
      const { url, version: asked } = readRequestUrl(request.method ?? "GET", request.url ?? "/");
      if (asked !== undefined) versions.set(request, asked);
      return url;
    },
    frameworkErrors: (error, _request, reply) => {
      const { status, message } = answerFor(error);
      void (reply as { code(status: number): { send(body: unknown): unknown } }).code(status).send({ message });
    },
  });
  // docker learns from `Docker/… (windows)` how to read the figures of a container.
  // https://github.com/moby/moby/blob/v28.2.2/client/utils.go getDockerOS
  const server = `Docker/${apiVersion} Oriel/${version} (windows)`;
  const headers = { "api-version": apiVersion, "docker-experimental": "false", ostype: "windows", server };

  app.decorateRequest("apiVersion", apiVersion);
  // Returns are made by typed functions; a serialiser made from a schema would drop what the schema does not name.
  app.setSerializerCompiler(() => JSON.stringify);
  app.addHook("preClose", async () => closing.abort(new UnavailableError("the daemon is shutting down", { op: "gateway.close" })));
  keepDeadlines(app);
  readBodiesAsGo(app);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (closing.signal.aborted) throw new UnavailableError("the daemon is shutting down", { op: "gateway.request" });
    checkHostHeader(request.raw.rawHeaders);
    checkOrigin(request.headers, request.raw.socket.remoteAddress !== undefined);
    const asked = versions.get(request.raw);
    if (asked !== undefined) {
      checkApiVersion(asked);
      request.apiVersion = asked;
    }
    // Said before the body is read: whatever it is, it could not be used.
    if (request.is404) refuseUnserved(request.method, request.url);
  });
  limitBodyTime(app, bodyTimeout);
  app.addHook("preValidation", async (request) => {
    const schema = request.routeOptions.schema?.querystring as { properties?: Record<string, { type?: unknown }> } | undefined;
    if (schema?.properties !== undefined) readQueryValues(request.query as Record<string, unknown>, schema.properties);
  });
  app.addHook("onSend", async (_request, reply, payload) => {
    // docker takes an answer for JSON only if its type is this one, without a character set.
    if (String(reply.getHeader("content-type")).startsWith("application/json")) reply.header("content-type", "application/json");
    return payload;
  });
  app.addHook("onResponse", async (request, reply) => {
    const milliseconds = Math.round(reply.elapsedTime);
    logger.debug({ method: request.method, url: loggedUrl(request), status: reply.statusCode, milliseconds }, "request");
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, message } = answerFor(error);
    if (isClientLeft(request, error)) {
      logger.debug({ method: request.method, url: loggedUrl(request) }, "the client left before the answer");
    } else if (status >= 500 && !isOrielError(error, "Unimplemented") && !(closing.signal.aborted && isOrielError(error, "Unavailable"))) {
      logger.error({ method: request.method, url: loggedUrl(request), status, error }, "request failed");
    }
    return reply.code(status).type("application/json").send({ message });
  });
  for (const schema of namedSchemas) app.addSchema(schema);
  await openApi(app, version);
  addRoutes(app, { engine, logger, version, closing: closing.signal, bodyTimeout });
  await app.ready();
  return app;
}

/** @throws UnimplementedError for a route of the API that has no handler yet, NotFoundError for any other */
function refuseUnserved(method: string, url: string): never {
  const op = "gateway.route";
  const reason = unservedReason(method, url);
  if (reason === undefined) throw new NotFoundError("page not found", { op });
  const path = url.split("?")[0]?.replaceAll("%2F", "/");
  throw new UnimplementedError(`${method} ${path} is not available: ${reason}`, { op });
}

function addRoutes(app: GatewayApp, context: RouteContext): void {
  acceptEmptyBodies(app);
  systemRoutes(app, context);
  containerRoutes(app, context);
  containerChangeRoutes(app, context);
  containerUsageRoutes(app, context);
  execRoutes(app, context);
  commitRoute(app, context);
  imageRoutes(app, context);
  volumeRoutes(app, context);
  networkRoutes(app, context);
  // These read the request's body themselves, whatever it claims to be.
  app.register(async (streaming: GatewayApp) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser("*", (_request, _payload, done) => done(null));
    containerStreamRoutes(streaming, context);
    imageLoadRoute(streaming, context);
    imagePullRoute(streaming);
  });
  app.register(async (streaming: GatewayApp) => execStartRoute(streaming, context));
}

/** The changes of a commit may set variables that are nobody else's to read. */
function loggedUrl({ originalUrl }: { readonly originalUrl: string }): string {
  return originalUrl.replace(/([?&]changes=)[^&]*/g, "$1…");
}

/** Docker clients name a Content-Type of any kind, JSON included, for requests without a body. */
function acceptEmptyBodies(app: GatewayApp): void {
  // Keys such as __proto__ are names like any other to dockerd: unknown ones, or those of labels. They stay own properties of
  // what is parsed, and bodies are copied by entries only, so that no prototype is changed.
  const parseJson = app.getDefaultJsonParser("ignore", "ignore");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text: string, done) => {
    if (text.trim() === "") done(null);
    else void parseJson(request, text, done);
  });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body: Buffer, done) => {
    if (body.length === 0) done(null);
    else done(Object.assign(new Error("unsupported media type"), { code: "FST_ERR_CTP_INVALID_MEDIA_TYPE" }));
  });
}
