import { InvalidArgumentError, NotFoundError } from "@oriel/contracts";
import type { ContainerStats as EngineStats } from "@oriel/engine";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { failures, IdParameter, json, named } from "../schemas/common.ts";
import { ContainerStats, ContainerTop } from "../schemas/container-usage.ts";
import { openStream, streamSignal } from "../streams/open-stream.ts";
import { drained } from "../streams/write-frames.ts";
import { containerStats, containerTop } from "../views/usage-view.ts";

const tags = ["Containers"];

/** What containers use: their processes, and figures of time, memory, storage and network. */
export function containerUsageRoutes(app: GatewayApp, { engine, logger, closing }: RouteContext): void {
  const { containers } = engine;

  app.get(
    "/containers/:id/top",
    {
      schema: {
        tags,
        operationId: "ContainerTop",
        summary: "List the processes of a container that runs",
        params: IdParameter,
        querystring: Type.Object({
          ps_args: Type.Optional(Type.String({ description: "Must be empty: there is no `ps` on Windows." })),
        }),
        response: { 200: json(named(ContainerTop), "The processes, in the order in which they were made."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }) => {
      if (query.ps_args) throw new InvalidArgumentError("Windows does not support arguments to top", { op: "container.top" });
      return containerTop(await containers.processes(params.id));
    },
  );

  app.get(
    "/containers/:id/stats",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerStats",
        summary: "What a container has used, every second or once",
        params: IdParameter,
        querystring: Type.Object({
          stream: Type.Optional(Type.Boolean({ description: "Every second, one JSON object a line; true unless given." })),
          "one-shot": Type.Optional(
            Type.Boolean({ description: "For `stream=false`: answer at once, without the sample before that rates are made from." }),
          ),
        }),
        response: { 200: json(named(ContainerStats), "The figures; empty ones while it does not run."), ...failures(400, 404) },
      },
    },
    async ({ params, query }, reply) => {
      const { stream = true, "one-shot": oneShot = false } = query;
      if (stream && oneShot) {
        throw new InvalidArgumentError("cannot have stream=true and one-shot=true", { op: "container.stats" });
      }
      if (oneShot) return containerStats(await containers.stats(params.id));
      const signal = streamSignal(reply, closing);
      const samples = await containers.watchStats(params.id, signal);
      if (!stream) return lastOfTwo(samples);

      const output = openStream(reply, "application/json");
      try {
        let before: EngineStats | undefined;
        for await (const sample of samples) {
          if (!output.writable) break;
          if (!output.write(`${JSON.stringify(containerStats(sample, before))}\n`)) await drained(output);
          before = sample;
        }
      } catch (error) {
        logger.warn({ container: params.id, error }, "the stream of a container's figures ended early");
      } finally {
        output.end();
      }
    },
  );
}

/** docker makes rates from one sample and the one before: a single answer takes the time between two. */
async function lastOfTwo(samples: AsyncIterable<EngineStats>): Promise<ContainerStats> {
  let before: EngineStats | undefined;
  for await (const sample of samples) {
    if (before !== undefined || sample.usage === undefined) return containerStats(sample, before);
    before = sample;
  }
  if (before === undefined) throw new NotFoundError("the container was removed", { op: "container.stats" });
  return containerStats(before);
}
