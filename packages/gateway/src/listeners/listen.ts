import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type HostAddress,
  InvalidArgumentError,
  isOrielError,
  parseHostAddress,
  UnavailableError,
  UnimplementedError,
} from "@oriel/contracts";
import type { GatewayApp } from "../gateway-app.ts";
import { isLoopbackName } from "../http/origin-check.ts";
import { routeUpgrades } from "../streams/connection.ts";
import { listening, listenOnUnixSocket } from "./unix-socket.ts";

/** A gateway that is being served. */
export interface Listening {
  /** Where, as clients write it; the port is the real one where the system chose it. */
  readonly addresses: readonly string[];
  /**
   * Accepts no more connections, ends the streams, lets running requests finish, and cuts off what is left after
   * `deadline` milliseconds. Sockets are removed. Safe to call again.
   * @default deadline 10000
   */
  close(options?: { readonly deadline?: number }): Promise<void>;
}

/** Milliseconds in which a client must have sent a request's headers; bodies, such as images, take as long as they take. */
const headersTimeout = 60_000;

interface Listener {
  readonly server: Server;
  readonly connections: ReadonlySet<Socket>;
  readonly address: string;
}

/**
 * Serves one gateway on any number of addresses: `unix:///run/oriel.sock`, `tcp://127.0.0.1:2375`, and on Windows
 * `npipe:////./pipe/oriel`. All or none. Closing the gateway itself is part of closing this.
 * @throws InvalidArgumentError for what is no such address, and for TCP beyond this machine, which would need TLS
 * @throws AlreadyExistsError when somebody listens there; UnavailableError when the system refuses
 */
export async function listen(app: GatewayApp, hosts: readonly string[]): Promise<Listening> {
  const targets = hosts.map(checkHost);
  const listeners: Listener[] = [];
  try {
    for (const target of targets) listeners.push(await open(app, target));
  } catch (error) {
    await Promise.all(listeners.map((listener) => cut(listener)));
    throw error;
  }
  let closed: Promise<void> | undefined;
  return {
    addresses: listeners.map(({ address }) => address),
    close: ({ deadline = 10_000 } = {}) => {
      closed ??= closeAll(app, listeners, deadline);
      return closed;
    },
  };
}

function checkHost(text: string): HostAddress {
  const host = parseHostAddress(text);
  if ("fault" in host) throw new InvalidArgumentError(host.fault, { op: "gateway.listen" });
  if (host.kind === "tcp" && !isLoopbackName(host.hostname)) {
    throw new InvalidArgumentError(
      `${text} would let everybody on the network control this machine: without TLS only loopback addresses are served, such as tcp://127.0.0.1:${host.port}`,
      { op: "gateway.listen", resource: text },
    );
  }
  if (host.kind === "npipe" && process.platform !== "win32") {
    throw new UnimplementedError(`${text}: named pipes exist on Windows only; use unix:// here`, { op: "gateway.listen", resource: text });
  }
  return host;
}

async function open(app: GatewayApp, host: HostAddress): Promise<Listener> {
  const server = createServer({ headersTimeout, requestTimeout: 0, keepAliveTimeout: 72_000 }, (request, response) => {
    // Once nobody is accepted any more, a connection goes with its last answer, and not when it has been idle for long.
    response.once("finish", () => {
      if (!server.listening) request.socket.destroySoon();
    });
    app.routing(request, response);
  });
  routeUpgrades(server, (request, response) => app.routing(request, response));
  // Upgraded connections are no longer the HTTP server's: closing must find them nevertheless.
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  try {
    if (host.kind === "unix") await listenOnUnixSocket(server, host.path);
    else await listening(server, host.kind === "tcp" ? { host: host.hostname, port: host.port } : { path: host.path });
  } catch (error) {
    throw isOrielError(error) ? error : refused(host, error);
  }
  return { server, connections, address: format(host, server) };
}

function refused(host: HostAddress, error: unknown): UnavailableError {
  const where = host.kind === "tcp" ? `${host.hostname}:${host.port}` : host.path;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = listenFaults[code ?? ""] ?? message;
  return new UnavailableError(`cannot listen on ${where}: ${reason}`, { op: "gateway.listen", resource: where, cause: error });
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EACCES: "permission denied",
  ENOENT: "its folder does not exist",
  EADDRNOTAVAIL: "this machine has no such address",
};

function format(host: HostAddress, server: Server): string {
  if (host.kind === "unix") return `unix://${host.path}`;
  if (host.kind === "npipe") return `npipe://${host.path.replaceAll("\\", "/")}`;
  const { address, family, port } = server.address() as AddressInfo;
  return `tcp://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function closeAll(app: GatewayApp, listeners: readonly Listener[], deadline: number): Promise<void> {
  const ended = Promise.all(listeners.map(stopAccepting));
  // Ends the streams; requests that came before are still answered.
  const closing = app.close();
  const late = new AbortController();
  await Promise.race([Promise.all([ended, closing]), sleep(deadline, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
  await Promise.all([...listeners.map(cut), ended]);
  await Promise.race([closing, sleep(1000, undefined, { ref: false })]);
}

/** Settles when the last connection is gone; a socket's file is removed by Node as soon as nobody is accepted any more. */
function stopAccepting({ server }: Listener): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function cut({ server, connections }: Listener): Promise<void> {
  if (server.listening) server.close();
  for (const socket of connections) socket.destroy();
}
