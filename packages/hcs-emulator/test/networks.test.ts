import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { baseLayer } from "./emulated-container.ts";
import { NetworkTrial, noNetworks } from "./network/network-trial.ts";

const skipped = noNetworks === undefined ? "" : ` (skipped: ${noNetworks})`;

describe.skipIf(noNetworks !== undefined)(`containers on networks of an emulated host${skipped}`, () => {
  let shared: Awaited<ReturnType<typeof baseLayer>>;
  let trial: NetworkTrial;
  let count = 0;
  const open = (): NetworkTrial => new NetworkTrial(path.join(shared.folder, `engine-${count}`), shared.base);

  beforeAll(async () => {
    shared = await baseLayer();
  });
  afterAll(() => shared.remove());
  beforeEach(async () => {
    count += 1;
    trial = open();
    await trial.hcs.start();
  });
  afterEach(async () => {
    await trial.close();
    expect(await trial.onHost()).toEqual([]);
  });

  it("have one adapter for each endpoint, with its address, its MAC address and its gateway, and /etc/hosts with its address", async () => {
    const network = await trial.network("one", { Subnets: [{ AddressPrefix: "10.213.21.0/24", GatewayAddress: "10.213.21.1" }] });
    const endpoint = await trial.endpoint(network, {
      IPAddress: "10.213.21.77",
      EnableInternalDNS: true,
      DNSServerList: "192.0.2.53",
      DNSSuffix: "a.test,b.test",
    });
    const container = await trial.container([endpoint]);
    const space = trial.names.space(container.id);
    const [loopback, adapter, ...more] = JSON.parse(await trial.hostRun("ip", "-n", space, "-j", "addr"));
    expect(more).toEqual([]);
    expect(loopback).toMatchObject({ ifname: "lo", addr_info: [{ local: "127.0.0.1" }, { local: "::1" }] });
    expect(adapter).toMatchObject({ ifname: "eth0", operstate: "UP", addr_info: [{ local: "10.213.21.77", prefixlen: 24 }] });
    expect(adapter.address.toUpperCase()).toBe(endpoint.MacAddress.replaceAll("-", ":"));
    expect(await trial.hostRun("ip", "-n", space, "route")).toMatch(/^default via 10\.213\.21\.1 dev eth0/m);
    expect(await container.run("cmd /c type \\\\?\\unix\\etc\\hosts")).toMatch(new RegExp(`^10\\.213\\.21\\.77 ${container.id}\r?$`, "m"));
    expect((await container.run("cmd /c type \\\\?\\unix\\etc\\resolv.conf")).replaceAll("\r", "").trim()).toBe(
      "search a.test b.test\nnameserver 10.213.21.1\nnameserver 192.0.2.53",
    );
    expect(await container.run(`peer.exe find ${container.id}`)).toContain("10.213.21.77");
  });

  it("reach each other by address in a network, and nothing in another one", async () => {
    const [one, two] = [await trial.network("one"), await trial.network("two")];
    const [a, b, other] = [await trial.endpoint(one), await trial.endpoint(one), await trial.endpoint(two)];
    const [server, client, stranger] = [await trial.container([a]), await trial.container([b]), await trial.container([other])];
    await server.serve("tcp", 80);
    await server.serve("udp", 53);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toBe("hello");
    expect(await client.run(`peer.exe ask ${a.IPAddress} 53 question`)).toBe("question");
    expect(await stranger.run(`peer.exe ask ${a.IPAddress} 53 question`)).toMatch(/^error/);
    // The host reaches both.
    expect(await trial.hostRun("ip", "route", "get", a.IPAddress)).toContain(trial.names.bridge(one.ID));
  });

  it("do not reach each other in a network that forbids it (DisableICC), but the host", async () => {
    const network = await trial.network("one");
    const [a, b] = [await trial.endpoint(network, { DisableICC: true }), await trial.endpoint(network, { DisableICC: true })];
    const [server, client] = [await trial.container([a]), await trial.container([b])];
    await server.serve("udp", 53);
    expect(await client.run(`peer.exe ask ${a.IPAddress} 53 question`)).toMatch(/^error/);
    expect(await client.run(`peer.exe get ${b.GatewayAddress} 9 nothing`)).toContain("error 10061");
  });

  it("get an endpoint while they run, and lose it", async () => {
    const network = await trial.network("one");
    const [a, b] = [await trial.endpoint(network), await trial.endpoint(network, { EnableInternalDNS: true })];
    const [server, client] = [await trial.container([a]), await trial.container([])];
    await server.serve("tcp", 80);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toMatch(/^error/);
    expect(await client.modify("Add", b)).toBe(0);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toBe("hello");
    expect(await client.run(`peer.exe from ${a.IPAddress} 80`)).toContain(b.IPAddress);
    expect(await client.run("cmd /c type \\\\?\\unix\\etc\\resolv.conf")).toContain(`nameserver ${b.GatewayAddress}`);
    expect(await client.modify("Remove", b)).toBe(0);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toMatch(/^error/);
    expect(await client.run("cmd /c type \\\\?\\unix\\etc\\resolv.conf")).toBe("");
    // It can be given again.
    expect(await client.modify("Add", b)).toBe(0);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toBe("hello");
  });

  it("have an adapter in each of their networks, and the default route by the first", async () => {
    const [one, two] = [await trial.network("one"), await trial.network("two")];
    const [a, b] = [await trial.endpoint(one), await trial.endpoint(two)];
    const [peerA, peerB] = [await trial.endpoint(one), await trial.endpoint(two)];
    const [both, serverA, serverB] = [await trial.container([a, b]), await trial.container([peerA]), await trial.container([peerB])];
    for (const server of [serverA, serverB]) await server.serve("tcp", 80);
    for (const [peer, own] of [
      [peerA, a],
      [peerB, b],
    ] as const)
      expect(await both.run(`peer.exe from ${peer.IPAddress} 80`)).toContain(own.IPAddress);
    expect(await trial.hostRun("ip", "-n", trial.names.space(both.id), "route", "get", "203.0.113.1")).toContain(`via ${a.GatewayAddress}`);
  });

  it("share the adapters of another container, and keep them until the last has ended", async () => {
    const network = await trial.network("one");
    const [a, b] = [await trial.endpoint(network), await trial.endpoint(network)];
    const [owner, peer] = [await trial.container([a]), await trial.container([b])];
    const sharer = await trial.container([a], { NetworkSharedContainerName: owner.id });
    await owner.serve("tcp", 8080);
    expect(await sharer.run("peer.exe get 127.0.0.1 8080 hello")).toBe("hello");
    await sharer.serve("tcp", 80);
    await owner.stop();
    expect(await peer.run(`peer.exe get ${a.IPAddress} 80 hello`)).toBe("hello");
  });

  it("count what goes through an endpoint, by the container and by the endpoint", async () => {
    const network = await trial.network("one");
    const [a, b] = [await trial.endpoint(network), await trial.endpoint(network)];
    const [server, client] = [await trial.container([a]), await trial.container([b])];
    await server.serve("udp", 53);
    const text = "x".repeat(900);
    await client.run(`peer.exe ask ${a.IPAddress} 53 ${text}`);
    const [counted] = await client.statistics();
    expect(counted).toMatchObject({ EndpointId: b.ID, InstanceId: client.id });
    for (const key of ["BytesReceived", "BytesSent"]) expect(Number(counted?.[key])).toBeGreaterThan(900);
    for (const key of ["PacketsReceived", "PacketsSent"]) expect(Number(counted?.[key])).toBeGreaterThan(0);
    const { Output } = await trial.call("GET", `/endpointstats/${b.ID}`);
    expect(Number((Output as { readonly BytesSent: number }).BytesSent)).toBeGreaterThan(900);
  });

  it("of none and of private networks see neither the host nor what is outside", async () => {
    const hidden = await trial.network("hidden", { Type: "private" });
    const [a, b] = [await trial.endpoint(hidden), await trial.endpoint(hidden)];
    const [server, client, alone] = [await trial.container([a]), await trial.container([b]), await trial.container([])];
    await server.serve("tcp", 80);
    expect(await client.run(`peer.exe get ${a.IPAddress} 80 hello`)).toBe("hello");
    expect(await trial.hostRun("ip", "-br", "addr", "show", trial.names.bridge(hidden.ID))).not.toContain(
      hidden.Subnets[0]?.GatewayAddress,
    );
    expect(await trial.hostRun("ip", "-n", trial.names.space(client.id), "route")).not.toContain("default");
    expect(JSON.parse(await trial.hostRun("ip", "-n", trial.names.space(alone.id), "-j", "link"))).toHaveLength(1);
    await alone.serve("tcp", 80);
    expect(await alone.run("peer.exe get 127.0.0.1 80 hello")).toBe("hello");
  });

  it("leave neither a link nor a name space when they have ended, and networks no bridge", async () => {
    const network = await trial.network("one");
    const endpoint = await trial.endpoint(network);
    const container = await trial.container([endpoint]);
    expect(await trial.onHost()).toEqual(expect.arrayContaining([trial.names.link(endpoint.ID), trial.names.space(container.id)]));
    await container.stop();
    await vi.waitFor(async () => {
      const left = await trial.onHost();
      expect(left).not.toContain(trial.names.link(endpoint.ID));
      expect(left).not.toContain(trial.names.space(container.id));
    });
    await trial.remove("endpoints", endpoint);
    await trial.remove("networks", network);
    expect(await trial.onHost()).not.toContain(trial.names.bridge(network.ID));
  });

  it("get subnets that no other service of the host has; the first call warns of one that another has taken meanwhile", async () => {
    const other = new NetworkTrial(path.join(shared.folder, `other-${count}`), shared.base);
    await other.hcs.start();
    const subnets = [await trial.network("a"), await other.network("a"), await trial.network("b"), await other.network("b")];
    expect(new Set(subnets.map(({ Subnets }) => Subnets[0]?.AddressPrefix)).size).toBe(4);
    await trial.network("same", { Subnets: [{ AddressPrefix: "10.213.41.0/24" }] });
    await trial.close();
    await other.network("same", { Subnets: [{ AddressPrefix: "10.213.41.0/25" }] });
    trial = open();
    await trial.hcs.start();
    await trial.hcs.network.HNSCall("GET", "/networks/", "");
    // Networks of ordinary users are in name spaces of their own, where nothing else has a subnet.
    const warning = expect.stringContaining("network same: its subnet 10.213.41.0/24 is by now another's on this host");
    expect(trial.warnings).toEqual(process.getuid?.() === 0 ? [warning] : []);
    await other.close();
  });

  it("find the bridges of their networks again after the service's end, whether it was closed or not", async () => {
    const network = await trial.network("one");
    const bridge = trial.names.bridge(network.ID);
    await trial.close();
    expect(await trial.onHost()).toEqual([]);
    trial = open();
    await trial.hcs.start();
    // Compute systems without networks do not wait for bridges.
    expect(await trial.onHost()).toEqual([]);
    await trial.hcs.network.HNSCall("GET", "/networks/", "");
    expect(await trial.hostRun("ip", "-br", "addr", "show", bridge)).toContain(network.Subnets[0]?.GatewayAddress);
    // What a killed service leaves.
    await trial.hostRun("ip", "netns", "add", trial.names.space("gone"));
    const after = open();
    await after.hcs.start();
    expect(await after.onHost()).not.toContain(trial.names.space("gone"));
    await after.hcs.network.HNSCall("GET", "/networks/", "");
    expect(await after.hostRun("ip", "-br", "addr", "show", bridge)).toContain(network.Subnets[0]?.GatewayAddress);
    await after.close();
  });
});
