import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostileProgram } from "./containment/hostile-program.ts";
import { connect, family, ipv4Address, type } from "./containment/network-attempts.ts";
import { baseLayer } from "./emulated-container.ts";
import { type HnsDocument, hostRun, NetworkTrial, noNetworks, type TrialContainer } from "./network/network-trial.ts";

const skipped = noNetworks === undefined ? "" : ` (skipped: ${noNetworks})`;
const invalidSocket = ["EPERM", "EACCES", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EINVAL"];
/** Linux's numbers of netlink protocols, of a bridge's and a card's requests, and of socket options. */
const netlink = { route: 0, netfilter: 12 } as const;
const option = { ip: 0, transparent: 19, headerIncluded: 3 } as const;

describe.skipIf(noNetworks !== undefined)(`a hostile program in a container on a network${skipped}`, () => {
  let shared: Awaited<ReturnType<typeof baseLayer>>;
  let trial: NetworkTrial;
  let own: HnsDocument;
  let neighbour: HnsDocument;
  let stranger: HnsDocument;
  let container: TrialContainer;
  let program: HostileProgram;
  let loopback: Server;

  beforeAll(async () => {
    shared = await baseLayer();
    await copyFile(new URL("fixtures/hostile.exe", import.meta.url), path.join(shared.base, "Files", "Windows", "System32", "hostile.exe"));
    if (noNetworks !== undefined) return;
    trial = new NetworkTrial(path.join(shared.folder, "engine"), shared.base);
    await trial.hcs.start();
    const [one, two] = [await trial.network("one"), await trial.network("two")];
    [own, neighbour, stranger] = [await trial.endpoint(one), await trial.endpoint(one), await trial.endpoint(two)];
    container = await trial.container([own]);
    for (const endpoint of [neighbour, stranger]) await (await trial.container([endpoint])).serve("tcp", 80);
    const running = await container.start("hostile.exe");
    program = new HostileProgram(async (line) => {
      running.write(`${line}\n`);
      return (await running.seen(/([^\r\n]*)\r?\n/))[1] ?? "";
    });
    loopback = createServer().listen(0, "127.0.0.1");
    await once(loopback, "listening");
  });
  afterAll(async () => {
    loopback?.close();
    await trial?.close();
    await shared.remove();
  });

  /** What the kernel says to a request of netlink: 0, or minus the number of an error. */
  async function askKernel(protocol: number, message: Buffer): Promise<number> {
    const socket = Number(await program.linux("socket", family.netlink, type.raw, protocol));
    expect(await program.linux("sendto", socket, message, message.length, 0, 0, 0)).toBe(message.length);
    const answer = program.reserve(256);
    await program.linux("recvfrom", socket, answer, 256, 0, 0, 0);
    return (await program.peek(answer, 20)).readInt32LE(16);
  }

  function request(kind: number, body: Buffer): Buffer {
    const message = Buffer.concat([Buffer.alloc(16), body]);
    message.writeUInt32LE(message.length, 0);
    message.writeUInt16LE(kind, 4);
    // NLM_F_REQUEST, NLM_F_ACK
    message.writeUInt16LE(5, 6);
    return message;
  }

  it("gets no socket for packets of its own making, by which it could be another of its network", async () => {
    for (const [domain, kind, protocol] of [
      [family.packet, type.raw, 0x0300],
      [family.packet, type.datagram, 0x0300],
      [family.ipv4, type.raw, 255],
      [family.ipv4, type.raw, 1],
    ] as const)
      expect(invalidSocket).toContain(await program.linux("socket", domain, kind, protocol));
  });

  it("cannot send from an address that is not its own", async () => {
    const socket = Number(await program.linux("socket", family.ipv4, type.datagram, 0));
    const one = await program.place(Buffer.from([1, 0, 0, 0]));
    for (const name of [option.transparent, option.headerIncluded]) {
      expect(["EPERM", "ENOPROTOOPT"]).toContain(await program.linuxNumber(54 /* setsockopt */, socket, option.ip, name, one, 4));
    }
    const address = ipv4Address(neighbour.IPAddress, 4711);
    expect(await program.linux("bind", socket, address, address.length)).toBe("EADDRNOTAVAIL");
  });

  it("cannot change its addresses, its routes and its card", async () => {
    const permissionMissing = -1;
    // RTM_NEWADDR: the neighbour's address; RTM_NEWROUTE: all by the neighbour; RTM_NEWLINK: the card is down.
    const address = Buffer.concat([
      Buffer.from([2, 32, 0, 0, 2, 0, 0, 0, 8, 0, 2, 0]),
      Buffer.from(neighbour.IPAddress.split(".").map(Number)),
    ]);
    const route = Buffer.concat([
      Buffer.from([2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, 8, 0, 5, 0]),
      Buffer.from(neighbour.IPAddress.split(".").map(Number)),
    ]);
    const link = Buffer.alloc(16);
    link.writeInt32LE(2, 4);
    link.writeUInt32LE(1, 12);
    expect(await askKernel(netlink.route, request(20, address))).toBe(permissionMissing);
    expect(await askKernel(netlink.route, request(24, route))).toBe(permissionMissing);
    expect(await askKernel(netlink.route, request(16, link))).toBe(permissionMissing);
  });

  it("cannot change the rules of its packets, nor the kernel's table of connections", async () => {
    const permissionMissing = -1;
    // NFT_MSG_NEWTABLE of nf_tables, IPCTNL_MSG_CT_DELETE.
    const table = Buffer.concat([Buffer.from([2, 0, 0, 0, 8, 0, 1, 0]), Buffer.from("mine")]);
    expect(await askKernel(netlink.netfilter, request(10 << 8, table))).toBe(permissionMissing);
    expect(await askKernel(netlink.netfilter, request((1 << 8) | 2, Buffer.from([2, 0, 0, 0])))).toBe(permissionMissing);
  });

  it("reaches its neighbour, but neither containers of other networks nor loopback services of the host", async () => {
    expect(await connect(program, family.ipv4, ipv4Address(neighbour.IPAddress, 80))).toBe(0);
    const { port } = loopback.address() as { readonly port: number };
    for (const address of ["127.0.0.1", own.GatewayAddress]) {
      expect(await connect(program, family.ipv4, ipv4Address(address, port))).toBe("ECONNREFUSED");
    }
    // Nothing comes back: with a limit of two tries the kernel gives up after some seconds.
    const socket = Number(await program.linux("socket", family.ipv4, type.stream, 0));
    const two = await program.place(Buffer.from([2, 0, 0, 0]));
    expect(await program.linuxNumber(54 /* setsockopt */, socket, 6 /* IPPROTO_TCP */, 7 /* TCP_SYNCNT */, two, 4)).toBe(0);
    const address = ipv4Address(stranger.IPAddress, 80);
    expect(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]).toContain(await program.linux("connect", socket, address, address.length));
  }, 30_000);

  it("sees of the network its own card, addresses and sockets only", async () => {
    const cards = String(await program.content("/proc/net/dev")).match(/^ *\w+(?=:)/gm) ?? [];
    expect(cards.map((name) => name.trim()).sort()).toEqual(["eth0", "lo"]);
    const { port } = loopback.address() as { readonly port: number };
    expect(String(await program.content("/proc/net/tcp"))).not.toContain(
      `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000`,
    );
  });

  it("has no address by which other containers or the host reach it beside its own: of IPv6 it has loopback only", async () => {
    const space = trial.names.space(container.id);
    const [, card] = JSON.parse(await hostRun("ip", "-n", space, "-j", "addr"));
    expect(card.addr_info.map(({ local }: { readonly local: string }) => local)).toEqual([own.IPAddress]);
  });
});
