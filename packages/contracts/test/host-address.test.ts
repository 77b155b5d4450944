import { describe, expect, it } from "vitest";
import { maxSocketPathBytes, parseHostAddress } from "../src/index.ts";

describe("an address", () => {
  it.each([
    ["unix:///run/oriel.sock", { kind: "unix", path: "/run/oriel.sock" }],
    ["unix:///with space/x", { kind: "unix", path: "/with space/x" }],
    ["tcp://127.0.0.1:2375", { kind: "tcp", hostname: "127.0.0.1", port: 2375 }],
    ["tcp://localhost:0", { kind: "tcp", hostname: "localhost", port: 0 }],
    ["tcp://[::1]:1/", { kind: "tcp", hostname: "::1", port: 1 }],
    ["npipe:////./pipe/oriel", { kind: "npipe", path: "\\\\.\\pipe\\oriel" }],
    ["npipe://\\\\.\\PIPE\\oriel", { kind: "npipe", path: "\\\\.\\pipe\\oriel" }],
  ])("%s is understood", (text, address) => {
    expect(parseHostAddress(text)).toEqual(address);
  });

  it.each([
    ["", "must begin with"],
    ["/run/oriel.sock", "must begin with"],
    ["http://localhost:1", "must begin with"],
    ["unix://run/oriel.sock", "must be absolute"],
    ["unix://", "must be absolute"],
    ["unix:///a\0b", "zero byte"],
    ["tcp://127.0.0.1", "tcp://HOST:PORT"],
    ["tcp://127.0.0.1:65536", "tcp://HOST:PORT"],
    ["tcp://::1:80", "tcp://HOST:PORT"],
    ["tcp://user@host:80", "tcp://HOST:PORT"],
    ["npipe:////server/pipe/x", "npipe:////./pipe/NAME"],
    ["npipe:////./pipe/", "npipe:////./pipe/NAME"],
  ])("%j is refused", (text, reason) => {
    expect(parseHostAddress(text)).toEqual({ fault: expect.stringContaining(reason) });
  });

  it("measures a socket path in bytes, as the system does", () => {
    const longest = `/${"x".repeat(maxSocketPathBytes - 1)}`;
    expect(parseHostAddress(`unix://${longest}`)).toEqual({ kind: "unix", path: longest });
    expect(parseHostAddress(`unix://${longest}x`)).toEqual({ fault: expect.stringContaining("has 108 bytes, and 107 is the most") });
    expect(parseHostAddress(`unix:///${"ü".repeat(60)}`)).toEqual({ fault: expect.stringContaining("121 bytes") });
  });
});
