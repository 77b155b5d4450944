import { type CreateNetworkRequest, InvalidArgumentError, type NetworkSubnet, UnimplementedError } from "@oriel/contracts";
import { Type } from "typebox";
import type { GatewayApp, RouteContext } from "../gateway-app.ts";
import { changeDeadline } from "../http/deadlines.ts";
import { endpointSettings } from "../http/networking.ts";
import { parseFilters } from "../http/query-values.ts";
import { empty, Filters, failures, json, named } from "../schemas/common.ts";
import {
  NetworkConnectBody,
  NetworkCreateBody,
  NetworkCreated,
  NetworkDisconnectBody,
  NetworkInspect,
  NetworkParameter,
  NetworksPruned,
} from "../schemas/networks.ts";
import { networkInspect, networkSummary } from "../views/network-view.ts";

const tags = ["Networks"];

/** Networks, and the containers in them. */
export function networkRoutes(app: GatewayApp, { engine }: RouteContext): void {
  const { networks } = engine;

  app.get(
    "/networks",
    {
      schema: {
        tags,
        operationId: "NetworkList",
        summary: "List networks",
        querystring: Type.Object({ filters: Filters }),
        response: { 200: json(Type.Array(named(NetworkInspect)), "Networks, in the order of their creation."), ...failures(400) },
      },
    },
    async ({ query, apiVersion }) =>
      (await networks.list(parseFilters(query.filters))).map((network) => networkSummary(network, apiVersion)),
  );

  app.get(
    "/networks/:id",
    {
      schema: {
        tags,
        operationId: "NetworkInspect",
        summary: "Inspect a network",
        params: NetworkParameter,
        querystring: Type.Object({
          verbose: Type.Optional(Type.Boolean({ description: "Taken and without effect: it is about services of a swarm." })),
          scope: Type.Optional(Type.String({ description: "Must be local, or absent." })),
        }),
        response: { 200: json(named(NetworkInspect), "The network."), ...failures(400, 404) },
      },
    },
    async ({ params, apiVersion }) => networkInspect(await networks.inspect(params.id), apiVersion),
  );

  app.post(
    "/networks/create",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "NetworkCreate",
        summary: "Create a network",
        body: named(NetworkCreateBody),
        response: { 201: json(named(NetworkCreated), "The network was created."), ...failures(400, 403, 409) },
      },
    },
    async ({ body }, reply) => {
      const { id, warnings } = await networks.create(createRequest(body));
      return reply.code(201).send({ Id: id, Warning: warnings.join(" ") });
    },
  );

  app.post(
    "/networks/:id/connect",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "NetworkConnect",
        summary: "Connect a container to a network",
        params: NetworkParameter,
        body: named(NetworkConnectBody),
        response: { 200: empty("It is connected."), ...failures(400, 403, 404, 409, 501) },
      },
    },
    async ({ params, body }, reply) => {
      await networks.connect(params.id, body.Container, endpointSettings(body.EndpointConfig));
      return reply.code(200).send(null);
    },
  );

  app.post(
    "/networks/:id/disconnect",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "NetworkDisconnect",
        summary: "Disconnect a container from a network",
        params: NetworkParameter,
        body: named(NetworkDisconnectBody),
        response: { 200: empty("It is not connected any more."), ...failures(400, 404, 409, 501) },
      },
    },
    async ({ params, body }, reply) => {
      await networks.disconnect(params.id, body.Container, { force: body.Force ?? false });
      return reply.code(200).send(null);
    },
  );

  app.delete(
    "/networks/:id",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "NetworkDelete",
        summary: "Remove a network",
        params: NetworkParameter,
        response: { 204: empty("It was removed."), ...failures(403, 404) },
      },
    },
    async ({ params }, reply) => {
      await networks.remove(params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/networks/prune",
    {
      config: { deadline: changeDeadline },
      schema: {
        tags,
        operationId: "NetworkPrune",
        summary: "Remove all networks in which no container runs",
        querystring: Type.Object({ filters: Filters }),
        response: { 200: json(named(NetworksPruned), "The names of those removed."), ...failures(400) },
      },
    },
    async ({ query }) => ({ NetworksDeleted: [...(await networks.prune(parseFilters(query.filters)))] }),
  );
}

/** @throws InvalidArgumentError or UnimplementedError for what only a swarm, or another system than Windows, has */
function createRequest(body: NetworkCreateBody): CreateNetworkRequest {
  const { Name: name, Driver, Scope = "", EnableIPv4, EnableIPv6, IPAM, Internal, Attachable, Ingress, ConfigOnly, ConfigFrom } = body;
  const op = "network.create";
  if (Scope !== "" && Scope !== "local") throw new InvalidArgumentError(`invalid scope ${Scope}: must be local`, { op, resource: name });
  if (EnableIPv4 === false) throw new InvalidArgumentError("IPv4 cannot be disabled on Windows", { op, resource: name });
  if (Ingress === true) throw new UnimplementedError("Ingress: Oriel is a single engine and has no swarm", { op, resource: name });
  if (ConfigOnly === true || (ConfigFrom?.Network ?? "") !== "") {
    throw new UnimplementedError("ConfigOnly, ConfigFrom: networks that are configurations of others do not exist", { op, resource: name });
  }
  const subnets = (IPAM?.Config ?? []).map(subnetOf);
  return {
    name,
    ...(Driver ? { driver: Driver } : {}),
    internal: Internal ?? false,
    attachable: Attachable ?? false,
    enableIPv6: EnableIPv6 ?? false,
    ipam: { ...(IPAM?.Driver ? { driver: IPAM.Driver } : {}), ...(IPAM?.Options ? { options: IPAM.Options } : {}), subnets },
    options: body.Options ?? {},
    labels: body.Labels ?? {},
  };
}

type IpamConfig = NonNullable<NonNullable<NonNullable<NetworkCreateBody["IPAM"]>["Config"]>>[number];

function subnetOf({ Subnet, Gateway, IPRange, AuxiliaryAddresses }: IpamConfig): Partial<NetworkSubnet> {
  return {
    ...(Subnet ? { subnet: Subnet } : {}),
    ...(Gateway ? { gateway: Gateway } : {}),
    ...(IPRange ? { ipRange: IPRange } : {}),
    ...(AuxiliaryAddresses ? { auxiliaryAddresses: AuxiliaryAddresses } : {}),
  };
}
