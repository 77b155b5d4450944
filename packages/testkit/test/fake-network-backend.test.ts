import { describe, expect, it } from "vitest";
import { fakeNetworkBackend } from "../src/index.ts";
import { networkBackendContract } from "../src/network-backend-contract.ts";

const request = (networkId: string, name: string) => ({
  networkId,
  container: { id: name.repeat(4), name },
  names: [name],
  links: [],
  lookUp: { servers: [], search: [], options: [], hosts: [] },
  ports: [],
});

describe("fake network backend", () => {
  it("has the networks nat and none, which cannot be removed", async () => {
    const networks = fakeNetworkBackend();
    expect(networks.list().map(({ name, driver }) => `${name} ${driver}`)).toEqual(["nat nat", "none null"]);
    expect(networks.get("bridge").name).toBe("nat");
    await expect(networks.remove("nat")).rejects.toThrow("nat is a pre-defined network and cannot be removed");
  });

  it("gives each endpoint an address of the network's, and refuses one that is taken", async () => {
    const networks = fakeNetworkBackend();
    const { network } = await networks.create({ name: "n", ipam: { subnets: [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }] } });
    const first = await networks.createEndpoint(request(network.id, "a"));
    expect([first.ipAddress, first.prefixLength, first.gateway]).toEqual(["172.29.0.2", 16, "172.29.0.1"]);
    await expect(networks.createEndpoint({ ...request(network.id, "b"), ipAddress: first.ipAddress })).rejects.toThrow(
      "address 172.29.0.2 is in use by container a",
    );
    await expect(networks.remove("n")).rejects.toThrow("has active endpoints");
  });

  it("publishes the first free port of a range, and names the container that has the only one", async () => {
    const networks = fakeNetworkBackend();
    const { id } = networks.get("nat");
    const port = { protocol: "tcp", containerPort: 80, hostAddress: "" } as const;
    const range = { ...request(id, "a"), ports: [{ ...port, hostPorts: { first: 8080, last: 8081 } }] };
    await networks.createEndpoint(range);
    const second = await networks.createEndpoint({ ...range, container: { id: "b", name: "b" } });
    expect(second.ports).toEqual([{ ...port, hostPort: 8081 }]);
    const taken = { ...request(id, "c"), ports: [{ ...port, hostPorts: { first: 8080, last: 8080 } }] };
    await expect(networks.createEndpoint(taken)).rejects.toThrow("port 8080/tcp is already published by container a");
    expect(networks.endpoints().length).toBe(2);
  });

  it("reconcile removes the endpoints that nobody owns", async () => {
    const networks = fakeNetworkBackend();
    const kept = await networks.createEndpoint(request(networks.get("nat").id, "a"));
    await networks.createEndpoint(request(networks.get("nat").id, "b"));
    const { removed } = await networks.reconcile({ endpointIds: new Set([kept.id]) });
    expect(removed).toEqual(["endpoint nat b"]);
    expect(networks.endpoints()).toEqual([kept]);
  });
});

const start = async () => {
  const backend = fakeNetworkBackend();
  return {
    backend,
    onHost: async () => ({ networks: backend.list().map(({ id }) => id), endpoints: backend.endpoints().map(({ id }) => id) }),
    reopen: async () => backend,
    async dispose() {},
  };
};
networkBackendContract("the fake", start, { hostAddresses: false, checksAddresses: false });
