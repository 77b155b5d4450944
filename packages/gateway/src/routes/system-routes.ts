import { InvalidArgumentError } from "@oriel/contracts";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { apiVersion } from "../http/api-version.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { parseFilters } from "../http/query-values.ts";
import { parseTimestamp } from "../http/timestamps.ts";
import { bytes, empty, Filters, failures, json, named, oneOf } from "../schemas/common.ts";
import { DiskUsageAnswer, EventMessage, InfoAnswer, VersionAnswer } from "../schemas/system.ts";
import { openStream, streamSignal } from "../streams/open-stream.ts";
import { drained } from "../streams/write-frames.ts";
import { diskUsageAnswer, diskUsageTypes } from "../views/disk-usage-view.ts";
import { eventFilter, eventMessage } from "../views/event-view.ts";
import { infoAnswer, versionAnswer } from "../views/system-view.ts";

const tags = ["System"];

/** `/_ping`, `/version`, `/info`, `/system/df` and `/events`. */
export function systemRoutes(app: GatewayApp, { engine, logger, version, closing }: RouteContext): void {
  const ping = { tags, response: { 200: bytes("The daemon is there; the headers tell what it speaks.", "text/plain"), ...failures() } };
  const uncached = (reply: FastifyReply) =>
    reply.headers({
      "cache-control": "no-cache, no-store, must-revalidate",
      pragma: "no-cache",
      "builder-version": "1",
      swarm: "inactive",
    });

  app.get("/_ping", { schema: { ...ping, operationId: "SystemPing", summary: "Ask whether the daemon is there" } }, (_request, reply) =>
    uncached(reply)
      .type("text/plain; charset=utf-8")
      .serializer(String)
      .send("OK" as never),
  );

  const head = { ...ping, operationId: "SystemPing", summary: "Ask whether the daemon is there, headers only" };
  app.head("/_ping", { schema: { ...head, response: { 200: empty("The daemon is there."), ...failures() } } }, (_request, reply) =>
    uncached(reply).type("text/plain; charset=utf-8").send(null),
  );

  app.get(
    "/version",
    {
      schema: {
        tags,
        operationId: "SystemVersion",
        summary: `Versions of Oriel and of the API (${apiVersion})`,
        response: { 200: json(named(VersionAnswer), "The versions."), ...failures() },
      },
    },
    async () => versionAnswer(await engine.host(), version),
  );

  app.get(
    "/system/df",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "SystemDataUsage",
        summary: "What takes up space",
        querystring: Type.Object({
          type: Type.Optional(Type.Array(oneOf([...diskUsageTypes]), { description: "Only these kinds of things; all unless given." })),
        }),
        response: { 200: json(named(DiskUsageAnswer), "Sizes in bytes."), ...failures(400) },
      },
    },
    async ({ query }) => diskUsageAnswer(await engine.diskUsage(), query.type ?? [], new Date()),
  );

  app.get(
    "/info",
    {
      schema: {
        tags,
        operationId: "SystemInfo",
        summary: "Facts of the daemon and its host",
        response: { 200: json(named(InfoAnswer), "The facts."), ...failures() },
      },
    },
    async () => infoAnswer(await engine.info(), new Date()),
  );

  app.get(
    "/events",
    {
      schema: {
        tags,
        operationId: "SystemEvents",
        summary: "What happens, one JSON object a line",
        querystring: Type.Object({
          since: Type.Optional(
            Type.String({
              description:
                "Begin with what was kept from then on: seconds since 1970, RFC 3339, or a duration such as 1h. Absent: only what comes.",
            }),
          ),
          until: Type.Optional(Type.String({ description: "When to end: seconds since 1970, RFC 3339, or a duration such as 1h." })),
          filters: Filters,
        }),
        response: { 200: json(named(EventMessage), "Events, until the client goes."), ...failures(400) },
      },
    },
    async ({ query }, reply) => {
      const selected = eventFilter(parseFilters(query.filters));
      const since = parseTimestamp("since", query.since);
      const until = parseTimestamp("until", query.until);
      if (since !== undefined && until !== undefined && until < since) {
        const message = `\`since\` time (${query.since}) cannot be after \`until\` time (${query.until})`;
        throw new InvalidArgumentError(message, { op: "events.read" });
      }
      const ended = new AbortController();
      const signal = AbortSignal.any([streamSignal(reply, closing), ended.signal]);
      const stopTimer = until === undefined ? () => {} : abortAt(ended, until);
      const period = { since, until };
      const events = engine.events({ ...period, signal })[Symbol.asyncIterator]();
      // Asked for before the headers go out: who has read them may cause an event at once.
      let next = events.next();
      const output = openStream(reply, "application/json");
      try {
        for (let item = await next; item.done !== true && output.writable; item = await next) {
          if (selected(item.value) && !output.write(`${JSON.stringify(eventMessage(item.value))}\n`)) await drained(output);
          next = events.next();
        }
      } catch (error) {
        logger.warn({ error }, "the event stream ended early");
      } finally {
        stopTimer();
        ended.abort();
        output.end();
      }
    },
  );
}

/** Timers count at most 2^31-1 milliseconds; a later time is reached by waiting again. */
function abortAt(controller: AbortController, time: Date): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = time.getTime() - Date.now();
    if (left <= 0) controller.abort();
    else timer = setTimeout(wait, Math.min(left, 2 ** 31 - 1));
  };
  timer = setTimeout(wait, 0);
  return () => clearTimeout(timer);
}
