import { InvalidArgumentError, parseDetachKeys } from "@oriel/contracts";
import type { CreateExecRequest } from "@oriel/engine";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { ExecParameter, empty, failures, IdParameter, json, named, TerminalSize } from "../schemas/common.ts";
import { ExecCreateBody, ExecCreated, ExecInspect } from "../schemas/execs.ts";
import { execInspect } from "../views/exec-view.ts";

const tags = ["Execs"];

/** Further processes of containers, their start aside. */
export function execRoutes(app: GatewayApp, { engine }: RouteContext): void {
  const { execs } = engine;

  app.post(
    "/containers/:id/exec",
    {
      schema: {
        tags,
        operationId: "ContainerExec",
        summary: "Prepare a further process of a running container",
        params: IdParameter,
        body: named(ExecCreateBody),
        response: { 201: json(named(ExecCreated), "It can be started."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, body }, reply) => {
      const { id } = await execs.create(params.id, createRequest(body));
      return reply.code(201).send({ Id: id });
    },
  );

  app.get(
    "/exec/:id/json",
    {
      schema: {
        tags,
        operationId: "ExecInspect",
        summary: "Show an exec, also some minutes after it has ended",
        params: ExecParameter,
        response: { 200: json(named(ExecInspect), "The exec."), ...failures(404) },
      },
    },
    async ({ params }) => execInspect(await execs.inspect(params.id)),
  );

  app.post(
    "/exec/:id/resize",
    {
      schema: {
        tags,
        operationId: "ExecResize",
        summary: "Set the size of an exec's terminal",
        params: ExecParameter,
        querystring: TerminalSize,
        response: { 200: empty("It was set."), ...failures(400, 404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      // docker sends 0 by 0 where its own terminal has no size yet.
      if (query.h > 0 && query.w > 0) await execs.resize(params.id, { height: query.h, width: query.w });
      return reply.code(200).send(null);
    },
  );
}

/**
 * Null means "not given", as Go programs write it.
 * @throws InvalidArgumentError for detach keys that are none, and for privileges: the answer has no place for a warning
 */
function createRequest(body: ExecCreateBody): CreateExecRequest {
  const { Cmd, Env, ConsoleSize, DetachKeys, Privileged, Detach: _, ...flags } = body;
  if (Privileged === true) throw new InvalidArgumentError("Windows does not support privileged mode", { op: "exec.create" });
  if (DetachKeys) parseDetachKeys(DetachKeys);
  return {
    ...flags,
    Cmd: Cmd ?? [],
    ...(Env ? { Env } : {}),
    ...(ConsoleSize ? { ConsoleSize } : {}),
    ...(DetachKeys ? { DetachKeys } : {}),
  };
}
