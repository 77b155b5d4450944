import { defaultDetachKeys, InvalidArgumentError, parseDetachKeys, toOrielError } from "@oriel/contracts";
import type { LogsRequest, WaitCondition } from "@oriel/engine";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { parseTimestamp } from "../http/timestamps.ts";
import { bytes, failures, IdParameter, json, named, oneOf } from "../schemas/common.ts";
import { WaitAnswer } from "../schemas/containers.ts";
import { takeConnection } from "../streams/connection.ts";
import { LogEncoder } from "../streams/log-encoder.ts";
import { openStream, streamSignal } from "../streams/open-stream.ts";
import { multiplexedStream, outputType, rawStream } from "../streams/output-type.ts";
import { serveAttach } from "../streams/serve-attach.ts";
import { drained } from "../streams/write-frames.ts";

const tags = ["Containers"];

/** Containers: attach, logs and wait, which are answered by and by. */
export function containerStreamRoutes(app: GatewayApp, { engine, logger, closing }: RouteContext): void {
  const { containers } = engine;

  app.post(
    "/containers/:id/attach",
    {
      schema: {
        tags,
        operationId: "ContainerAttach",
        summary: "Join a container's input and output",
        description:
          "Send `Connection: Upgrade` and `Upgrade: tcp`: after the answer of 101 the connection carries the input one way and the " +
          "output the other, framed as for logs unless the container has a terminal. Ending the client's side ends the input.",
        params: IdParameter,
        querystring: Type.Object({
          stream: Type.Optional(Type.Boolean({ description: "Stay for what comes." })),
          logs: Type.Optional(Type.Boolean({ description: "Begin with what was put out so far." })),
          stdin: Type.Optional(Type.Boolean()),
          stdout: Type.Optional(Type.Boolean()),
          stderr: Type.Optional(Type.Boolean()),
          detachKeys: Type.Optional(Type.String({ description: `For a terminal; \`${defaultDetachKeys}\` unless given.` })),
        }),
        response: {
          101: bytes("The connection is the container's now.", multiplexedStream, rawStream),
          200: bytes("As 101, for clients that did not ask for an upgrade; the input is the request's body.", multiplexedStream, rawStream),
          ...failures(400, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const detachKeys = parseDetachKeys(query.detachKeys || defaultDetachKeys);
      const session = await containers.attach(params.id, {
        stdin: query.stdin ?? false,
        stdout: query.stdout ?? false,
        stderr: query.stderr ?? false,
        logs: query.logs ?? false,
        stream: query.stream ?? false,
      });
      try {
        const connection = takeConnection(request, reply, outputType(session.tty, request.apiVersion));
        await serveAttach(session, connection, { multiplexed: !session.tty, detachKeys: session.tty ? detachKeys : undefined, closing });
      } catch (error) {
        session.detach();
        logger.warn({ container: params.id, error }, "an attached client was cut off");
      }
    },
  );

  app.get(
    "/containers/:id/logs",
    {
      schema: {
        tags,
        operationId: "ContainerLogs",
        summary: "Read a container's output",
        description:
          "Each piece has a header of eight bytes: 1 for stdout or 2 for stderr, three zeros, and the length as four bytes, " +
          "big-endian. A container with a terminal has one stream without headers.",
        params: IdParameter,
        querystring: Type.Object({
          stdout: Type.Optional(Type.Boolean()),
          stderr: Type.Optional(Type.Boolean()),
          follow: Type.Optional(Type.Boolean({ description: "Stay for what comes." })),
          timestamps: Type.Optional(Type.Boolean({ description: "Begin every line with its time." })),
          since: Type.Optional(Type.String({ description: "Seconds since 1970, or RFC 3339." })),
          until: Type.Optional(Type.String({ description: "Seconds since 1970, or RFC 3339." })),
          tail: Type.Optional(Type.String({ description: "Number of last lines, or `all`." })),
          details: Type.Optional(Type.Boolean({ description: "Accepted and without effect." })),
        }),
        response: { 200: bytes("The output.", multiplexedStream, rawStream), ...failures(400, 404) },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const signal = streamSignal(reply, closing);
      const { tty, batches } = await containers.logs(params.id, { ...logsRequest(query), signal });
      const output = openStream(reply, outputType(tty, request.apiVersion));
      try {
        const encoder = new LogEncoder({ multiplexed: !tty, timestamps: query.timestamps === true });
        for await (const batch of batches) {
          if (!output.writable) break;
          if (!output.write(encoder.encode(batch))) await drained(output);
        }
        output.end();
      } catch (error) {
        // A body that breaks off tells the client that lines are missing; one that ends does not.
        output.destroy();
        if (!signal.aborted) logger.warn({ container: params.id, error }, "reading logs failed");
      }
    },
  );

  app.post(
    "/containers/:id/wait",
    {
      schema: {
        tags,
        operationId: "ContainerWait",
        summary: "Wait for a container to end",
        params: IdParameter,
        querystring: Type.Object({
          condition: Type.Optional(oneOf(["", "not-running", "next-exit", "removed"], { description: "not-running unless given." })),
        }),
        response: { 200: json(named(WaitAnswer), "The headers come at once, the body at the end."), ...failures(400, 404) },
      },
    },
    async ({ params, query }, reply) => {
      const condition: WaitCondition = query.condition || "not-running";
      const { id } = await containers.inspect(params.id);
      const signal = streamSignal(reply, closing);
      const ended = containers.wait(id, condition, signal);
      // docker starts the container once it has seen the headers, so that no exit is missed.
      const output = openStream(reply, "application/json");
      const answer: WaitAnswer = await ended.then(
        ({ exitCode, error }) => ({
          StatusCode: exitCode,
          // docker takes an error for a failure of the waiting. Of a removal that was waited for it would be one: that of a
          // container that never started has succeeded, and why it did not start is the answer to the start.
          ...(error === "" || condition === "removed" ? {} : { Error: { Message: error } }),
        }),
        (error: unknown) => ({ StatusCode: -1, Error: { Message: toOrielError(error, "container.wait", id).message } }),
      );
      output.end(`${JSON.stringify(answer)}\n`);
    },
  );
}

interface LogsQuery {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly follow?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly tail?: string;
}

function logsRequest(query: LogsQuery): LogsRequest {
  if (query.stdout !== true && query.stderr !== true) {
    throw new InvalidArgumentError("Bad parameters: you must choose at least one stream", { op: "container.logs" });
  }
  const since = parseTimestamp("since", query.since);
  const until = parseTimestamp("until", query.until);
  // As dockerd: what is no number means all lines.
  const tail = /^\d+$/.test(query.tail ?? "") ? Number(query.tail) : undefined;
  return {
    stdout: query.stdout ?? false,
    stderr: query.stderr ?? false,
    follow: query.follow ?? false,
    since,
    until,
    tail,
  };
}
