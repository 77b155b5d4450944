import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HnsFailure } from "../src/network/hns-failure.ts";
import type { HnsEndpoint } from "../src/network/hns-objects.ts";
import { forwardTcp } from "../src/published-ports/forward-tcp.ts";
import { forwardUdp } from "../src/published-ports/forward-udp.ts";
import type { Forwarder } from "../src/published-ports/forwarder.ts";
import { PublishedPorts } from "../src/published-ports/published-ports.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server in the place of a container's; returns its port. */
async function serve(onClient: (client: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onClient);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return portOf(server);
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { readonly port: number }).port;
}

/** A port that nothing has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

async function forwarded(open: typeof forwardTcp, target: number, address = "127.0.0.1"): Promise<number> {
  const port = await freePort();
  const forwarder: Forwarder = await open(address, port);
  closers.push(() => forwarder.close());
  forwarder.aim({ address: "127.0.0.1", port: target });
  return port;
}

function client(port: number, host = "127.0.0.1"): Socket {
  const socket = connect({ port, host, allowHalfOpen: true });
  closers.push(() => socket.destroy());
  return socket;
}

describe("a published tcp port", () => {
  it("passes 20 MB on, byte for byte, in both directions", async () => {
    const port = await forwarded(forwardTcp, await serve((socket) => void socket.pipe(socket)));
    const sent = randomBytes(20 * 1024 * 1024);
    const socket = client(port);
    socket.end(sent);
    const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    expect(digest(await buffer(socket))).toBe(digest(sent));
  });

  it("lets a client end its half, and the server reply after that", async () => {
    const port = await forwarded(forwardTcp, await serve(async (socket) => void socket.end(`got ${(await buffer(socket)).toString()}`)));
    const socket = client(port);
    socket.end("all");
    expect((await buffer(socket)).toString()).toBe("got all");
  });

  it("lets a server end its half, and the client go on sending", async () => {
    let received: Promise<Buffer> | undefined;
    const port = await forwarded(
      forwardTcp,
      await serve((socket) => {
        received = buffer(socket);
        socket.end("bye");
      }),
    );
    const socket = client(port);
    expect((await buffer(socket)).toString()).toBe("bye");
    socket.end("later");
    expect((await received)?.toString()).toBe("later");
  });

  it("takes no more from a server than a slow client reads", async () => {
    let written = 0;
    let isHeld = false;
    const chunk = Buffer.alloc(64 * 1024);
    const port = await forwarded(
      forwardTcp,
      await serve(async (socket) => {
        socket.on("error", () => undefined);
        while (written < 256 * 1024 * 1024 && socket.write(chunk, () => (written += chunk.length)) !== false) await nextTurn();
        isHeld = true;
      }),
    );
    const socket = client(port);
    socket.pause();
    await vi.waitFor(() => expect(isHeld).toBe(true), 10_000);
    // Only what the kernel's buffers and the forwarder's own hold.
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it("serves 1000 connections at once", async () => {
    const port = await forwarded(forwardTcp, await serve((socket) => void socket.pipe(socket)));
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const socket = client(port);
        await once(socket, "connect");
        return socket;
      }),
    );
    const replies = await Promise.all(
      sockets.map((socket, index) => {
        socket.end(`client ${index}`);
        return buffer(socket);
      }),
    );
    expect(replies.map(String)).toEqual(sockets.map((_, index) => `client ${index}`));
  }, 30_000);

  it("resets a client whose server is not there, or resets its connection", async () => {
    const nobody = client(await forwarded(forwardTcp, await freePort()));
    expect((await once(nobody, "error"))[0]).toMatchObject({ code: "ECONNRESET" });
    const port = await forwarded(forwardTcp, await serve((socket) => void socket.once("data", () => socket.resetAndDestroy())));
    const socket = client(port);
    socket.write("x");
    expect((await once(socket, "error"))[0]).toMatchObject({ code: "ECONNRESET" });
  });

  it("ends the server's connection when the client resets its own", async () => {
    let closed: Promise<unknown> | undefined;
    const port = await forwarded(
      forwardTcp,
      await serve((socket) => {
        socket.on("error", () => undefined);
        closed = new Promise((resolve) => socket.once("close", resolve));
        socket.write("x");
      }),
    );
    const socket = client(port);
    await once(socket, "data");
    socket.on("error", () => undefined);
    socket.resetAndDestroy();
    await closed;
  });
});

describe("a published udp port", () => {
  it("passes packets of several clients on, and the replies back to each", async () => {
    const server = createSocket("udp4");
    server.on("message", (packet, from) => server.send(`re: ${packet.toString()}`, from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const port = await forwarded(forwardUdp, portOf(server), "");
    const ask = async (text: string): Promise<string> => {
      const socket: UdpSocket = createSocket("udp4");
      closers.push(() => socket.close());
      socket.send(text, port, "127.0.0.1");
      return String((await once(socket, "message"))[0]);
    };
    expect(await Promise.all(["one", "two", "three"].map(ask))).toEqual(["re: one", "re: two", "re: three"]);
  });

  it("goes on after a packet that cannot be sent, as one to port 0", async () => {
    const server = createSocket("udp4");
    server.on("message", (packet, from) => server.send(packet, from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const port = await freePort();
    const forwarder = await forwardUdp("127.0.0.1", port);
    closers.push(() => forwarder.close());
    const socket: UdpSocket = createSocket("udp4").bind(0, "127.0.0.1");
    closers.push(() => socket.close());
    const received = once(socket, "message");
    await new Promise<void>((resolve) => {
      const nowhere = {
        address: "127.0.0.1",
        get port() {
          resolve();
          return 0;
        },
      };
      forwarder.aim(nowhere);
      socket.send("lost", port, "127.0.0.1");
    });
    forwarder.aim({ address: "127.0.0.1", port: portOf(server) });
    socket.send("kept", port, "127.0.0.1");
    expect(String((await received)[0])).toBe("kept");
  });
});

describe("ports of endpoints", () => {
  const endpoint = (policies: HnsEndpoint["Policies"]): HnsEndpoint => ({
    ID: "E1",
    VirtualNetwork: "N1",
    IPAddress: "127.0.0.1",
    MacAddress: "",
    Policies: policies,
    SharedContainers: [],
  });
  const nat = (Protocol: string, ExternalPort: number, more: object = {}) => ({
    Type: "NAT",
    Protocol,
    InternalPort: 80,
    ExternalPort,
    ...more,
  });
  const open = (): PublishedPorts => {
    const ports = new PublishedPorts(async ({ IPAddress }, { internalPort }) => ({ address: IPAddress, port: internalPort }));
    closers.push(() => ports.close());
    return ports;
  };

  it("that another process has are refused, with its name, and leave nothing taken", async () => {
    const other = spawn(
      process.execPath,
      ["-e", "require('net').createServer().listen(0, function () { console.log(this.address().port) })"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    closers.push(() => other.kill("SIGKILL"));
    const taken = Number((await once(other.stdout, "data"))[0]);
    const free = await freePort();
    const policies = [nat("tcp", free), nat("tcp", taken)];
    const failure = await open()
      .hold(policies, policies)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HnsFailure);
    expect(failure).toMatchObject({ code: 0x803b0013 });
    const name = process.platform === "linux" ? ` by ${path.basename(process.execPath)} (process ${other.pid})` : "";
    expect((failure as HnsFailure).message).toBe(`The specified port already exists. tcp port ${taken} of this host is in use${name}`);
    const server = createServer().listen(free);
    await once(server, "listening");
    server.close();
  });

  it("that this daemon has itself, as the one at which it serves names, are refused with its name", async () => {
    const port = await freePort();
    const own = createSocket("udp4").bind(port, "127.0.0.2");
    await once(own, "listening");
    closers.push(() => own.close());
    const failure = await open()
      .hold([nat("udp", port)], [nat("udp", port)])
      .catch((error: unknown) => error);
    const name = process.platform === "linux" ? " by this daemon" : "";
    expect((failure as HnsFailure).message).toBe(`The specified port already exists. udp port ${port} of this host is in use${name}`);
  });

  it("that nobody named are free ones, although the first to be tried is in use", async () => {
    const ports = open();
    const first = await ports.hold([nat("tcp", 0)], [nat("tcp", 49_200)]);
    closers.push(() => first.release());
    const inUse = Number(first.policies[0]?.ExternalPort);
    expect(inUse).toBeGreaterThanOrEqual(49_200);
    const held = await ports.hold([nat("tcp", 0)], [nat("tcp", inUse)]);
    expect(held.policies[0]?.ExternalPort).not.toBe(inUse);
    expect(Number(held.policies[0]?.ExternalPort)).toBeGreaterThan(inUse);
    await held.release();
  });

  it("are of one address of the host where the policy names it, and of none that it has not", async () => {
    const port = await freePort();
    const ports = open();
    const policies = [nat("tcp", port, { ExternalAddress: "127.0.0.2" })];
    const held = await ports.hold(policies, policies);
    await held.assign(endpoint(held.policies));
    expect((await once(client(port), "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
    const failure = await ports
      .hold([nat("tcp", port, { ExternalAddress: "203.0.113.77" })], [nat("tcp", port, { ExternalAddress: "203.0.113.77" })])
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining("this host has no address 203.0.113.77") });
  });

  it("that an endpoint no longer has are free again, and those that it keeps go on", async () => {
    const [kept, given] = [await freePort(), await freePort()];
    const target = await serve((socket) => void socket.pipe(socket));
    const ports = open();
    const both = [nat("tcp", kept, { InternalPort: target }), nat("tcp", given, { InternalPort: target })];
    await (await ports.hold(both, both)).assign(endpoint(both));
    const socket = client(kept);
    await once(socket, "connect");
    const one = both.slice(0, 1);
    await (await ports.hold(one, one, "e1")).assign(endpoint(one));
    expect((await once(client(given), "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
    socket.end("still");
    expect((await buffer(socket)).toString()).toBe("still");
    await ports.release("e1");
    expect((await once(client(kept), "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
  });
});
