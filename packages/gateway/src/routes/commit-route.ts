import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { containerConfig } from "../http/create-request.ts";
import { failures, json, named, nullable } from "../schemas/common.ts";
import { ContainerConfigSchema } from "../schemas/container-config.ts";
import { ImageCommitted } from "../schemas/images.ts";
import { streamSignal } from "../streams/open-stream.ts";

/** `POST /commit`. It may take as long as the container's files are many; the client's going ends it. */
export function commitRoute(app: GatewayApp, { engine, closing }: RouteContext): void {
  app.post(
    "/commit",
    {
      config: { deadline: Number.POSITIVE_INFINITY },
      preValidation: async (request) => {
        request.body ??= null;
      },
      schema: {
        tags: ["Images"],
        operationId: "ImageCommit",
        summary: "Make an image of a container",
        querystring: Type.Object({
          container: Type.String({ minLength: 1, description: "The container's id, an unambiguous beginning of it, or its name." }),
          repo: Type.Optional(Type.String({ description: "Name of the image; none unless given." })),
          tag: Type.Optional(Type.String({ description: "`latest` unless given." })),
          comment: Type.Optional(Type.String()),
          author: Type.Optional(Type.String()),
          pause: Type.Optional(Type.Boolean({ description: "Accepted and without effect: a container that runs is refused." })),
          changes: Type.Optional(
            Type.Array(Type.String(), {
              description: "Build instructions for the image's configuration, one each.",
              examples: [['CMD ["app.exe"]']],
            }),
          ),
        }),
        body: nullable(named(ContainerConfigSchema)),
        response: { 201: json(named(ImageCommitted), "The image was made."), ...failures(400, 404, 409, 501) },
      },
    },
    async ({ query, body }, reply) => {
      const { container, repo = "", tag = "", comment = "", author = "" } = query;
      const changes = (query.changes ?? []).filter((line) => line !== "");
      const image = await engine.containers.commit(container, {
        signal: streamSignal(reply, closing),
        ...(body === null ? {} : { config: containerConfig(body) }),
        ...(changes.length === 0 ? {} : { changes }),
        ...(comment === "" ? {} : { comment }),
        ...(author === "" ? {} : { author }),
        ...(repo === "" ? {} : { reference: tag === "" ? repo : `${repo}:${tag}` }),
      });
      return reply.code(201).send({ Id: image.id });
    },
  );
}
