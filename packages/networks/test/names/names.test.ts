import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { type NetworkRecord, silentLogger } from "@oriel/contracts";
import { endpointRequest } from "@oriel/testkit";
import { type Answer, type DecodedPacket, decode, encode } from "dns-packet";
import { describe, expect, it } from "vitest";
import { type NameHost, nameHost, otherServer } from "./name-host.ts";

/** The addresses of an answer. */
function addressesOf({ answers }: DecodedPacket): unknown[] {
  return (answers ?? []).map((answer) => ("data" in answer ? answer.data : undefined));
}

async function connect(
  host: NameHost,
  network: NetworkRecord,
  name: string,
  more: Parameters<typeof endpointRequest>[2] = {},
): Promise<string> {
  return (await host.backend.createEndpoint(endpointRequest(network, name, more))).ipAddress;
}

describe("a name in a network", () => {
  it("is found by the container's name, its aliases and its short id, without case, alone and with the network behind it", async () => {
    const host = await nameHost();
    const net = await host.network("shop");
    const web = await connect(host, net, "web1", { names: ["web1", "web", "0123456789ab"] });
    const client = await connect(host, net, "client");
    for (const name of ["web1", "WEB", "0123456789ab", "web.shop", "Web1.Shop"]) {
      const answer = await host.ask(client, net, name);
      expect({ name, rcode: answer.rcode, data: addressesOf(answer) }).toEqual({ name, rcode: "NOERROR", data: [web] });
    }
  });

  it("has no IPv6 address and no record of another kind, which is no error", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    await connect(host, net, "web");
    const client = await connect(host, net, "client");
    for (const type of ["AAAA", "MX", "TXT", "SRV", "UNKNOWN_65"]) {
      const { rcode, answers } = await host.ask(client, net, "web", type);
      expect({ type, rcode, answers }).toEqual({ type, rcode: "NOERROR", answers: [] });
    }
  });

  it("stands for each of the containers that have it, and each is the first in turn", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const all = [await connect(host, net, "a-1", { names: ["a-1", "a"] }), await connect(host, net, "a-2", { names: ["a-2", "a"] })];
    const client = await connect(host, net, "client");
    const answers = [addressesOf(await host.ask(client, net, "a")), addressesOf(await host.ask(client, net, "a"))];
    expect(answers.map((found) => found.toSorted())).toEqual([all.toSorted(), all.toSorted()]);
    expect(new Set(answers.map(([first]) => first)).size).toBe(2);
  });

  it("is not found across networks, but in each network of the asker", async () => {
    const host = await nameHost();
    const [front, back] = [await host.network("front"), await host.network("back")];
    const web = await connect(host, front, "web");
    const store = await connect(host, back, "db");
    const both = await connect(host, front, "both");
    await connect(host, back, "both");
    expect((await host.ask(web, front, "db")).rcode).toBe("SERVFAIL");
    expect(addressesOf(await host.ask(both, front, "db"))).toEqual([store]);
    expect(addressesOf(await host.ask(both, front, "web"))).toEqual([web]);
    expect(addressesOf(await host.ask(both, front, "both.front"))).toEqual([both]);
  });

  it("follows a renamed container, and is gone with it", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const endpoint = await host.backend.createEndpoint(endpointRequest(net, "old"));
    const client = await connect(host, net, "client");
    host.backend.rename(endpoint.id, ["new"]);
    expect(addressesOf(await host.ask(client, net, "new"))).toEqual([endpoint.ipAddress]);
    expect((await host.ask(client, net, "old")).answers).toEqual([]);
    await host.backend.removeEndpoint(endpoint.id);
    expect((await host.ask(client, net, "new")).answers).toEqual([]);
  });

  it("may be known to one container only: links, and hosts that were added", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const db = endpointRequest(net, "db");
    const { ipAddress } = await host.backend.createEndpoint(db);
    const links = [{ name: "store", containerId: db.container.id }];
    const hosts = [
      { name: "build", address: "10.9.8.7" },
      { name: "build", address: "2001:db8::7" },
    ];
    const lookUp = { servers: [], search: [], options: [], hosts };
    const [client, other] = [await connect(host, net, "client", { links, lookUp }), await connect(host, net, "other")];
    expect(addressesOf(await host.ask(client, net, "store"))).toEqual([ipAddress]);
    expect(addressesOf(await host.ask(client, net, "store.n"))).toEqual([ipAddress]);
    expect(addressesOf(await host.ask(client, net, "build"))).toEqual(["10.9.8.7"]);
    expect(addressesOf(await host.ask(client, net, "build", "AAAA"))).toEqual(["2001:db8::7"]);
    for (const name of ["store", "build"]) expect((await host.ask(other, net, name)).answers).toEqual([]);
  });

  it("is found by its address, in the networks of the asker", async () => {
    const host = await nameHost();
    const [net, other] = [await host.network("n"), await host.network("other")];
    const web = await connect(host, net, "web");
    const foreign = await connect(host, other, "foreign");
    const reverse = (address: string): string => `${address.split(".").reverse().join(".")}.in-addr.arpa`;
    expect(addressesOf(await host.ask(web, net, reverse(web), "PTR"))).toEqual(["web.n"]);
    expect((await host.ask(web, net, reverse(foreign), "PTR")).answers).toEqual([]);
  });

  it("is nothing that the host or a stranger gets", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    await connect(host, net, "web");
    const { address } = host.addressOf(net);
    expect((await host.ask(address, net, "web")).rcode).toBe("REFUSED");
    expect((await host.ask("127.0.0.1", net, "web")).rcode).toBe("REFUSED");
  });
});

describe("the messages", () => {
  it("by UDP are cut where they are longer than the asker takes, and whole by TCP", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const all: string[] = [];
    for (let at = 0; at < 60; at += 1) all.push(await connect(host, net, `web-${at}`, { names: [`web-${at}`, "web"] }));
    const client = await connect(host, net, "client");
    const plain = await host.ask(client, net, "web");
    expect([plain.flag_tc, plain.answers]).toEqual([true, []]);
    const option = {
      type: "OPT",
      name: ".",
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    } satisfies Answer;
    const wide = await host.ask(client, net, "web-7", "A", { additionals: [option] });
    expect([wide.flag_tc, addressesOf(wide)]).toEqual([false, [all[7]]]);
    expect(wide.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
    const questions = ["web", "web-3"].map((name, id) => encode({ type: "query", id, questions: [{ name, type: "A" }] }));
    const answers = (await host.askByTcp(client, net, questions)).map((message) => decode(message));
    expect(addressesOf(answers[0] as DecodedPacket).toSorted()).toEqual(all.toSorted());
    expect(addressesOf(answers[1] as DecodedPacket)).toEqual([all[3]]);
  });

  it("end with the network, whose address is free then, and with the backend", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const endpoint = await host.backend.createEndpoint(endpointRequest(net, "web"));
    await host.backend.removeEndpoint(endpoint.id);
    await host.backend.remove("n");
    const { address, port } = host.addressOf(net);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
    await new Promise((resolve) => server.close(resolve));
  });

  it("are served by sockets that the host binds, where it has the gateways itself", async () => {
    const asked: string[] = [];
    const udp = createSocket("udp4");
    const tcp = createServer();
    const host = await nameHost({
      bindNames: async (address, port) => {
        asked.push(`${address}:${port}`);
        await new Promise<void>((resolve) => udp.bind(port, address, resolve));
        await new Promise<void>((resolve) => tcp.listen(port, address, resolve));
        return { udp, tcp };
      },
    });
    const net = await host.network("n");
    const web = await connect(host, net, "web");
    expect(addressesOf(await host.ask(web, net, "web"))).toEqual([web]);
    const [byTcp] = await host.askByTcp(web, net, [encode({ type: "query", id: 1, questions: [{ name: "web", type: "A" }] })]);
    expect(addressesOf(decode(byTcp as Buffer))).toEqual([web]);
    const { address, port } = host.addressOf(net);
    expect(asked).toEqual([`${address}:${port}`]);
    await host.backend.close();
    expect(tcp.listening).toBe(false);
  });

  it("are missing where the address is taken, which is logged once and fails no container; the next one finds it free", async () => {
    const warnings: string[] = [];
    const host = await nameHost({ logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) } });
    const net = await host.network("n");
    const { address, port } = host.addressOf(net);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    for (const name of ["first", "another"]) await connect(host, net, name);
    expect(warnings).toEqual([expect.stringContaining("containers of network n find each other by address only")]);
    await new Promise((resolve) => server.close(resolve));
    const second = await connect(host, net, "second");
    expect(addressesOf(await host.ask(second, net, "second"))).toEqual([second]);
  });
});

describe("other names", () => {
  it("go to the host's servers as they were asked, and the answer comes back with the asker's id", async () => {
    const other = await otherServer(({ questions }) => ({
      flags: 0x80,
      answers: [{ type: "A", name: questions?.[0]?.name ?? "", ttl: 60, data: "93.184.216.34" }],
    }));
    const host = await nameHost({ hostServers: [other.port] });
    const net = await host.network("n");
    const client = await connect(host, net, "client");
    const answer = await host.ask(client, net, "Example.Com");
    expect({ id: answer.id, data: addressesOf(answer) }).toEqual({ id: 7, data: ["93.184.216.34"] });
    expect(other.asked.map(({ by, packet }) => [by, packet.questions?.[0]?.name])).toEqual([["udp", "Example.Com"]]);
    expect((await host.ask(client, net, "web.other")).rcode).toBe("NOERROR");
  });

  it("go to the container's own servers where it has some", async () => {
    const [own, hosts] = [await otherServer(() => ({ flags: 3 })), await otherServer(() => ({}))];
    const host = await nameHost({ hostServers: [hosts.port] });
    const net = await host.network("n");
    const lookUp = { servers: [`127.0.0.1:${own.port}`], search: [], options: [], hosts: [] };
    const client = await connect(host, net, "client", { lookUp });
    expect((await host.ask(client, net, "example.com")).rcode).toBe("NXDOMAIN");
    expect([own.asked.length, hosts.asked.length]).toEqual([1, 0]);
  });

  it("go to the next server when one fails or never answers, and fail when none is left", async () => {
    const failing = await otherServer(() => ({ flags: 2 }));
    const silent = await otherServer(() => undefined);
    const good = await otherServer(() => ({}));
    const forwarder = { serverTimeout: 1_000, maxPending: 10, maxPendingOfOne: 10 };
    const host = await nameHost({ hostServers: [failing.port, silent.port, good.port], forwarder });
    const net = await host.network("n");
    const client = await connect(host, net, "client");
    expect((await host.ask(client, net, "example.com")).rcode).toBe("NOERROR");
    expect([failing.asked.length, silent.asked.length, good.asked.length]).toEqual([1, 1, 1]);
    const lookUp = { servers: [`127.0.0.1:${silent.port}`], search: [], options: [], hosts: [] };
    const lonely = await connect(host, net, "lonely", { lookUp });
    expect((await host.ask(lonely, net, "example.com")).rcode).toBe("SERVFAIL");
  });

  it("ignore an answer to another question, or with another id", async () => {
    const liar = await otherServer(({ id = 0 }) =>
      encode({
        type: "response",
        id,
        questions: [{ name: "evil.example", type: "A" }],
        answers: [{ type: "A", name: "example.com", data: "6.6.6.6" }],
      }),
    );
    const guesser = await otherServer(({ id = 0, questions = [] }) => encode({ type: "response", id: (id + 1) % 65_536, questions }));
    const forwarder = { serverTimeout: 50, maxPending: 10, maxPendingOfOne: 10 };
    const host = await nameHost({ hostServers: [liar.port, guesser.port], forwarder });
    const net = await host.network("n");
    const client = await connect(host, net, "client");
    expect((await host.ask(client, net, "example.com")).rcode).toBe("SERVFAIL");
  });

  it("are asked by TCP where the container does, as after a cut answer", async () => {
    const other = await otherServer((_packet, by) => (by === "udp" ? { flags: 0x200 } : {}));
    const host = await nameHost({ hostServers: [other.port] });
    const net = await host.network("n");
    const client = await connect(host, net, "client");
    expect((await host.ask(client, net, "example.com")).flag_tc).toBe(true);
    const [whole] = await host.askByTcp(client, net, [encode({ type: "query", id: 9, questions: [{ name: "example.com", type: "A" }] })]);
    expect(decode(whole as Buffer)).toMatchObject({ id: 9, flag_tc: false, rcode: "NOERROR" });
    expect(other.asked.map(({ by }) => by)).toEqual(["udp", "tcp"]);
  });

  it("of a container that is in internal networks only leave the host in no case", async () => {
    const other = await otherServer(() => ({}));
    const host = await nameHost({ hostServers: [other.port] });
    const net = await host.network("closed", { internal: true });
    const client = await connect(host, net, "client");
    expect((await host.ask(client, net, "secret.example.com")).rcode).toBe("NXDOMAIN");
    expect(other.asked).toEqual([]);
    expect(addressesOf(await host.ask(client, net, "client"))).toEqual([client]);
  });

  it("are bounded in number, of one container and of all", async () => {
    const silent = await otherServer(() => undefined);
    const host = await nameHost({ hostServers: [silent.port], forwarder: { serverTimeout: 60_000, maxPending: 3, maxPendingOfOne: 2 } });
    const net = await host.network("n");
    const [first, second] = [await connect(host, net, "first"), await connect(host, net, "second")];
    const waiting = [host.ask(first, net, "a.example"), host.ask(first, net, "b.example"), host.ask(second, net, "c.example")];
    for (const question of waiting) question.catch(() => undefined);
    await expect.poll(() => silent.asked.length).toBe(3);
    expect((await host.ask(first, net, "d.example")).rcode).toBe("SERVFAIL");
    expect((await host.ask(second, net, "e.example")).rcode).toBe("SERVFAIL");
    expect(addressesOf(await host.ask(second, net, "first"))).toEqual([first]);
    expect(silent.asked).toHaveLength(3);
  });

  it("are never asked of this engine itself, which would not end", async () => {
    const host = await nameHost();
    const net = await host.network("n");
    const { address, port } = host.addressOf(net);
    const lookUp = { servers: [`${address}:${port}`], search: [], options: [], hosts: [] };
    const client = await connect(host, net, "client", { lookUp });
    expect((await host.ask(client, net, "example.com")).rcode).toBe("SERVFAIL");
  });
});
