import { isIP } from "node:net";
import { InvalidArgumentError, PermissionDeniedError } from "@oriel/contracts";

/**
 * Keeps web pages off a gateway that listens on a TCP port without authentication. A browser lets any page send simple
 * requests to 127.0.0.1, and a name of the attacker's own can be made to point there (DNS rebinding): hence the
 * Origin must be the gateway itself, and the Host a loopback name.
 * @throws PermissionDeniedError
 */
export function checkOrigin(headers: { readonly host?: string | undefined; readonly origin?: string | undefined }, overTcp: boolean): void {
  const { host = "", origin } = headers;
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) refuse(`requests from the web page ${origin} are refused`);
  if (overTcp && host !== "" && !isLoopbackName(nameOf(host))) {
    refuse(`requests for the host ${host} are refused: use localhost or a loopback address`);
  }
}

/**
 * Node.js keeps the first of several Host headers, where a proxy in front may have gone by another.
 * @param rawHeaders names and values by turns, as they were sent
 * @throws InvalidArgumentError
 */
export function checkHostHeader(rawHeaders: readonly string[]): void {
  const count = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === "host").length;
  if (count > 1) throw new InvalidArgumentError(`the request has ${count} Host headers, and may have one`, { op: "gateway.host" });
}

/** Whether a name or address means this machine only. */
export function isLoopbackName(name: string): boolean {
  const lower = name.toLowerCase();
  if (isIP(lower) === 4) return lower.startsWith("127.");
  return lower === "::1" || lower === "localhost" || lower.endsWith(".localhost");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** `[::1]:2375` and `localhost:2375` without port and brackets. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function refuse(message: string): never {
  throw new PermissionDeniedError(message, { op: "gateway.origin" });
}
