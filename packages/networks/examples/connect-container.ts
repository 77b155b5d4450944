import type { RawHcs, ResourceJournal } from "@oriel/contracts";
import { HnsNetworkBackend } from "@oriel/networks";

/** Connects a container to a network of its own, and returns its address and the port of the host that reaches its port 80. */
export async function connectContainer(raw: Pick<RawHcs, "provider" | "network">, journal: ResourceJournal, file: string) {
  const networks = new HnsNetworkBackend({ raw, journal, file });
  await networks.open();
  try {
    const subnets = [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }];
    const { network } = await networks.create({ name: "shop", ipam: { subnets } });
    const endpoint = await networks.createEndpoint({
      networkId: network.id,
      container: { id: "5f0e…", name: "web1" },
      names: ["web1", "web"], // the other containers of the network find it by these
      links: [],
      lookUp: { servers: [], search: [], options: [], hosts: [] },
      ports: [{ protocol: "tcp", containerPort: 80, hostAddress: "" }], // the host chooses its own
    });
    // `endpoint.hnsId` goes into `EndpointList` of the compute system. After its run:
    await networks.removeEndpoint(endpoint.id);
    await networks.remove("shop");
    return { address: endpoint.ipAddress, hostPort: endpoint.ports[0]?.hostPort };
  } finally {
    await networks.close();
  }
}
