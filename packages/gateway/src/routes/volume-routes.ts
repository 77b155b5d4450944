import { UnavailableError } from "@oriel/contracts";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { isAtLeast } from "../http/api-version.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { parseFilters } from "../http/query-values.ts";
import { empty, Filters, failures, json, named, nullable } from "../schemas/common.ts";
import { Volume, VolumeCreateBody, VolumeList, VolumesPruned } from "../schemas/volumes.ts";
import { volumeView } from "../views/volume-view.ts";

const tags = ["Volumes"];
/** Since this version of the API volumes that have names are pruned only if that is asked for. */
const unnamedOnly = "1.42";
const VolumeParameter = Type.Object({ name: Type.String({ minLength: 1, description: "The volume's name, in any case." }) });

/** Volumes. */
export function volumeRoutes(app: GatewayApp, { engine, closing }: RouteContext): void {
  const { volumes } = engine;

  app.get(
    "/volumes",
    {
      schema: {
        tags,
        operationId: "VolumeList",
        summary: "List volumes",
        querystring: Type.Object({ filters: Filters }),
        response: { 200: json(named(VolumeList), "Volumes, by name."), ...failures(400) },
      },
    },
    async ({ query }) => ({ Volumes: (await volumes.list(parseFilters(query.filters))).map(volumeView), Warnings: null }),
  );

  app.post(
    "/volumes/create",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "VolumeCreate",
        summary: "Create a volume",
        body: nullable(named(VolumeCreateBody)),
        response: { 201: json(named(Volume), "The volume; one of that name is returned as it is."), ...failures(400, 404, 409) },
      },
    },
    async ({ body }, reply) => {
      const { Name, Driver, DriverOpts, Labels, ClusterVolumeSpec } = body ?? {};
      if (ClusterVolumeSpec !== undefined && ClusterVolumeSpec !== null) {
        const message =
          'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
        throw new UnavailableError(message, { op: "volume.create" });
      }
      const made = await volumes.create({
        ...(Name ? { name: Name } : {}),
        ...(Driver ? { driver: Driver } : {}),
        ...(DriverOpts ? { driverOptions: DriverOpts } : {}),
        ...(Labels ? { labels: Labels } : {}),
      });
      return reply.code(201).send(volumeView(made));
    },
  );

  app.get(
    "/volumes/:name",
    {
      schema: {
        tags,
        operationId: "VolumeInspect",
        summary: "Inspect a volume",
        params: VolumeParameter,
        response: { 200: json(named(Volume), "The volume."), ...failures(404) },
      },
    },
    async ({ params }) => volumeView(await volumes.inspect(params.name)),
  );

  app.delete(
    "/volumes/:name",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "VolumeDelete",
        summary: "Remove a volume",
        params: VolumeParameter,
        querystring: Type.Object({ force: Type.Optional(Type.Boolean({ description: "One that does not exist is no error." })) }),
        response: { 204: empty("It was removed."), ...failures(404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      await volumes.remove(params.name, { force: query.force ?? false });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/volumes/prune",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "VolumePrune",
        summary: "Remove the volumes that no container uses",
        querystring: Type.Object({ filters: Filters }),
        response: { 200: json(named(VolumesPruned), "The names of those removed."), ...failures(400, 409) },
      },
    },
    async ({ query, apiVersion }) => {
      const given = parseFilters(query.filters);
      const filters = isAtLeast(apiVersion, unnamedOnly) ? given : { ...given, all: ["true"] };
      const { removed, reclaimed } = await volumes.prune(filters, closing);
      return { VolumesDeleted: [...removed], SpaceReclaimed: reclaimed };
    },
  );
}
