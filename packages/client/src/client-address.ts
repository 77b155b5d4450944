import { ClientError } from "./client-error.ts";

/** How to reach a gateway. */
export interface ClientAddress {
  /** As it was given. */
  readonly host: string;
  /** What requests name; a socket has no name of its own. */
  readonly origin: string;
  /** Of a Unix socket or a named pipe. */
  readonly socketPath: string | undefined;
}

/**
 * Reads `unix:///run/oriel.sock`, `tcp://127.0.0.1:2375` or `npipe:////./pipe/oriel`.
 * @throws ClientError
 */
export function parseClientAddress(host: string): ClientAddress {
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(host) ?? [];
  const local = "http://localhost";
  if (scheme === "unix" && rest.length > 1) return { host, origin: local, socketPath: rest };
  if (scheme === "npipe" && rest.length > 1) return { host, origin: local, socketPath: rest.replaceAll("/", "\\") };
  if (scheme === "tcp" && URL.canParse(`http://${rest}`)) {
    const { hostname, host: origin, pathname } = new URL(`http://${rest}`);
    if (hostname !== "" && pathname === "/") return { host, origin: `http://${origin}`, socketPath: undefined };
  }
  throw new ClientError(`${JSON.stringify(host)} is no address of a gateway: write unix:///PATH, tcp://HOST:PORT or npipe:////./pipe/NAME`);
}
