import { type Static, Type } from "typebox";
import { named, nullable, oneOf, StringMap } from "./common.ts";

const Strings = Type.Array(Type.String());

const EndpointIpam = Type.Object({
  IPv4Address: Type.Optional(Type.String({ examples: ["172.29.0.77"] })),
  IPv6Address: Type.Optional(Type.String()),
  LinkLocalIPs: Type.Optional(nullable(Strings)),
});

/** What can be asked of a container's connection to a network. Go clients send null for what is not given. */
export const endpointFields = {
  IPAMConfig: Type.Optional(nullable(EndpointIpam)),
  Links: Type.Optional(nullable(Type.Array(Type.String(), { description: "`container:alias`" }))),
  Aliases: Type.Optional(nullable(Type.Array(Type.String(), { description: "More names by which the others of the network find it." }))),
  MacAddress: Type.Optional(Type.String({ examples: ["00:15:5d:11:22:33"] })),
  DriverOpts: Type.Optional(nullable(StringMap)),
  GwPriority: Type.Optional(Type.Integer({ description: "The connection with the highest one has the default gateway." })),
};

export const EndpointSettingsSchema = Type.Object(endpointFields, { $id: "EndpointSettings" });
export type EndpointSettingsSchema = Static<typeof EndpointSettingsSchema>;

const operationalFields = {
  NetworkID: Type.String(),
  EndpointID: Type.String({ description: "Empty while the container does not run." }),
  Gateway: Type.String(),
  IPAddress: Type.String(),
  IPPrefixLen: Type.Integer(),
  IPv6Gateway: Type.String(),
  GlobalIPv6Address: Type.String(),
  GlobalIPv6PrefixLen: Type.Integer(),
  DNSNames: nullable(Type.Array(Type.String(), { description: "Names by which the others of the network find it." })),
};

export const EndpointInspect = Type.Object(
  {
    IPAMConfig: nullable(EndpointIpam),
    Links: nullable(Strings),
    Aliases: nullable(Strings),
    MacAddress: Type.String(),
    DriverOpts: nullable(StringMap),
    GwPriority: Type.Integer(),
    ...operationalFields,
  },
  { $id: "EndpointInspect" },
);
export type EndpointInspect = Static<typeof EndpointInspect>;

const IpamConfig = Type.Object({
  Subnet: Type.Optional(Type.String({ examples: ["172.29.0.0/16"] })),
  IPRange: Type.Optional(Type.String()),
  Gateway: Type.Optional(Type.String({ examples: ["172.29.0.1"] })),
  AuxiliaryAddresses: Type.Optional(nullable(StringMap)),
});

export const NetworkInspect = Type.Object(
  {
    Name: Type.String(),
    Id: Type.String(),
    Created: Type.String(),
    Scope: oneOf(["local"]),
    Driver: Type.String({ examples: ["nat", "transparent", "l2bridge", "internal", "null"] }),
    EnableIPv4: Type.Optional(Type.Boolean({ description: "Since version 1.48 of the API." })),
    EnableIPv6: Type.Boolean(),
    IPAM: Type.Object({ Driver: Type.String(), Options: nullable(StringMap), Config: nullable(Type.Array(IpamConfig)) }),
    Internal: Type.Boolean(),
    Attachable: Type.Boolean(),
    Ingress: Type.Boolean(),
    ConfigFrom: Type.Object({ Network: Type.String() }),
    ConfigOnly: Type.Boolean(),
    Containers: Type.Record(
      Type.String(),
      Type.Object({
        Name: Type.String(),
        EndpointID: Type.String(),
        MacAddress: Type.String(),
        IPv4Address: Type.String({ examples: ["172.29.0.2/16"] }),
        IPv6Address: Type.String(),
      }),
      { description: "By id: those that run. Empty in a list." },
    ),
    Options: StringMap,
    Labels: StringMap,
  },
  { $id: "NetworkInspect" },
);
export type NetworkInspect = Static<typeof NetworkInspect>;

export const NetworkCreateBody = Type.Object(
  {
    Name: Type.String({ examples: ["shop"] }),
    CheckDuplicate: Type.Optional(Type.Boolean({ description: "Taken and without effect: names are always unique." })),
    Driver: Type.Optional(Type.String({ description: "nat unless given.", examples: ["nat"] })),
    Scope: Type.Optional(Type.String({ description: "Must be local, or absent." })),
    EnableIPv4: Type.Optional(nullable(Type.Boolean({ description: "Must be true, or absent." }))),
    EnableIPv6: Type.Optional(nullable(Type.Boolean({ description: "Must be false, or absent." }))),
    IPAM: Type.Optional(
      nullable(
        Type.Object({
          Driver: Type.Optional(Type.String()),
          Options: Type.Optional(nullable(StringMap)),
          Config: Type.Optional(nullable(Type.Array(IpamConfig))),
        }),
      ),
    ),
    Internal: Type.Optional(Type.Boolean({ description: "Without a way out of the host." })),
    Attachable: Type.Optional(Type.Boolean()),
    Ingress: Type.Optional(Type.Boolean({ description: "Must be false: there is no swarm." })),
    ConfigOnly: Type.Optional(Type.Boolean({ description: "Must be false." })),
    ConfigFrom: Type.Optional(nullable(Type.Object({ Network: Type.Optional(Type.String()) }, { description: "Must be empty." }))),
    Options: Type.Optional(nullable(StringMap)),
    Labels: Type.Optional(nullable(StringMap)),
  },
  {
    $id: "NetworkCreateBody",
    examples: [{ Name: "shop", Driver: "nat", IPAM: { Config: [{ Subnet: "172.29.0.0/16", Gateway: "172.29.0.1" }] } }],
  },
);
export type NetworkCreateBody = Static<typeof NetworkCreateBody>;

export const NetworkCreated = Type.Object({ Id: Type.String(), Warning: Type.String() }, { $id: "NetworkCreated" });

export const NetworkConnectBody = Type.Object(
  {
    Container: Type.String({ minLength: 1, description: "Id, an unambiguous beginning of it, or name." }),
    EndpointConfig: Type.Optional(nullable(named(EndpointSettingsSchema))),
  },
  { $id: "NetworkConnectBody", examples: [{ Container: "web", EndpointConfig: { Aliases: ["www"] } }] },
);

export const NetworkDisconnectBody = Type.Object(
  {
    Container: Type.String({ minLength: 1, description: "Id, an unambiguous beginning of it, or name." }),
    Force: Type.Optional(Type.Boolean({ description: "Also from a network that is gone." })),
  },
  { $id: "NetworkDisconnectBody", examples: [{ Container: "web" }] },
);

export const NetworksPruned = Type.Object(
  { NetworksDeleted: Type.Array(Type.String({ description: "Name." })) },
  { $id: "NetworksPruned" },
);

export const NetworkParameter = Type.Object({
  id: Type.String({ minLength: 1, description: "The network's id, an unambiguous beginning of it, or its name." }),
});

export const networkSchemas = [
  EndpointSettingsSchema,
  EndpointInspect,
  NetworkInspect,
  NetworkCreateBody,
  NetworkCreated,
  NetworkConnectBody,
  NetworkDisconnectBody,
  NetworksPruned,
];
