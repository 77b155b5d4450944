import { InvalidArgumentError, isOrielError, UnimplementedError } from "@oriel/contracts";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { createRequest } from "../http/create-request.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { parseFilters } from "../http/query-values.ts";
import { startFault } from "../http/start-fault.ts";
import { empty, Filters, failures, IdParameter, json, named, TerminalSize } from "../schemas/common.ts";
import { ContainerCreateBody } from "../schemas/container-config.ts";
import { ContainerChange, ContainerCreated, ContainerInspect, ContainerSummary, PruneAnswer } from "../schemas/containers.ts";
import { containerChange, containerInspect, containerSummary } from "../views/container-view.ts";

const tags = ["Containers"];
const StopOptions = Type.Object({
  t: Type.Optional(Type.Integer({ minimum: -1, description: "Seconds before it is ended; -1: waits for ever." })),
  signal: Type.Optional(Type.String({ examples: ["SIGTERM"] })),
});

/** Containers: everything that is answered at once or when it is done. */
export function containerRoutes(app: GatewayApp, { engine }: RouteContext): void {
  const { containers } = engine;
  /** A container that was listed may be removed before it is measured: it is not there then. */
  const sizeIfThere = (id: string) =>
    containers.size(id).catch((error: unknown) => {
      if (isOrielError(error, "NotFound")) return undefined;
      throw error;
    });

  app.get(
    "/containers/json",
    {
      schema: {
        tags,
        operationId: "ContainerList",
        summary: "List containers",
        querystring: Type.Object({
          all: Type.Optional(Type.Boolean({ description: "Also those that do not run." })),
          limit: Type.Optional(Type.Integer({ description: "The number of the latest containers, running or not; 0 and -1: all." })),
          size: Type.Optional(Type.Boolean({ description: "Also say what each takes up." })),
          filters: Filters,
        }),
        response: { 200: json(Type.Array(named(ContainerSummary)), "Containers, the latest first."), ...failures(400) },
      },
    },
    async ({ query }) => {
      const limit = query.limit !== undefined && query.limit > 0 ? query.limit : undefined;
      const records = await containers.list({
        all: query.all ?? false,
        filters: parseFilters(query.filters),
        limit,
      });
      const now = new Date();
      if (query.size !== true) return records.map((record) => containerSummary(record, now));
      const sizes = await Promise.all(records.map(({ id }) => sizeIfThere(id)));
      return records.flatMap((record, index) => (sizes[index] === undefined ? [] : [containerSummary(record, now, sizes[index])]));
    },
  );

  app.post(
    "/containers/create",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerCreate",
        summary: "Create a container",
        querystring: Type.Object({
          name: Type.Optional(Type.String({ description: "Absent: a random one is given." })),
          platform: Type.Optional(Type.String({ description: "What the image must be for.", examples: ["windows/amd64"] })),
        }),
        body: named(ContainerCreateBody),
        response: { 201: json(named(ContainerCreated), "The container was created."), ...failures(400, 404, 409) },
      },
    },
    async ({ query, body, apiVersion }, reply) => {
      const { request, warnings } = createRequest(query, body, apiVersion);
      const created = await containers.create(request);
      return reply.code(201).send({ Id: created.id, Warnings: [...warnings, ...created.warnings] });
    },
  );

  app.get(
    "/containers/:id/json",
    {
      schema: {
        tags,
        operationId: "ContainerInspect",
        summary: "Inspect a container",
        params: IdParameter,
        querystring: Type.Object({
          size: Type.Optional(Type.Boolean({ description: "Also say what it takes up." })),
        }),
        response: { 200: json(named(ContainerInspect), "The container."), ...failures(400, 404) },
      },
    },
    async ({ params, query, apiVersion }) => {
      const record = await containers.inspect(params.id);
      return containerInspect(record, query.size === true ? await containers.size(record.id) : undefined, apiVersion);
    },
  );

  app.get(
    "/containers/:id/changes",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerChanges",
        summary: "What a container changed against its image",
        params: IdParameter,
        response: { 200: json(Type.Array(named(ContainerChange)), "The changes, in the order of the paths."), ...failures(404, 409) },
      },
    },
    async ({ params }) => (await containers.changes(params.id)).map(containerChange),
  );

  app.get(
    "/containers/:id/export",
    {
      schema: {
        tags,
        operationId: "ContainerExport",
        summary: "Export a container's files (not on Windows)",
        params: IdParameter,
        response: failures(404, 501),
      },
    },
    async ({ params }) => {
      await containers.inspect(params.id);
      const message = "the daemon on this operating system does not support exporting Windows containers";
      throw new UnimplementedError(message, { op: "container.export", remedy: "commit it, and save the image" });
    },
  );

  app.post(
    "/containers/:id/start",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerStart",
        summary: "Start a container",
        params: IdParameter,
        querystring: Type.Object({ detachKeys: Type.Optional(Type.String()) }),
        response: { 204: empty("It was started."), 304: empty("It runs already."), ...failures(400, 404, 409) },
      },
    },
    async ({ params }, reply) => {
      try {
        const { changed } = await containers.start(params.id);
        return reply.code(changed ? 204 : 304).send(null);
      } catch (error) {
        throw startFault(error);
      }
    },
  );

  // A stop takes as long as its caller allows the program; the engine keeps the deadline.
  app.post(
    "/containers/:id/stop",
    {
      config: { deadline: Number.POSITIVE_INFINITY },
      schema: {
        tags,
        operationId: "ContainerStop",
        summary: "Ask a container to end, and end it after a while",
        params: IdParameter,
        querystring: StopOptions,
        response: { 204: empty("It was stopped."), 304: empty("It does not run."), ...failures(400, 404) },
      },
    },
    async ({ params, query }, reply) => {
      const { changed } = await containers.stop(params.id, stopOptions(query));
      return reply.code(changed ? 204 : 304).send(null);
    },
  );

  app.post(
    "/containers/:id/restart",
    {
      config: { deadline: Number.POSITIVE_INFINITY },
      schema: {
        tags,
        operationId: "ContainerRestart",
        summary: "Stop a container and start it again",
        params: IdParameter,
        querystring: StopOptions,
        response: { 204: empty("It was restarted."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      try {
        await containers.restart(params.id, stopOptions(query));
      } catch (error) {
        throw startFault(error);
      }
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/containers/:id/kill",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerKill",
        summary: "End a container",
        params: IdParameter,
        querystring: Type.Object({ signal: Type.Optional(Type.String({ examples: ["SIGKILL"] })) }),
        response: { 204: empty("It was ended."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      await containers.kill(params.id, query.signal === "" ? undefined : query.signal);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/containers/:id/resize",
    {
      schema: {
        tags,
        operationId: "ContainerResize",
        summary: "Set the size of a container's terminal",
        params: IdParameter,
        querystring: TerminalSize,
        response: { 200: empty("It was set."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      // docker sends 0 by 0 where its own terminal has no size yet.
      if (query.h > 0 && query.w > 0) await containers.resize(params.id, { height: query.h, width: query.w });
      return reply.code(200).send(null);
    },
  );

  app.post(
    "/containers/:id/rename",
    {
      schema: {
        tags,
        operationId: "ContainerRename",
        summary: "Rename a container",
        params: IdParameter,
        querystring: Type.Object({ name: Type.String({ minLength: 1 }) }),
        response: { 204: empty("It was renamed."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      await containers.rename(params.id, query.name);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/containers/:id",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerDelete",
        summary: "Remove a container",
        params: IdParameter,
        querystring: Type.Object({
          force: Type.Optional(Type.Boolean({ description: "Also one that runs." })),
          v: Type.Optional(Type.Boolean({ description: "With its volumes that nobody has named, unless other containers use them." })),
          link: Type.Optional(Type.Boolean({ description: "Must be false: a link is removed with its container." })),
        }),
        response: { 204: empty("It was removed."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      if (query.link === true)
        throw new UnimplementedError("a link cannot be removed alone", {
          op: "container.remove",
          remedy: "remove the container that has it",
        });
      await containers.remove(params.id, { force: query.force ?? false, volumes: query.v ?? false });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/containers/prune",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerPrune",
        summary: "Remove all containers that do not run",
        querystring: Type.Object({ filters: Filters }),
        response: { 200: json(named(PruneAnswer), "The ids of those removed."), ...failures(400) },
      },
    },
    async ({ query }) => {
      const [filter] = Object.keys(parseFilters(query.filters));
      if (filter !== undefined) {
        throw new InvalidArgumentError(`invalid filter '${filter}': pruning containers takes no filters yet`, { op: "container.prune" });
      }
      return { ContainersDeleted: [...(await containers.prune())], SpaceReclaimed: 0 };
    },
  );
}

function stopOptions({ t, signal }: { readonly t?: number; readonly signal?: string }) {
  return { timeout: t, signal: signal === "" ? undefined : signal };
}
