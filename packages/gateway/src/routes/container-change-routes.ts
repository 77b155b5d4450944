import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { pickGiven } from "../http/create-request.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { checkForeignOptions } from "../http/foreign-options.ts";
import { empty, failures, IdParameter, json, named } from "../schemas/common.ts";
import { ContainerUpdateBody, ContainerUpdated, limitFields } from "../schemas/container-usage.ts";

const tags = ["Containers"];

/** What can be done to a container that runs, short of ending it: pause, unpause, update. */
export function containerChangeRoutes(app: GatewayApp, { engine }: RouteContext): void {
  const { containers } = engine;

  app.post(
    "/containers/:id/pause",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerPause",
        summary: "Hold a container with Hyper-V isolation",
        params: IdParameter,
        response: { 204: empty("It is paused."), ...failures(404, 409, 501) },
      },
    },
    async ({ params }, reply) => {
      await containers.pause(params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/containers/:id/unpause",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerUnpause",
        summary: "Let a paused container go on",
        params: IdParameter,
        response: { 204: empty("It runs."), ...failures(404, 409) },
      },
    },
    async ({ params }, reply) => {
      await containers.unpause(params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/containers/:id/update",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "ContainerUpdate",
        summary: "Change a container's restart policy, and its limits where the host can",
        params: IdParameter,
        body: named(ContainerUpdateBody),
        response: { 200: json(named(ContainerUpdated), "It was changed."), ...failures(400, 404, 409, 501) },
      },
    },
    async ({ params, body }) => {
      const ineffective = checkForeignOptions(body);
      const { RestartPolicy: policy } = body;
      const { warnings } = await containers.update(params.id, {
        limits: pickGiven(body, Object.keys(limitFields)),
        // docker sends a policy without a name where none was given.
        ...(policy?.Name ? { restartPolicy: { ...policy, Name: policy.Name } } : {}),
      });
      return { Warnings: [...ineffective, ...warnings] };
    },
  );
}
