import { defaultDetachKeys, type OrielError, parseDetachKeys } from "@oriel/contracts";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { answerFor } from "../http/error-answer.ts";
import { startFault } from "../http/start-fault.ts";
import { bytes, ExecParameter, failures, named } from "../schemas/common.ts";
import { ExecStartBody } from "../schemas/execs.ts";
import { endConnection, type RawConnection, readBody, takeConnection } from "../streams/connection.ts";
import { multiplexedStream, outputType, rawStream } from "../streams/output-type.ts";
import { serveAttach } from "../streams/serve-attach.ts";
import { writeFrames } from "../streams/write-frames.ts";

/** Bytes; the body has three fields. */
const bodyLimit = 64 * 1024;

/** `POST /exec/{id}/start`: a request with a body whose connection is taken over. */
export function execStartRoute(app: GatewayApp, { engine, logger, closing }: RouteContext): void {
  const { execs } = engine;
  // Node.js hands out the connection of a request for an upgrade before its body was read.
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("*", (request, _payload, done) => {
    readBody(request.raw, bodyLimit).then(
      (body) => (body.length === 0 ? done(null) : void parseJson(request, body.toString(), done)),
      (error: Error) => done(error),
    );
  });

  app.post(
    "/exec/:id/start",
    {
      config: { deadline: changeDeadline },
      // An empty body asks for nothing special, as with dockerd.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        tags: ["Execs"],
        operationId: "ExecStart",
        summary: "Start an exec, and join its input and output",
        description:
          "As for attaching to a container: send `Connection: Upgrade` and `Upgrade: tcp`, and the connection carries the input one " +
          "way and the output the other. A program that cannot be run says why in the output, and gives the exec the exit code 127 or 126.",
        params: ExecParameter,
        body: named(ExecStartBody),
        response: {
          101: bytes("The connection is the program's now.", multiplexedStream, rawStream),
          200: bytes("With Detach: it runs. Otherwise as 101, for clients that did not ask for an upgrade.", multiplexedStream, rawStream),
          ...failures(400, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { Detach: detach = false, ConsoleSize: consoleSize } = request.body;
      const { request: created } = await execs.inspect(id);
      const tty = created.Tty === true;
      const started = await execs.start(id, { attach: !detach, ...(consoleSize ? { consoleSize } : {}) });
      if (detach) {
        if (started.outcome === "failed") throw startFault(started.error);
        return reply.code(200).header("content-length", "0").send();
      }
      const connection = takeConnection(request, reply, outputType(tty, request.apiVersion));
      if (started.outcome === "failed") {
        await tellFailure(connection, started.error, tty);
        return;
      }
      const { session } = started;
      try {
        const detachKeys = tty ? parseDetachKeys(created.DetachKeys || defaultDetachKeys) : undefined;
        await serveAttach(session, connection, { multiplexed: !tty, detachKeys, closing });
      } catch (error) {
        session.detach();
        logger.warn({ exec: id, error }, "a client of an exec was cut off");
      }
    },
  );
}

/** The client has its exit code from the exec; why there is none of a program is told where its output would be, as dockerd does. */
async function tellFailure({ input, output }: RawConnection, error: OrielError, tty: boolean): Promise<void> {
  // Read nevertheless: a half-close is only noticed by reading.
  input?.resume();
  const data = Buffer.from(`${answerFor(startFault(error)).message}\r\n`);
  await writeFrames(output, [{ stream: "stdout", data }], !tty);
  endConnection(output);
}
