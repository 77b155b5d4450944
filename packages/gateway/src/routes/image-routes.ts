import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { parseFilters } from "../http/query-values.ts";
import { empty, Filters, failures, json, NameParameter, named } from "../schemas/common.ts";
import { ImageHistoryItem, ImageInspect, ImageRemoval, ImageSummary } from "../schemas/images.ts";
import { filterImages } from "../views/image-filter.ts";
import { createdAt, imageHistory, imageInspect, imageSummary } from "../views/image-view.ts";

const tags = ["Images"];

/** Images: everything but loading and pulling. */
export function imageRoutes(app: GatewayApp, { engine }: RouteContext): void {
  const { images } = engine;

  app.get(
    "/images/json",
    {
      schema: {
        tags,
        operationId: "ImageList",
        summary: "List images",
        querystring: Type.Object({
          all: Type.Optional(Type.Boolean({ description: "Accepted and without effect: there are no intermediate images." })),
          digests: Type.Optional(Type.Boolean({ description: "Accepted and without effect: digests are always shown." })),
          filters: Filters,
        }),
        response: { 200: json(Type.Array(named(ImageSummary)), "Images, the latest first."), ...failures(400, 404) },
      },
    },
    async ({ query }) => {
      const filters = parseFilters(query.filters);
      const found = await filterImages(await images.list(), filters, (reference) => images.get(reference));
      return found.toSorted((left, right) => createdAt(right) - createdAt(left)).map(imageSummary);
    },
  );

  app.get(
    "/images/:name/history",
    {
      schema: {
        tags,
        operationId: "ImageHistory",
        summary: "How an image was made",
        params: NameParameter,
        querystring: Type.Object({ platform: Type.Optional(Type.String({ description: "Accepted and without effect." })) }),
        response: { 200: json(Type.Array(named(ImageHistoryItem)), "Its steps, the latest first."), ...failures(400, 404) },
      },
    },
    async ({ params }) => {
      const { image, steps } = await images.history(params.name);
      return imageHistory(image, steps);
    },
  );

  app.get(
    "/images/:name/json",
    {
      schema: {
        tags,
        operationId: "ImageInspect",
        summary: "Inspect an image",
        params: NameParameter,
        response: { 200: json(named(ImageInspect), "The image."), ...failures(400, 404) },
      },
    },
    async ({ params }) => {
      const record = await images.get(params.name);
      return imageInspect(record, (await engine.info()).storage.name);
    },
  );

  app.post(
    "/images/:name/tag",
    {
      schema: {
        tags,
        operationId: "ImageTag",
        summary: "Give an image another name",
        params: NameParameter,
        querystring: Type.Object({ repo: Type.String({ minLength: 1 }), tag: Type.Optional(Type.String()) }),
        response: { 201: empty("It has the name now."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      await images.tag(params.name, query.tag ? `${query.repo}:${query.tag}` : query.repo);
      return reply.code(201).send(null);
    },
  );

  app.delete(
    "/images/:name",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ImageDelete",
        summary: "Remove a name, and the image with its last",
        params: NameParameter,
        querystring: Type.Object({
          force: Type.Optional(Type.Boolean()),
          noprune: Type.Optional(Type.Boolean({ description: "Accepted and without effect: there are no intermediate images." })),
        }),
        response: { 200: json(Type.Array(named(ImageRemoval)), "What was taken away."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }) => {
      const removed = await images.remove(params.name, { force: query.force ?? false });
      return [...removed.untagged.map((Untagged) => ({ Untagged })), ...removed.deleted.map((Deleted) => ({ Deleted }))];
    },
  );
}
