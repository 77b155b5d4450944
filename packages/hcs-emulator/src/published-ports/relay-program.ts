import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { forgetConnections } from "../native/forget-connections.ts";
import { adoptTcp, passTcp } from "./forward-tcp.ts";
import { passUdp } from "./forward-udp.ts";
import type { Forwarder } from "./forwarder.ts";
import type { RelayReply, RelayRequest } from "./relay-messages.ts";

// A process of the daemon in the name space of its networks: it connects to containers for clients of the daemon's own sockets, and
// binds sockets of the networks for the daemon. It ends with the daemon.

const forwarders = new Map<number, Forwarder>();

async function serve(request: RelayRequest, handle: unknown): Promise<void> {
  switch (request.kind) {
    case "take":
      forwarders.set(request.port, request.protocol === "tcp" ? passTcp(await adoptTcp(handle as Server)) : passUdp(handle as UdpSocket));
      return;
    case "aim":
      forwarders.get(request.port)?.aim(request.target);
      return;
    case "close":
      await forwarders.get(request.port)?.close();
      forwarders.delete(request.port);
      return;
    case "bind":
      return bind(request.id, request.address, request.portNumber);
    case "forget":
      forgetConnections(request.mark);
  }
}

async function bind(id: number, address: string, port: number): Promise<void> {
  const [udp, tcp] = [createSocket("udp4"), createServer()];
  try {
    udp.bind({ address, port, exclusive: true });
    await once(udp, "listening");
    tcp.listen({ host: address, port: udp.address().port, exclusive: true });
    await once(tcp, "listening");
    await send({ id, part: "udp" }, udp);
    await send({ id }, tcp);
  } finally {
    // The daemon has its own by now.
    udp.close();
    tcp.close();
  }
}

function send(reply: RelayReply, handle?: UdpSocket | Server): Promise<void> {
  return new Promise((resolve) => process.send?.(reply, handle, undefined, () => resolve()));
}

process.on("message", (request: RelayRequest, handle) => {
  serve(request, handle).then(
    // The last socket was the reply.
    () => (request.kind === "bind" ? undefined : send({ id: request.id })),
    (error: NodeJS.ErrnoException) => send({ id: request.id, error: { message: error.message, code: error.code ?? "" } }),
  );
});
process.once("disconnect", () => process.exit());
