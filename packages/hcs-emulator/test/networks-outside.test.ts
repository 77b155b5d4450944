import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { baseLayer } from "./emulated-container.ts";
import { type HnsDocument, NetworkTrial, noNetworks } from "./network/network-trial.ts";

const skipped = noNetworks === undefined ? "" : ` (skipped: ${noNetworks})`;

/** What the host gets from a tcp port of one of its addresses. */
async function get(address: string, port: number, request: string): Promise<string> {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  socket.end(request);
  return (await buffer(socket)).toString();
}

/** The first packet that comes back. */
async function ask(address: string, port: number, request: string): Promise<string> {
  const socket = createSocket("udp4");
  socket.send(request, port, address);
  const [packet] = await once(socket, "message", { signal: AbortSignal.timeout(10_000) });
  socket.close();
  return String(packet);
}

function ownAddress(): string {
  const cards = Object.values(os.networkInterfaces()).flatMap((found) => found ?? []);
  return cards.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** Networks of an ordinary user are in a name space of the daemon's own: this process reaches published ports only. */
const isRoot = process.getuid?.() === 0;

function publish(Protocol: "tcp" | "udp", InternalPort: number, more: object = {}) {
  return { Type: "NAT", Protocol, InternalPort, ...more };
}

function portsOf({ Policies }: HnsDocument): number[] {
  return Policies.map(({ ExternalPort }) => Number(ExternalPort));
}

describe.skipIf(noNetworks !== undefined)(`the host and the containers of an emulated host's networks${skipped}`, () => {
  let shared: Awaited<ReturnType<typeof baseLayer>>;
  let trial: NetworkTrial;
  let one: HnsDocument;
  let count = 0;

  beforeAll(async () => {
    shared = await baseLayer();
  });
  afterAll(() => shared.remove());
  beforeEach(async () => {
    count += 1;
    trial = new NetworkTrial(path.join(shared.folder, `engine-${count}`), shared.base);
    await trial.hcs.start();
    one = await trial.network("one");
  });
  afterEach(async () => {
    await trial.close();
    expect(await trial.onHost()).toEqual([]);
  });

  it("reach published tcp and udp ports by loopback, by the host's addresses, and from containers of the same and of other networks", async () => {
    const two = await trial.network("two");
    const endpoint = await trial.endpoint(one, { Policies: [publish("tcp", 80), publish("udp", 53)] });
    const [tcp = 0, udp = 0] = portsOf(endpoint);
    const server = await trial.container([endpoint]);
    await server.serve("tcp", 80);
    await server.serve("udp", 53);
    const gateways = isRoot ? [String(one.Subnets[0]?.GatewayAddress)] : [];
    for (const address of ["127.0.0.1", ownAddress(), ...gateways, "::1"]) {
      expect(await get(address, tcp, `by ${address}`)).toBe(`by ${address}`);
    }
    for (const address of ["127.0.0.1", ownAddress()]) expect(await ask(address, udp, `by ${address}`)).toBe(`by ${address}`);
    const clients = [server, await trial.container([await trial.endpoint(one)]), await trial.container([await trial.endpoint(two)])];
    for (const client of clients) {
      for (const address of [ownAddress(), String(one.Subnets[0]?.GatewayAddress)]) {
        expect(await client.run(`peer.exe get ${address} ${tcp} hairpin`)).toBe("hairpin");
        expect(await client.run(`peer.exe ask ${address} ${udp} hairpin`)).toBe("hairpin");
      }
    }
  });

  it("reach a port of one address of the host by that address only, and none when the endpoint is gone", async () => {
    const endpoint = await trial.endpoint(one, { Policies: [publish("tcp", 80, { ExternalAddress: "127.0.0.2" })] });
    const [port = 0] = portsOf(endpoint);
    const server = await trial.container([endpoint]);
    await server.serve("tcp", 80);
    expect(await get("127.0.0.2", port, "hello")).toBe("hello");
    await expect(get("127.0.0.1", port, "hello")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(get(ownAddress(), port, "hello")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await trial.remove("endpoints", endpoint);
    await expect(get("127.0.0.2", port, "hello")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("reach the next container at a published udp port, although a client goes on sending from the same port", async () => {
    const first = await trial.endpoint(one, { Policies: [publish("udp", 53)] });
    const [port = 0] = portsOf(first);
    const before = await trial.container([first]);
    await before.serve("udp", 53);
    const client = createSocket("udp4");
    const reply = async (text: string): Promise<string> => {
      client.send(text, port, "127.0.0.1");
      return String((await once(client, "message", { signal: AbortSignal.timeout(10_000) }))[0]);
    };
    expect(await reply("first")).toBe("first");
    await before.stop();
    await trial.remove("endpoints", first);
    const second = await trial.endpoint(one, {
      IPAddress: first.IPAddress.replace(/\d+$/, "99"),
      Policies: [publish("udp", 53, { ExternalPort: port })],
    });
    const after = await trial.container([second]);
    await after.serve("udp", 53);
    expect(await reply("second")).toBe("second");
    client.close();
  });

  it("reach what the ports of a running container lead to when they are changed", async () => {
    const endpoint = await trial.endpoint(one, { Policies: [publish("tcp", 80)] });
    const [port = 0] = portsOf(endpoint);
    const server = await trial.container([endpoint]);
    await server.serve("tcp", 81);
    const { Output } = await trial.call("POST", `/endpoints/${endpoint.ID}`, {
      Policies: [publish("tcp", 81, { ExternalPort: port }), publish("tcp", 81)],
    });
    const [, another = 0] = portsOf(Output as HnsDocument);
    expect(await get("127.0.0.1", port, "hello")).toBe("hello");
    expect(await get("127.0.0.1", another, "hello")).toBe("hello");
  });

  it("serve names to containers at a gateway's address by sockets that the service binds where it has to", async () => {
    const gateway = String(one.Subnets[0]?.GatewayAddress);
    const bound = await trial.hcs.network.bindNames?.(gateway, 53);
    const udp = bound?.udp ?? createSocket("udp4").bind(53, gateway);
    const tcp = bound?.tcp ?? createServer().listen(53, gateway);
    expect(bound === undefined).toBe(isRoot);
    udp.on("message", (packet, { port, address }) => udp.send(`${packet} from ${address}`, port, address));
    tcp.on("connection", (socket: Socket) => void socket.end("by tcp"));
    const endpoint = await trial.endpoint(one);
    const client = await trial.container([endpoint]);
    expect(await client.run(`peer.exe ask ${gateway} 53 name`)).toBe(`name from ${endpoint.IPAddress}`);
    expect(await client.run(`peer.exe get ${gateway} 53 x`)).toBe("by tcp");
    if (!isRoot) await expect(trial.hcs.network.bindNames?.(gateway, 53)).rejects.toMatchObject({ code: "EADDRINUSE" });
    udp.close();
    tcp.close();
  });

  it("are refused a port of another program, whose name is said, and nothing is left of the endpoint", async () => {
    const other = spawn(
      process.execPath,
      ["-e", "require('net').createServer().listen(0, function () { console.log(this.address().port) })"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const port = Number((await once(other.stdout, "data"))[0]);
    const reply = await trial.call("POST", "/endpoints/", {
      VirtualNetwork: one.ID,
      Policies: [publish("tcp", 80, { ExternalPort: port })],
    });
    expect(reply).toMatchObject({ Success: false, ErrorCode: 0x803b0013, Error: expect.stringContaining(`(process ${other.pid})`) });
    expect((await trial.call("GET", "/endpoints/")).Output).toEqual([]);
    other.kill("SIGKILL");
  });

  it("see nothing of services of the host's loopback address, by whatever address", async () => {
    const secret = createServer((socket) => void socket.end("secret")).listen(0, "127.0.0.1");
    await once(secret, "listening");
    const { port } = secret.address() as { readonly port: number };
    const container = await trial.container([await trial.endpoint(one)]);
    const space = trial.names.space(container.id);
    // Even if loopback addresses were routed out of the container, as root there could do.
    await trial.hostRun("ip", "netns", "exec", space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
    await trial.hostRun("ip", "-n", space, "addr", "del", "127.0.0.1/8", "dev", "lo");
    await trial.hostRun(
      "ip",
      "-n",
      space,
      "route",
      "add",
      "127.0.0.0/8",
      "via",
      String(one.Subnets[0]?.GatewayAddress),
      "dev",
      "eth0",
      "onlink",
    );
    const bridge = trial.names.bridge(one.ID);
    expect((await trial.hostRun("sysctl", "-n", `net.ipv4.conf.${bridge}.route_localnet`)).trim()).toBe("1");
    const tries = ["127.0.0.1", String(one.Subnets[0]?.GatewayAddress), ownAddress()].map((address) => {
      return trial.hostRun("ip", "netns", "exec", space, process.execPath, "-e", tryToConnect, address, String(port));
    });
    for (const said of await Promise.all(tries)) expect(said).toMatch(/^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EINVAL|none)$/);
    secret.close();
  });

  // An ordinary user's have a name space without a firewall of others.
  if (isRoot)
    it("pass a firewall of others that drops what is forwarded, out and in, and leave no rule in it; internal networks have no way out", async () => {
      const words = [
        "--net",
        "--mount",
        process.execPath,
        "--conditions=oriel-source",
        fileURLToPath(new URL("fixtures/behind-firewall.ts", import.meta.url)),
      ];
      const child = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
      expect(JSON.parse(await text(child.stdout))).toEqual({
        outward: "from 198.51.100.1",
        inward: "pong",
        internal: "none",
        internalToHost: "pong",
        names: "pong",
        otherPortOfHost: "none",
        ipv6: ["1", "1"],
        rules: 4,
        loopback: "pong",
        loopbackByNeighbour: "none",
        routedWithoutNft: "0",
        left: 0,
      });
    });
});

/** Prints the error of a connection, "none" if none came in time, or what the server says. */
const tryToConnect = `
const socket = require("net").connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 1500 });
socket.on("data", (data) => { console.log(String(data)); process.exit(); });
socket.on("error", (error) => { process.stdout.write(error.code); process.exit(); });
socket.on("timeout", () => { process.stdout.write("none"); process.exit(); });
`;
