import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { type AddressInfo, connect, createServer } from "node:net";
import path from "node:path";
import type { Logger, NetworkRecord, RawNetwork } from "@oriel/contracts";
import { silentLogger } from "@oriel/contracts";
import { type FakeHns, fakeHns, memoryJournal } from "@oriel/testkit";
import { type DecodedPacket, decode, encode, type Packet } from "dns-packet";
import { onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../../src/hns-network-backend.ts";
import type { ForwarderOptions } from "../../src/names/forwarder.ts";
import { frameMessage, MessageFrames } from "../../src/names/tcp-frames.ts";
import { temporaryFolder } from "../support.ts";

/** Served at loopback addresses, of which a Linux host has 16 million: others run the same tests. */
const octet = randomInt(20, 250);
const port = 19_053;
let count = randomInt(200);

/** What `@types/dns-packet` leaves out of an answer. */
export type DnsAnswer = DecodedPacket & { readonly rcode?: string };

export interface NameHost {
  readonly backend: HnsNetworkBackend;
  readonly hns: FakeHns;
  /** A network of loopback addresses, whose gateway this host has. */
  network(name: string, more?: { readonly internal?: boolean }): Promise<NetworkRecord>;
  ask(from: string, network: NetworkRecord, name: string, type?: string, more?: Partial<Packet>): Promise<DnsAnswer>;
  /** Sends bytes as they are; undefined when the marker query that follows is answered first. */
  askRaw(from: string, network: NetworkRecord, message: Buffer): Promise<Buffer>;
  askByTcp(from: string, network: NetworkRecord, messages: readonly Buffer[]): Promise<Buffer[]>;
  addressOf(network: NetworkRecord): { readonly address: string; readonly port: number };
}

export interface NameHostOptions {
  readonly logger?: Logger;
  /** Ports of loopback servers that the host has for other names. */
  readonly hostServers?: readonly number[];
  readonly forwarder?: ForwarderOptions;
  readonly bindNames?: RawNetwork["bindNames"];
}

export async function nameHost({ logger = silentLogger, hostServers = [], forwarder, bindNames }: NameHostOptions = {}): Promise<NameHost> {
  const hns = fakeHns();
  const servers = hostServers.map((serverPort) => ({ address: "127.0.0.1", port: serverPort }));
  const backend = new HnsNetworkBackend({
    raw: { provider: "emulated", network: bindNames === undefined ? hns : { HNSCall: hns.HNSCall, bindNames } },
    journal: memoryJournal(),
    file: path.join(temporaryFolder(), "networks.db"),
    logger,
    names: { port, hostServers: async () => servers, forwarder },
  });
  await backend.open();
  onTestFinished(() => backend.close());
  const gatewayOf = ({ ipam }: NetworkRecord): string => ipam.subnets[0]?.gateway ?? "";

  return {
    backend,
    hns,
    addressOf: (network) => ({ address: gatewayOf(network), port }),
    async network(name, { internal = false } = {}) {
      count = (count + 1) % 250;
      const subnets = [{ subnet: `127.${octet}.${count}.0/24`, gateway: `127.${octet}.${count}.1` }];
      return (await backend.create({ name, internal, ipam: { subnets } })).network;
    },
    async ask(from, network, name, type = "A", more = {}) {
      const message = encode({ type: "query", id: 7, flags: 0x100, questions: [{ name, type: type as "A" }], ...more });
      return decode(await askOnce(from, gatewayOf(network), message));
    },
    askRaw: (from, network, message) => askOnce(from, gatewayOf(network), message),
    askByTcp: (from, network, messages) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: gatewayOf(network), port, localAddress: from });
        const frames = new MessageFrames();
        const found: Buffer[] = [];
        socket.on("error", reject);
        socket.on("data", (data) => {
          found.push(...frames.push(data));
          if (found.length === messages.length) socket.end();
        });
        socket.on("close", () => resolve(found));
        socket.write(Buffer.concat(messages.map(frameMessage)));
      }),
  };
}

function askOnce(from: string, gateway: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("error", reject);
    socket.on("message", (answer) => {
      socket.close();
      resolve(answer);
    });
    socket.bind(0, from, () => socket.send(message, port, gateway));
  });
}

export interface OtherServer {
  readonly port: number;
  /** The questions that came, in order. */
  readonly asked: readonly { readonly by: "udp" | "tcp"; readonly packet: DecodedPacket }[];
}

/** A DNS server of the host that answers as it is told; undefined: never. */
export async function otherServer(
  answer: (packet: DecodedPacket, by: "udp" | "tcp") => Partial<Packet> | Buffer | undefined,
): Promise<OtherServer> {
  const asked: { readonly by: "udp" | "tcp"; readonly packet: DecodedPacket }[] = [];
  const answerTo = (message: Buffer, by: "udp" | "tcp"): Buffer | undefined => {
    const packet = decode(message);
    asked.push({ by, packet });
    const found = answer(packet, by);
    if (found === undefined || Buffer.isBuffer(found)) return found;
    return encode({ type: "response", id: packet.id ?? 0, questions: packet.questions ?? [], ...found });
  };
  const udp = createSocket("udp4");
  udp.on("message", (message, remote) => {
    const found = answerTo(message, "udp");
    if (found !== undefined) udp.send(found, remote.port, remote.address);
  });
  const tcp = createServer((socket) => {
    const frames = new MessageFrames();
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      for (const message of frames.push(data)) {
        const found = answerTo(message, "tcp");
        if (found !== undefined) socket.write(frameMessage(found));
      }
    });
  });
  // Of udp fewer ports are in use than of tcp.
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const { port: bound } = tcp.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => udp.once("error", reject).bind(bound, "127.0.0.1", resolve));
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return { port: bound, asked };
}
