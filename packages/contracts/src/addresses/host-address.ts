/** Where a daemon listens, or is reached. */
export type HostAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "npipe"; readonly path: string };

/** The longest path of a Unix socket: `sun_path` has 108 bytes on Linux, one of which ends the string (unix(7)). */
export const maxSocketPathBytes = 107;

/**
 * Reads `unix:///path/x.sock`, `tcp://127.0.0.1:2375`, `tcp://[::1]:2375` or `npipe:////./pipe/name`. Port 0 lets the
 * system choose. Answers what is wrong as a sentence when it is none of these.
 */
export function parseHostAddress(text: string): HostAddress | { readonly fault: string } {
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") return parseUnix(rest);
  if (scheme === "tcp") return parseTcp(text, rest);
  if (scheme === "npipe") return parsePipe(text, rest);
  return { fault: `${JSON.stringify(text)} is no address: it must begin with unix://, tcp:// or npipe://` };
}

function parseUnix(path: string): HostAddress | { fault: string } {
  const bytes = new TextEncoder().encode(path).length;
  if (!/^(\/|[A-Za-z]:[\\/])./.test(path))
    return { fault: `the socket path ${JSON.stringify(path)} must be absolute: unix:///run/oriel.sock` };
  if (path.includes("\0")) return { fault: "the socket path contains a zero byte" };
  if (bytes > maxSocketPathBytes) {
    return { fault: `the socket path has ${bytes} bytes, and ${maxSocketPathBytes} is the most that the system allows: ${path}` };
  }
  return { kind: "unix", path };
}

function parseTcp(text: string, rest: string): HostAddress | { fault: string } {
  const [, bracketed, plain, digits = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})\/?$/.exec(rest) ?? [];
  const hostname = bracketed ?? plain;
  const port = Number(digits);
  if (hostname === undefined || port > 65_535) {
    return { fault: `${JSON.stringify(text)} must have the form tcp://HOST:PORT with a port from 0 to 65535` };
  }
  return { kind: "tcp", hostname, port };
}

function parsePipe(text: string, rest: string): HostAddress | { fault: string } {
  const [, name] = /^[\\/]{2}\.[\\/]pipe[\\/]([^\\/]+)$/i.exec(rest) ?? [];
  if (name === undefined) return { fault: `${JSON.stringify(text)} must have the form npipe:////./pipe/NAME` };
  return { kind: "npipe", path: `\\\\.\\pipe\\${name}` };
}
