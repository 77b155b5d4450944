import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Forwarder, PortTarget } from "./forwarder.ts";

/** Milliseconds for a connection to be made to the container. */
const connectDeadline = 20_000;
/** Connections that the kernel keeps until they are taken. */
const backlog = 1024;

/**
 * Listens at a port; each connection gets one of its own to the target. Either side can end its half; who reads slowly slows down who
 * writes.
 * @param address "" for each of the host's
 * @throws Error of listening, such as EADDRINUSE
 */
export async function forwardTcp(address: string, port: number): Promise<Forwarder> {
  return passTcp(await listenTcp(address, port));
}

/** Passes on what comes to a server that listens. */
export function passTcp(server: Server): Forwarder {
  let target: PortTarget | undefined;
  const open = new Set<Socket>();
  const own = (socket: Socket): void => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  };
  // Out of descriptors, for instance: the next connection may be taken again.
  server.on("error", () => undefined);
  server.on("connection", (client: Socket) => {
    own(client);
    if (target === undefined) return void client.on("error", () => undefined).resetAndDestroy();
    const upstream = createConnection({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true });
    own(upstream);
    const timer = setTimeout(() => upstream.destroy(new Error("no connection in time")), connectDeadline);
    upstream.once("connect", () => clearTimeout(timer));
    upstream.once("close", () => clearTimeout(timer));
    join(client, upstream);
    join(upstream, client);
  });
  return {
    aim: (to) => {
      target = to;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** @param address "" for each of the host's */
export function listenTcp(address: string, port: number): Promise<Server> {
  return listening((server) => server.listen({ port, backlog, ...(address === "" ? {} : { host: address }) }));
}

/** The same socket, which another process made. */
export function adoptTcp(handle: Server): Promise<Server> {
  return listening((server) => server.listen(handle, backlog));
}

function listening(listen: (server: Server) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve(server);
    });
    listen(server);
  });
}

/** What one side sends, and how it ends, goes to the other. */
function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.once("error", () => to.resetAndDestroy());
  // It may have been reset by the other side's end.
  from.once("close", () => {
    if (!from.readableEnded) to.destroy();
  });
}
