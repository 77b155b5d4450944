import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Forwarder, PortTarget } from "./forwarder.ts";

/** Milliseconds without a packet after which a client is forgotten. */
const idleTime = 90_000;
/** Clients at once; the one that has been silent longest goes. */
const clientLimit = 1024;
/** Bytes that may wait to be sent: what comes above that is lost, as packets are. */
const queueLimit = 1024 * 1024;

interface Client {
  readonly upstream: Socket;
  lastPacket: number;
}

/**
 * Listens at a port; the packets of each client go to the target from a socket of their own, whose replies go back.
 * @param address "" for each of the host's
 * @throws Error of listening, such as EADDRINUSE
 */
export async function forwardUdp(address: string, port: number): Promise<Forwarder> {
  return passUdp(await listenUdp(address, port));
}

/** Passes on what comes to a socket that is bound. */
export function passUdp(server: Socket): Forwarder {
  const clients = new Map<string, Client>();
  let target: PortTarget | undefined;

  const forget = (key: string): void => {
    clients.get(key)?.upstream.close();
    clients.delete(key);
  };
  const sweep = setInterval(() => {
    for (const [key, { lastPacket }] of clients) if (Date.now() - lastPacket > idleTime) forget(key);
  }, idleTime / 3);
  sweep.unref();

  const clientOf = (from: RemoteInfo): Client => {
    const key = `${from.address} ${from.port}`;
    const known = clients.get(key);
    const client = known ?? { upstream: upstreamFor(from), lastPacket: 0 };
    client.lastPacket = Date.now();
    // The last in the map has been heard last.
    clients.delete(key);
    clients.set(key, client);
    const [oldest] = clients.keys();
    if (clients.size > clientLimit && oldest !== undefined) forget(oldest);
    return client;
  };
  const upstreamFor = (from: RemoteInfo): Socket => {
    const upstream = createSocket("udp4");
    upstream.on("error", () => undefined);
    upstream.on("message", (packet, { address, port }) => {
      if (address === target?.address && port === target.port) send(server, packet, from);
    });
    return upstream;
  };

  server.on("message", (packet, from) => {
    if (target !== undefined) send(clientOf(from).upstream, packet, target);
  });
  server.on("error", () => undefined);
  return {
    aim: (to) => {
      target = to;
    },
    close: () =>
      new Promise((resolve) => {
        clearInterval(sweep);
        for (const key of [...clients.keys()]) forget(key);
        server.close(() => resolve());
      }),
  };
}

/** Lost is what cannot be sent; the kernel's refusals are no news to who sends packets. A client may have sent from port 0: Node.js throws for that. */
function send(socket: Socket, packet: Uint8Array, { address, port }: PortTarget): void {
  if (port > 0 && socket.getSendQueueSize() < queueLimit) socket.send(packet, port, address, () => undefined);
}

/** @param address "" for each of the host's */
export async function listenUdp(address: string, port: number): Promise<Socket> {
  if (address !== "") return bind(createSocket(isIPv6(address) ? "udp6" : "udp4"), address, port);
  // One socket for both versions, where the host has the newer.
  return bind(createSocket({ type: "udp6" }), "::", port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EAFNOSUPPORT" && error.code !== "EADDRNOTAVAIL") throw error;
    return bind(createSocket("udp4"), "0.0.0.0", port);
  });
}

function bind(socket: Socket, address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}
