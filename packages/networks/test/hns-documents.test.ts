import { readFile } from "node:fs/promises";
import path from "node:path";
import { type CreateNetworkRequest, type EndpointRequest, NotFoundError } from "@oriel/contracts";
import { endpointRequest, type FakeHns, fakeHns, memoryJournal } from "@oriel/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../src/hns-network-backend.ts";
import { temporaryFolder } from "./support.ts";

interface RecordedCall {
  readonly call: string;
  readonly target: string;
  readonly document: string;
}

/** Each call once, and scenarios that name calls by their place. */
interface Recording {
  readonly calls: readonly RecordedCall[];
  readonly scenarios: readonly { readonly name: string; readonly calls: readonly number[] }[];
}

/** What the real dockerd sent in one scenario, ids replaced by `<guid7>` and the like. */
async function recordedPosts(name: string, target: string): Promise<unknown[]> {
  const file = new URL("../../../e2e/fixtures/dockerd-scenarios-2.json", import.meta.url);
  const recording = JSON.parse(await readFile(file, "utf8")) as Recording;
  const scenario = recording.scenarios.find((found) => found.name === name);
  const calls = (scenario?.calls ?? []).flatMap((at) => recording.calls[at] ?? []);
  return calls.filter((made) => made.call === "HNSCall" && made.target === target).map(({ document }) => JSON.parse(document) as unknown);
}

async function start(provider: "windows" | "emulated" = "windows") {
  const hns = fakeHns();
  const file = path.join(temporaryFolder(), "networks.db");
  const backend = new HnsNetworkBackend({ raw: { provider, network: hns }, journal: memoryJournal(), file });
  await backend.open();
  onTestFinished(() => backend.close());
  return { hns, backend };
}

/** Documents of a kind that were sent; those of endpoints without the name that dockerd does not give them. */
function sent({ calls }: FakeHns, call: string): unknown[] {
  return calls.filter((made) => made.call === call).map(({ document }) => document);
}

/** A recorded document, and the one that is ours, both without ids. */
function withoutIds(document: unknown): unknown {
  const { Name: _name, VirtualNetwork: _network, ...rest } = document as Readonly<Record<string, unknown>>;
  return rest;
}

async function networkSent(request: Partial<CreateNetworkRequest>): Promise<unknown> {
  const { hns, backend } = await start();
  await backend.create({ name: "n", ...request });
  return sent(hns, "POST /networks/").at(-1);
}

async function endpointSent(
  request: Partial<EndpointRequest>,
  network: Partial<CreateNetworkRequest> = {},
  provider?: "emulated",
): Promise<Readonly<Record<string, unknown>>> {
  const { hns, backend } = await start(provider);
  const { network: made } = await backend.create({ name: "n", ...network });
  await backend.createEndpoint(endpointRequest(made, "c", request));
  return sent(hns, "POST /endpoints/").at(-1) as Readonly<Record<string, unknown>>;
}

describe("documents of networks", () => {
  it("are those that dockerd was recorded to send", async () => {
    const [recorded] = await recordedPosts("n-settings", "POST /networks/");
    const document = await networkSent({ ipam: { subnets: [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }] } });
    expect(withoutIds(document)).toEqual(withoutIds(recorded));
    expect((document as { readonly Name: string }).Name).toMatch(/^[0-9a-f]{64}$/);
  });

  it("carry the options of the Windows driver", async () => {
    const options = Object.fromEntries(
      Object.entries({
        networkname: "lab",
        interface: "Ethernet 2",
        vlanid: "11",
        vsid: "5001",
        dnssuffix: "example.org",
        dnsservers: "10.0.0.2,10.0.0.3",
        macpool: "00-15-5D-00-00-00,00-15-5D-00-00-0F",
        sourcemac: "00-15-5D-99-99-99",
        routingdomain: "kept, and means nothing",
      }).map(([name, value]) => [`com.docker.network.windowsshim.${name}`, value]),
    );
    expect(await networkSent({ driver: "transparent", options })).toEqual({
      Name: "lab",
      Type: "transparent",
      NetworkAdapterName: "Ethernet 2",
      SourceMac: "00-15-5D-99-99-99",
      Policies: [
        { Type: "VLAN", VLAN: 11 },
        { Type: "VSID", VSID: 5001 },
      ],
      MacPools: [{ StartMacAddress: "00-15-5D-00-00-00", EndMacAddress: "00-15-5D-00-00-0F" }],
      DNSSuffix: "example.org",
      DNSServerList: "10.0.0.2,10.0.0.3",
    });
  });

  it("that are internal are of Windows' own kind without a way out", async () => {
    expect(await networkSent({ internal: true })).toMatchObject({ Type: "internal" });
    const { backend } = await start();
    await expect(backend.create({ name: "n", driver: "transparent", internal: true })).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it.each([
    ["vlanid", "many", 'strconv.ParseUint: parsing "many": invalid syntax'],
    ["vsid", "4294967296", 'strconv.ParseUint: parsing "4294967296": value out of range'],
    ["enable_outboundnat", "maybe", 'strconv.ParseBool: parsing "maybe": invalid syntax'],
    ["macpool", "00-15-5D-00-00-00", "invalid mac pool. You must specify both a start range and an end range"],
  ])("with the option %s=%s are refused", async (name, value, message) => {
    const { hns, backend } = await start();
    const option = `com.docker.network.windowsshim.${name}`;
    const refusal = { code: "InvalidArgument", message: `${option}: ${message}` };
    await expect(backend.create({ name: "n", options: { [option]: value } })).rejects.toMatchObject(refusal);
    expect(sent(hns, "POST /networks/")).toHaveLength(1);
  });
});

it("two networks with one subnet are refused also when they are made at once; options that no driver has are warned of", async () => {
  const { backend } = await start();
  const ipam = { subnets: [{ subnet: "10.1.0.0/24" }], options: { pool: "a" } };
  const both = await Promise.allSettled(["one", "two"].map((name) => backend.create({ name, ipam })));
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "fulfilled")).toMatchObject({
    value: { warnings: ["The IPAM driver windows has no option pool: it is kept, and has no effect."] },
  });
});

describe("a network of the host", () => {
  it("is taken over by its id, and stays there when it is removed", async () => {
    const { hns, backend } = await start();
    hns.put("networks", { ID: "ABC", Name: "lab", Type: "transparent", Subnets: [] });
    const options = { "com.docker.network.windowsshim.hnsid": "ABC" };
    const { network } = await backend.create({ name: "mine", driver: "transparent", options });
    expect(network).toMatchObject({ hnsId: "ABC", isAdopted: true, options: { "com.docker.network.windowsshim.networkname": "lab" } });
    await backend.remove("mine");
    expect(hns.networks.map(({ ID }) => ID)).toContain("ABC");
    const mismatch = backend.create({ name: "other", driver: "nat", options });
    await expect(mismatch).rejects.toMatchObject({
      code: "InvalidArgument",
      message: "the network ABC of the host is of the type transparent",
    });
    const subnets = backend.create({ name: "other", options, ipam: { subnets: [{ subnet: "10.1.0.0/24" }] } });
    await expect(subnets).rejects.toMatchObject({ code: "InvalidArgument", message: "the network ABC of the host has subnets of its own" });
    expect((await backend.create({ name: "again", driver: "bridge", options })).network.driver).toBe("transparent");
    const missing = { ...options, "com.docker.network.windowsshim.hnsid": "DEF" };
    const message = "HNS failed with error : The object identifier does not represent a valid object.";
    await expect(backend.create({ name: "other", options: missing })).rejects.toMatchObject({ code: "NotFound", message });
  });
});

describe("documents of endpoints", () => {
  const subnets = [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }];

  it("are those that dockerd was recorded to send, with a name beside", async () => {
    const [alone] = await recordedPosts("n-settings", "POST /endpoints/");
    const plain = await endpointSent({}, { ipam: { subnets } });
    expect(withoutIds(plain)).toEqual(withoutIds(alone));
    expect(plain.Name).toMatch(/^[0-9a-f]{64}$/);

    const [addresses] = await recordedPosts("n-ip", "POST /endpoints/");
    const given = { ipAddress: "172.29.0.77", macAddress: "00:15:5d:11:22:33" };
    expect(withoutIds(await endpointSent(given, { ipam: { subnets } }))).toEqual(withoutIds(addresses));

    const [published] = await recordedPosts("n-port-conflict", "POST /endpoints/");
    const port = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8081, last: 8081 } } as const;
    expect(withoutIds(await endpointSent({ ports: [port] }))).toEqual(withoutIds(published));

    const [all] = await recordedPosts("n-port-all", "POST /endpoints/");
    const anyPort = { protocol: "tcp", containerPort: 80, hostAddress: "" } as const;
    expect(withoutIds(await endpointSent({ ports: [anyPort] }))).toEqual(withoutIds(all));
  });

  it("carry servers, limits, and what the network says for all of its endpoints", async () => {
    const lookUp = { servers: ["10.0.0.2", "10.0.0.3"], search: [], options: [], hosts: [] };
    const options = {
      "com.docker.network.windowsshim.enable_outboundnat": "true",
      "com.docker.network.windowsshim.outboundnat_exceptions": "10.244.0.0/16,10.10.0.0/24",
      "com.docker.network.windowsshim.disable_gatewaydns": "1",
    };
    const own = { "com.docker.network.windowsshim.disableicc": "true", "com.docker.network.endpoint.egress_bandwidth": "1000000" };
    expect(withoutIds(await endpointSent({ lookUp, options: own }, { driver: "l2bridge", ipam: { subnets }, options }))).toEqual({
      Policies: [
        { Type: "QOS", MaximumOutgoingBandwidthInBytes: 1_000_000 },
        { Type: "OutBoundNAT", ExceptionList: ["10.244.0.0/16", "10.10.0.0/24"] },
      ],
      DNSServerList: "10.0.0.2,10.0.0.3",
      DisableICC: true,
    });
  });

  it.each([
    ["nat", {}, true],
    ["internal", {}, true],
    ["transparent", {}, undefined],
    ["nat", { "com.docker.network.windowsshim.disable_gatewaydns": "true" }, undefined],
    ["nat", { "com.docker.network.windowsshim.disable_dns": "true" }, undefined],
  ])("of a network of the driver %s with %j have EnableInternalDNS: %s", async (driver, options, expected) => {
    expect((await endpointSent({}, { driver, options })).EnableInternalDNS).toBe(expected);
  });

  it("carry domains to search and options to the emulated host only, as on Windows they are the compute system's", async () => {
    const lookUp = { servers: [], search: ["a.example", "b.example"], options: ["ndots:2"], hosts: [] };
    expect(await endpointSent({ lookUp }, {}, "emulated")).toMatchObject({ DNSSearchList: "a.example,b.example", DNSOptions: "ndots:2" });
    expect(Object.keys(await endpointSent({ lookUp }))).toEqual(["Name", "VirtualNetwork", "EnableInternalDNS"]);
  });

  it("carry an address of the host to the emulated host only", async () => {
    const port = { protocol: "tcp", containerPort: 80, hostAddress: "127.0.0.1", hostPorts: { first: 8081, last: 8081 } } as const;
    const { Policies } = await endpointSent({ ports: [port] }, {}, "emulated");
    const base = { Type: "NAT", Protocol: "tcp", InternalPort: 80, ExternalPort: 8081, ExternalPortReserved: true };
    expect(Policies).toEqual([{ ...base, ExternalAddress: "127.0.0.1" }]);
  });
});

describe("ports that the service refuses", () => {
  const taken = [0x803b0013, "The specified port already exists. "] as const;

  it("are tried on in their range", async () => {
    const { hns, backend } = await start();
    hns.refuse("POST /endpoints/", ...taken);
    hns.refuse("POST /endpoints/", ...taken);
    const port = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8000, last: 8002 } } as const;
    const { ports } = await backend.createEndpoint(endpointRequest(backend.get("nat"), "c", { ports: [port] }));
    expect(ports).toMatchObject([{ hostPort: 8002 }]);
  });

  it("of several ranges are those that its words name", async () => {
    const { hns, backend } = await start();
    hns.refuse("POST /endpoints/", 0x803b0013, "port 9000/tcp is in use by nginx (process 77)");
    const ports = [8000, 9000].map(
      (first) => ({ protocol: "tcp", containerPort: first, hostAddress: "", hostPorts: { first, last: first + 5 } }) as const,
    );
    const made = await backend.createEndpoint(endpointRequest(backend.get("nat"), "c", { ports }));
    expect(made.ports.map(({ hostPort }) => hostPort)).toEqual([8000, 9001]);
  });

  it("are not tried on where the one that its words name has no other", async () => {
    const { hns, backend } = await start();
    hns.refuse("POST /endpoints/", 0x803b0013, "port 8000/tcp is in use by nginx (process 77)");
    const one = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8000, last: 8000 } } as const;
    const range = { ...one, containerPort: 90, hostPorts: { first: 9000, last: 9005 } };
    const making = backend.createEndpoint(endpointRequest(backend.get("nat"), "c", { ports: [range, one] }));
    await expect(making).rejects.toMatchObject({ code: "Conflict" });
    expect(sent(hns, "POST /endpoints/")).toHaveLength(1);
  });

  it("are an error in the words of the service where there is no other, and nothing is left", async () => {
    const { hns, backend } = await start();
    hns.refuse("POST /endpoints/", 0x803b0013, "port 8000/tcp is in use by nginx (process 77)");
    const port = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8000, last: 8000 } } as const;
    const message = "failed to create endpoint c on network nat: HNS failed with error : port 8000/tcp is in use by nginx (process 77)";
    await expect(backend.createEndpoint(endpointRequest(backend.get("nat"), "c", { ports: [port] }))).rejects.toMatchObject({
      code: "Conflict",
      message,
    });
    expect(hns.endpoints).toEqual([]);
  });

  it("of l2bridge networks are the engine's to choose, ten times", async () => {
    const { hns, backend } = await start();
    const { network } = await backend.create({ name: "n", driver: "l2bridge", ipam: { subnets: [{ subnet: "10.1.0.0/24" }] } });
    for (let at = 0; at < 9; at += 1) hns.refuse("POST /endpoints/", ...taken);
    const ports = [{ protocol: "tcp", containerPort: 80, hostAddress: "" }] as const;
    expect((await backend.createEndpoint(endpointRequest(network, "c", { ports }))).ports).toMatchObject([{ hostPort: 60_009 }]);
    for (let at = 0; at < 10; at += 1) hns.refuse("POST /endpoints/", ...taken);
    await expect(backend.createEndpoint(endpointRequest(network, "d", { ports }))).rejects.toMatchObject({ code: "Conflict" });
  });
});

it("a failure of the call itself has its number and its name", async () => {
  const { hns, backend } = await start();
  const network = { HNSCall: async () => ({ hresult: 0x803b0001, response: null }) };
  const failing = new HnsNetworkBackend({
    raw: { provider: "windows", network },
    journal: memoryJournal(),
    file: path.join(temporaryFolder(), "n.db"),
  });
  await failing.open();
  onTestFinished(() => failing.close());
  await expect(failing.create({ name: "n" })).rejects.toSatisfy((error: unknown) => {
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      message: "hnsCall failed in Win32: The network was not found. (0x803b0001)",
      symbol: "HCN_E_NETWORK_NOT_FOUND",
    });
    return true;
  });
  expect([hns.networks.length, backend.list().length]).toEqual([1, 2]);
});
