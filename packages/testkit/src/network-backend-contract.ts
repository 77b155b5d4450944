import type { CreateNetworkRequest, EndpointRequest, NetworkBackend, NetworkRecord, PortRequest } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePorts } from "./free-ports.ts";

export interface NetworkBackendFixture {
  readonly backend: NetworkBackend;
  /** Ids of what the host has now. */
  onHost(): Promise<{ readonly networks: readonly string[]; readonly endpoints: readonly string[] }>;
  /** The backend as the next process has it, after the end of this one; a test asks for it once. */
  reopen(): Promise<NetworkBackend>;
  dispose(): Promise<void>;
}

export interface NetworkBackendContractOptions {
  readonly skip?: string;
  /** Whether ports may name an address of the host. */
  readonly hostAddresses: boolean;
  /** Whether subnets and addresses are looked at; a fake takes what it is given. @default true */
  readonly checksAddresses?: boolean;
}

/** What every implementation of the port keeps to. */
export function networkBackendContract(
  name: string,
  factory: () => Promise<NetworkBackendFixture>,
  { skip, hostAddresses, checksAddresses = true }: NetworkBackendContractOptions,
): void {
  const title = `network backend: ${name}${skip === undefined ? "" : ` (skipped: ${skip})`}`;

  describe.skipIf(skip !== undefined)(title, () => {
    let fixture: NetworkBackendFixture;
    let backend: NetworkBackend;
    let before: Awaited<ReturnType<NetworkBackendFixture["onHost"]>>;

    beforeEach(async () => {
      fixture = await factory();
      backend = fixture.backend;
      before = await fixture.onHost();
    });
    afterEach(async () => {
      for (const { id } of backend.endpoints()) await backend.removeEndpoint(id);
      for (const { id, isPredefined } of backend.list()) if (!isPredefined) await backend.remove(id);
      await fixture.dispose();
    });

    const create = async (more: Partial<CreateNetworkRequest> = {}): Promise<NetworkRecord> =>
      (await backend.create({ name: "n8", ipam: { subnets: [subnetOfTest] }, ...more })).network;

    describe("networks", () => {
      it("are nat and none from the start, which can neither be made nor removed", async () => {
        expect(
          backend
            .list()
            .filter(({ isPredefined }) => isPredefined)
            .map(({ name, driver }) => `${name} ${driver}`)
            .toSorted(),
        ).toEqual(["nat nat", "none null"]);
        const nat = backend.get("nat");
        expect(nat.ipam).toMatchObject({ driver: "windows", options: null });
        expect(nat.ipam.subnets).toHaveLength(1);
        expect(nat.options["com.docker.network.windowsshim.hnsid"]).toBe(nat.hnsId);
        expect(backend.get("none")).toMatchObject({
          ipam: { driver: "default", options: null, subnets: [] },
          options: {},
          hnsId: undefined,
        });
        for (const name of ["nat", "none"]) {
          const removal = { code: "PermissionDenied", message: `${name} is a pre-defined network and cannot be removed` };
          await expect(backend.remove(name)).rejects.toMatchObject(removal);
          const creation = { code: "PermissionDenied", message: `operation is not permitted on predefined ${name} network ` };
          await expect(backend.create({ name })).rejects.toMatchObject(creation);
        }
      });

      it("are made with what was asked for, listed in the order of their creation, and removed", async () => {
        const labels = { team: "a" };
        const options = { "com.docker.network.windowsshim.dnssuffix": "example.org", "com.example.any": "kept" };
        const network = await create({ labels, options, attachable: true });
        expect(network).toMatchObject({ name: "n8", driver: "nat", labels, options, attachable: true, internal: false });
        expect(network).toMatchObject({ isPredefined: false, isAdopted: false, ipam: { driver: "windows", subnets: [subnetOfTest] } });
        expect(network.id).toMatch(/^[0-9a-f]{64}$/);
        const second = await create({ name: "n9", driver: "Transparent", ipam: {} });
        expect(second.driver).toBe("transparent");
        expect(
          backend
            .list()
            .slice(-2)
            .map(({ name }) => name),
        ).toEqual(["n8", "n9"]);
        expect((await backend.remove("n8")).id).toBe(network.id);
        expect(() => backend.get("n8")).toThrow("network n8 not found");
        await expect(backend.remove("n8")).rejects.toMatchObject({ code: "NotFound", message: "network n8 not found" });
        await backend.remove(second.id);
        expect(await fixture.onHost()).toEqual(before);
      });

      it("are found by id, by name and by the beginning of an id; default and bridge mean nat", async () => {
        const network = await create();
        for (const ref of [network.id, "n8", network.id.slice(0, 12)]) expect(backend.get(ref).id).toBe(network.id);
        for (const ref of ["default", "bridge"]) expect(backend.get(ref).name).toBe("nat");
        for (const ref of ["", "N8", "nothing"]) expect(() => backend.get(ref)).toThrow(`network ${ref} not found`);
      });

      it("have names of their own, also when two are made at once", async () => {
        await create();
        const taken = { code: "AlreadyExists", message: "network with name n8 already exists" };
        await expect(create({ ipam: {} })).rejects.toMatchObject(taken);
        const both = await Promise.allSettled([create({ name: "twin", ipam: {} }), create({ name: "twin", ipam: {} })]);
        expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      });

      it("are of drivers that there are", async () => {
        await expect(create({ driver: "macvlan" })).rejects.toMatchObject({ code: "NotFound", message: 'plugin "macvlan" not found' });
        expect(backend.drivers).toEqual(expect.arrayContaining(["nat", "transparent", "l2bridge", "internal", "null"]));
      });

      if (checksAddresses) {
        it.each([
          ["10.10.10.0/8", {}, "invalid network config:\ninvalid subnet 10.10.10.0/8: it should be 10.0.0.0/8"],
          ["foobar", {}, "invalid network config:\ninvalid subnet foobar: invalid CIDR block notation"],
          [
            "10.213.1.0/24",
            { gateway: "10.213.2.1", auxiliaryAddresses: { router: "dummy" } },
            "invalid network config:\n* invalid gateway 10.213.2.1: parent subnet 10.213.1.0/24 doesn't contain this address\n" +
              "* invalid auxiliary address router: invalid address",
          ],
          [
            "10.213.1.0/24",
            { ipRange: "10.0.0.0/8" },
            "invalid network config:\ninvalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.213.1.0/24",
          ],
          ["2001:db8::/32", {}, "windowsshim driver doesn't support v6 subnets"],
        ])("of the subnet %s with %j are refused, in dockerd's words", async (subnet, more, message) => {
          await expect(create({ ipam: { subnets: [{ subnet, ...more }] } })).rejects.toMatchObject({ code: "InvalidArgument", message });
          expect(await fixture.onHost()).toEqual(before);
        });

        it("share no address with another", async () => {
          await create();
          const overlap = { code: "InvalidArgument", message: "invalid pool request: Pool overlaps with other one on this address space" };
          await expect(create({ name: "n9" })).rejects.toMatchObject(overlap);
        });
      }
    });

    describe("endpoints", () => {
      it("have an address of the network, its gateway, and a MAC address, each its own", async () => {
        const network = await create();
        const made = await Promise.all(Array.from({ length: 20 }, (_, at) => backend.createEndpoint(endpointRequest(network, `c${at}`))));
        expect(new Set([...made.map(({ ipAddress }) => ipAddress), subnetOfTest.gateway]).size).toBe(21);
        expect(new Set(made.map(({ macAddress }) => macAddress)).size).toBe(20);
        for (const endpoint of made) {
          expect(endpoint).toMatchObject({ networkId: network.id, prefixLength: 24, gateway: subnetOfTest.gateway, ports: [] });
          expect(endpoint.ipAddress.startsWith(prefixOfTest)).toBe(true);
          expect(endpoint.macAddress).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
          expect(backend.endpoint(endpoint.id)).toMatchObject({ containerId: endpoint.containerId, hnsId: endpoint.hnsId });
        }
        expect(
          backend
            .endpoints(network.id)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(made.map(({ id }) => id).toSorted());
        expect(backend.endpoints(backend.get("nat").id)).toEqual([]);
        for (const { id } of made) await backend.removeEndpoint(id);
        expect((await fixture.onHost()).endpoints).toEqual(before.endpoints);
      });

      it("take the addresses that they are given, whichever way the MAC address is written", async () => {
        const network = await create();
        const ipAddress = `${prefixOfTest}77`;
        const first = await backend.createEndpoint(endpointRequest(network, "a", { ipAddress, macAddress: "00:15:5D:11:22:33" }));
        expect(first).toMatchObject({ ipAddress, macAddress: "00:15:5d:11:22:33" });
        const second = await backend.createEndpoint(endpointRequest(network, "b", { macAddress: "00-15-5d-11-22-34" }));
        expect(second.macAddress).toBe("00:15:5d:11:22:34");
        const taken = { code: "Conflict", message: expect.stringMatching(new RegExp(`${ipAddress}.*container a$`)) };
        await expect(backend.createEndpoint(endpointRequest(network, "c", { ipAddress }))).rejects.toMatchObject(taken);
        await backend.removeEndpoint(first.id);
        await backend.createEndpoint(endpointRequest(network, "c", { ipAddress }));
      });

      if (checksAddresses) {
        it.each([
          [{ ipAddress: "192.168.77.5" }, "no configured subnet or ip-range contain the IP address 192.168.77.5"],
          [{ ipAddress: "one" }, "invalid IPv4 address: one"],
          [{ macAddress: "00:15:5d:11:22" }, "invalid MAC address: 00:15:5d:11:22"],
        ])("with %j are refused, and leave nothing", async (address, message) => {
          const network = await create();
          const refusal = { code: "InvalidArgument", message: `failed to create endpoint a on network n8: ${message}` };
          await expect(backend.createEndpoint(endpointRequest(network, "a", address))).rejects.toMatchObject(refusal);
          expect((await fixture.onHost()).endpoints).toEqual(before.endpoints);
        });

        it("get addresses of the range that the network has, and none that is kept for others", async () => {
          const subnet = { ...subnetOfTest, ipRange: `${prefixOfTest}64/30`, auxiliaryAddresses: { router: `${prefixOfTest}65` } };
          const network = await create({ ipam: { subnets: [subnet] } });
          expect(network.ipam.subnets).toEqual([subnet]);
          const made: string[] = [];
          for (const name of ["a", "b", "c"]) made.push((await backend.createEndpoint(endpointRequest(network, name))).ipAddress);
          expect(made).toEqual([`${prefixOfTest}64`, `${prefixOfTest}66`, `${prefixOfTest}67`]);
          const full = {
            code: "Conflict",
            message: expect.stringContaining("no available IPv4 addresses on this network's address pools"),
          };
          await expect(backend.createEndpoint(endpointRequest(network, "d"))).rejects.toMatchObject(full);
        });
      }

      it("are of a network that there is", async () => {
        const network = await create();
        await backend.remove("n8");
        await expect(backend.createEndpoint(endpointRequest(network, "a"))).rejects.toMatchObject({ code: "NotFound" });
      });

      it("keep their network, and are removed once or twice alike", async () => {
        const network = await create();
        const { id } = await backend.createEndpoint(endpointRequest(network, "a"));
        const message = `error while removing network: network n8 id ${network.id} has active endpoints`;
        await expect(backend.remove("n8")).rejects.toMatchObject({ code: "PermissionDenied", message });
        await backend.removeEndpoint(id);
        await backend.removeEndpoint(id);
        expect(backend.endpoint(id)).toBeUndefined();
        await backend.remove("n8");
      });

      it("have the names that they were given last; one that is gone has none", async () => {
        const network = await create();
        const { id, names } = await backend.createEndpoint(endpointRequest(network, "a", { names: ["a", "web"] }));
        expect(names).toEqual(["a", "web"]);
        backend.rename(id, ["b", "web"]);
        expect(backend.endpoint(id)?.names).toEqual(["b", "web"]);
        await backend.removeEndpoint(id);
        backend.rename(id, ["c"]);
        expect(backend.endpoint(id)).toBeUndefined();
      });
    });

    describe("ports", () => {
      it("are published where they are asked for, one number by TCP and another by UDP, until the endpoint is gone", async () => {
        const port = await freePorts(1);
        const nat = backend.get("nat");
        const ports = [tcp(80, port), { ...tcp(53, port), protocol: "udp" as const }];
        const first = await backend.createEndpoint(endpointRequest(nat, "a", { ports }));
        expect(first.ports).toEqual([
          { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: port },
          { protocol: "udp", containerPort: 53, hostAddress: "", hostPort: port },
        ]);
        const { endpoints } = await fixture.onHost();
        const message = `failed to create endpoint b on network nat: port ${port}/tcp is already published by container a`;
        const again = endpointRequest(nat, "b", { ports: [tcp(8080, port)] });
        await expect(backend.createEndpoint(again)).rejects.toMatchObject({ code: "Conflict", message });
        expect((await fixture.onHost()).endpoints).toEqual(endpoints);
        await backend.removeEndpoint(first.id);
        expect((await backend.createEndpoint(again)).ports).toMatchObject([{ containerPort: 8080, hostPort: port }]);
      });

      it("of a range are the first that no other has", async () => {
        const first = await freePorts(3);
        const nat = backend.get("nat");
        const range: PortRequest = { protocol: "tcp", containerPort: 80, hostAddress: "0.0.0.0", hostPorts: { first, last: first + 2 } };
        const both = await Promise.all(["a", "b"].map((name) => backend.createEndpoint(endpointRequest(nat, name, { ports: [range] }))));
        const third = await backend.createEndpoint(endpointRequest(nat, "c", { ports: [range] }));
        const chosen = [...both, third].flatMap(({ ports }) => ports.map(({ hostPort }) => hostPort));
        expect(chosen.toSorted()).toEqual([first, first + 1, first + 2]);
        await expect(backend.createEndpoint(endpointRequest(nat, "d", { ports: [range] }))).rejects.toMatchObject({ code: "Conflict" });
      });

      it("that nobody names are chosen, each another", async () => {
        const nat = backend.get("nat");
        const ports: PortRequest[] = [80, 443].map((containerPort) => ({ protocol: "tcp", containerPort, hostAddress: "" }));
        const made = [
          await backend.createEndpoint(endpointRequest(nat, "a", { ports })),
          await backend.createEndpoint(endpointRequest(nat, "b", { ports })),
        ];
        const chosen = made.flatMap(({ ports: published }) => published.map(({ hostPort }) => hostPort));
        expect(chosen.every((port) => port > 0 && port < 65_536)).toBe(true);
        expect(new Set(chosen).size).toBe(4);
      });

      it("at one address of the host are the host's to take", async () => {
        const port = await freePorts(1);
        const nat = backend.get("nat");
        const making = backend.createEndpoint(endpointRequest(nat, "a", { ports: [{ ...tcp(80, port), hostAddress: "127.0.0.1" }] }));
        if (hostAddresses) expect((await making).ports).toMatchObject([{ hostAddress: "127.0.0.1", hostPort: port }]);
        else {
          const message = "failed to create endpoint a on network nat: Windows does not support host IP addresses in NAT settings";
          await expect(making).rejects.toMatchObject({ code: "InvalidArgument", message });
        }
      });
    });

    describe("the next process", () => {
      it("has the networks, and of the endpoints those whose containers still run", async () => {
        const network = await create({ labels: { team: "a" } });
        const port = await freePorts(1);
        const kept = await backend.createEndpoint(endpointRequest(network, "kept", { names: ["kept", "web"], ports: [tcp(80, port)] }));
        const lost = await backend.createEndpoint(endpointRequest(network, "lost"));
        backend = await fixture.reopen();
        expect(backend.get("n8")).toEqual(network);
        const { removed, failed } = await backend.reconcile({ endpointIds: new Set([kept.id]) });
        expect({ removed: removed.length, failed }).toEqual({ removed: 1, failed: [] });
        expect(backend.endpoint(lost.id)).toBeUndefined();
        expect(backend.endpoint(kept.id)).toMatchObject({ ...kept, names: ["kept", "web"] });
        const message = `failed to create endpoint b on network nat: port ${port}/tcp is already published by container kept`;
        await expect(backend.createEndpoint(endpointRequest(backend.get("nat"), "b", { ports: [tcp(80, port)] }))).rejects.toMatchObject({
          message,
        });
        await backend.removeEndpoint(kept.id);
        await backend.remove("n8");
        expect(await fixture.onHost()).toEqual(before);
      });
    });
  });
}

/** Of this process alone: others run the same tests on the same host. */
const prefixOfTest = `10.${200 + (process.pid % 50)}.${Math.floor(process.pid / 50) % 256}.`;
const subnetOfTest = { subnet: `${prefixOfTest}0/24`, gateway: `${prefixOfTest}1` };

/** What a container without any option asks for. */
export function endpointRequest(network: NetworkRecord, name: string, more: Partial<EndpointRequest> = {}): EndpointRequest {
  return {
    networkId: network.id,
    container: { id: Buffer.from(name).toString("hex").padEnd(64, "0"), name },
    names: [name],
    links: [],
    lookUp: { servers: [], search: [], options: [], hosts: [] },
    ports: [],
    ...more,
  };
}

function tcp(containerPort: number, port: number): PortRequest {
  return { protocol: "tcp", containerPort, hostAddress: "", hostPorts: { first: port, last: port } };
}
