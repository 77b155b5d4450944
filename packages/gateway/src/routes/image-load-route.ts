import type { IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";
import { type ImageProgress, UnavailableError } from "@oriel/contracts";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { limitSilence } from "../http/body-deadline.ts";
import { answerFor } from "../http/error-answer.ts";
import { failures, json, named } from "../schemas/common.ts";
import { ProgressMessage } from "../schemas/images.ts";
import { JsonLines } from "../streams/json-lines.ts";
import { openStream, streamSignal } from "../streams/open-stream.ts";

/** After that the client has had its chance; a short one where the gateway closes. */
const discardMilliseconds = { usual: 30_000, closing: 1000 };

const loadedPrefix = "Loaded image";

/** `POST /images/load`: the body is read as it comes, however large. */
export function imageLoadRoute(app: GatewayApp, { engine, logger, closing, bodyTimeout }: RouteContext): void {
  app.post(
    "/images/load",
    {
      config: { deadline: Number.POSITIVE_INFINITY },
      schema: {
        tags: ["Images"],
        operationId: "ImageLoad",
        summary: "Load images from an archive",
        description:
          "The body is a `docker save` archive, or a tar of an OCI layout; either may be compressed with gzip. The answer is progress, " +
          "one JSON object a line; a failure after the headers is the last of them.",
        consumes: ["application/x-tar"],
        querystring: Type.Object({ quiet: Type.Optional(Type.Boolean({ description: "Only say what was loaded." })) }),
        response: { 200: json(named(ProgressMessage), "Progress."), ...failures(400) },
      },
    },
    async (request, reply) => {
      const signal = streamSignal(reply, closing);
      const quiet = request.query.quiet ?? false;
      // The headers wait for the first line, so that an archive that is refused at once gets a status of its own.
      let lines: JsonLines | undefined;
      const write = (message: ProgressMessage) => {
        lines ??= new JsonLines(openStream(reply, "application/json"));
        lines.write(message);
      };
      let told = false;
      const onProgress = (progress: ImageProgress) => {
        told ||= progress.stream?.startsWith(loadedPrefix) ?? false;
        if (progress.stream !== undefined || !quiet) write(withNewline(progress));
      };
      // Leaving the loop over a request would destroy it, and the connection with it, before the answer is out.
      const archive = limitSilence(request.raw.iterator({ destroyOnReturn: false }), bodyTimeout);
      try {
        const loaded = await engine.images.load({ archive, signal, onProgress });
        if (!told) for (const { id, tags } of loaded) write({ stream: loadedLine(id, tags) });
      } catch (failure) {
        const error = closing.aborted ? new UnavailableError("the daemon is shutting down", { op: "image.load", cause: failure }) : failure;
        if (archive.isSilent) closeAfterwards(reply);
        else await discard(request.raw, closing);
        if (lines === undefined) throw error;
        const { status, message } = answerFor(error);
        if (status >= 500 && !signal.aborted) logger.error({ error }, "loading images failed");
        write({ errorDetail: { message }, error: message });
      } finally {
        lines?.end();
      }
      if (lines === undefined) return reply.type("application/json").send({});
    },
  );
}

/** Reads the rest of an archive that was refused: a client that still sends would not see the answer, but a broken pipe. */
async function discard(request: IncomingMessage, closing: AbortSignal): Promise<void> {
  request.resume();
  const signal = closing.aborted
    ? AbortSignal.timeout(discardMilliseconds.closing)
    : AbortSignal.any([AbortSignal.timeout(discardMilliseconds.usual), closing]);
  await finished(request, { signal }).catch(() => {});
}

/** The rest of the body would be waited for otherwise, before the connection's next request. */
function closeAfterwards(reply: FastifyReply): void {
  reply.raw.shouldKeepAlive = false;
  reply.raw.once("finish", () => reply.raw.destroy());
}

function loadedLine(id: string, tags: readonly string[]): string {
  if (tags.length === 0) return `${loadedPrefix} ID: ${id}\n`;
  return tags.map((tag) => `${loadedPrefix}: ${tag}\n`).join("");
}

/** Clients print the text as it is. */
function withNewline(progress: ImageProgress): ImageProgress {
  const { stream } = progress;
  return stream === undefined || /[\r\n]$/.test(stream) ? progress : { ...progress, stream: `${stream}\n` };
}
