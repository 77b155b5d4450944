import { chmod, lstat, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, get } from "node:http";
import { createConnection, createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { json, text } from "node:stream/consumers";
import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GatewayApp, type Listening, listen } from "../src/index.ts";
import { build } from "./serve.ts";
import { readHead, readToEnd } from "./wire.ts";

let folder: string;
let app: GatewayApp;
let engine: FakeEngine;
const open: Listening[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-listen-"));
  ({ app, engine } = await build());
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((listening) => listening.close({ deadline: 200 })));
  await app.close();
  await rm(folder, { recursive: true });
});

async function serve(...hosts: string[]): Promise<Listening> {
  const listening = await listen(app, hosts);
  open.push(listening);
  return listening;
}

function ask(options: { socketPath: string } | { port: number }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get({ path: "/version", agent: false, ...options }, (response) => resolve(json(response))).once("error", reject);
  });
}

describe("addresses", () => {
  test("one gateway answers on several, and says where", async () => {
    const sockets = ["a.sock", "b.sock"].map((name) => path.join(folder, name));
    const { addresses } = await serve(...sockets.map((socket) => `unix://${socket}`), "tcp://127.0.0.1:0");
    expect(addresses).toEqual([...sockets.map((socket) => `unix://${socket}`), expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/)]);
    for (const socketPath of sockets) expect(await ask({ socketPath })).toMatchObject({ Version: "1.2.3" });
    expect(await ask({ port: Number(addresses[2]?.split(":").at(-1)) })).toMatchObject({ Version: "1.2.3" });
  });

  test.each(["tcp://0.0.0.0:2375", "tcp://192.168.1.5:2375", "tcp://[::]:2375", "tcp://example.com:2375", "tcp://127.example.com:2375"])(
    "%s is refused: it would open the host to the network",
    async (host) => {
      await expect(listen(app, [host])).rejects.toMatchObject({
        code: "InvalidArgument",
        message: `${host} would let everybody on the network control this machine: without TLS only loopback addresses are served, such as tcp://127.0.0.1:2375`,
      });
    },
  );

  test.each(["http://x", "unix://relative", ""])("%j is no address", async (host) => {
    await expect(listen(app, [host])).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  test.skipIf(process.platform === "win32")("a named pipe is for Windows (skipped there)", async () => {
    await expect(listen(app, ["npipe:////./pipe/oriel"])).rejects.toMatchObject({ code: "Unimplemented" });
  });

  test("a port in use is named, and what was opened before it is closed again", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const socket = path.join(folder, "a.sock");
    await expect(listen(app, [`unix://${socket}`, `tcp://127.0.0.1:${port}`])).rejects.toMatchObject({
      code: "Unavailable",
      message: `cannot listen on 127.0.0.1:${port}: another process listens there`,
    });
    await expect(stat(socket)).rejects.toMatchObject({ code: "ENOENT" });
    other.close();
  });

  test("a folder that is not there is named", async () => {
    const socket = path.join(folder, "none", "x.sock");
    await expect(listen(app, [`unix://${socket}`])).rejects.toThrow(`cannot listen on ${socket}: its folder does not exist`);
  });
});

describe.skipIf(process.platform === "win32")("a Unix socket (skipped on Windows, which has no modes)", () => {
  test("is for owner and group, and goes when the gateway does", async () => {
    const socket = path.join(folder, "x.sock");
    const listening = await serve(`unix://${socket}`);
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
    await listening.close();
    await expect(stat(socket)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("that a dead process left behind is replaced", async () => {
    const socket = path.join(folder, "x.sock");
    // A bound socket whose file is moved away stays behind when its server is closed.
    const dead = createHttpServer();
    await new Promise<void>((resolve) => dead.listen(`${socket}.old`, resolve));
    await rename(`${socket}.old`, socket);
    await new Promise((resolve) => dead.close(resolve));
    expect((await lstat(socket)).isSocket()).toBe(true);
    await serve(`unix://${socket}`);
    expect(await ask({ socketPath: socket })).toMatchObject({ Version: "1.2.3" });
  });

  test("that somebody answers on is left alone", async () => {
    const socket = path.join(folder, "x.sock");
    await serve(`unix://${socket}`);
    await expect(listen(app, [`unix://${socket}`])).rejects.toMatchObject({
      code: "AlreadyExists",
      message: `another process listens on ${socket}: stop it, or listen elsewhere`,
    });
    expect(await ask({ socketPath: socket })).toMatchObject({ Version: "1.2.3" });
  });

  test("does not replace a file", async () => {
    const file = path.join(folder, "x.sock");
    await writeFile(file, "precious");
    await chmod(file, 0o600);
    await expect(listen(app, [`unix://${file}`])).rejects.toMatchObject({ code: "AlreadyExists" });
    expect((await stat(file)).size).toBe(8);
  });
});

describe("closing", () => {
  test("ends the streams, lets running requests finish and refuses new ones", async () => {
    const socket = path.join(folder, "x.sock");
    const listening = await serve(`unix://${socket}`);
    const { id } = await engine.containers.create({ config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} });
    await engine.containers.start(id);
    const connect = (request: string) => {
      const connection = createConnection({ path: socket, allowHalfOpen: true });
      connection.on("error", () => {});
      connection.write(request.replaceAll("\n", "\r\n"));
      return connection;
    };
    const logs = connect(`GET /containers/${id}/logs?stdout=1&follow=1 HTTP/1.1\nHost: localhost\n\n`);
    const events = connect("GET /events HTTP/1.1\nHost: localhost\n\n");
    const waiting = connect(`POST /containers/${id}/wait HTTP/1.1\nHost: localhost\n\n`);
    const attached = connect(
      `POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: tcp\n\n`,
    );
    const streams = [logs, events, waiting, attached];
    const heads = await Promise.all(streams.map(readHead));
    let release = () => {};
    const entered = new Promise<void>((resolve) => {
      engine.onInfo = () => {
        resolve();
        return new Promise((answer) => {
          release = answer;
        });
      };
    });
    const running = new Promise<string>((resolve, reject) => {
      get({ path: "/info", socketPath: socket, agent: false }, (response) => resolve(text(response))).once("error", reject);
    });
    await entered;
    const closed = listening.close({ deadline: 10_000 });
    const bodies = await Promise.all(streams.map((stream, index) => readToEnd(stream, heads[index]?.rest)));
    for (const stream of streams) stream.end();
    expect(bodies[2]?.toString()).toContain('{"StatusCode":-1,"Error":{"Message":');
    await expect(ask({ socketPath: socket })).rejects.toMatchObject({ code: "ENOENT" });
    release();
    expect(JSON.parse(await running)).toMatchObject({ ID: "fake-engine-id" });
    await closed;
    expect([engine.listeners, engine.logFollowers, engine.detached]).toEqual([0, 0, [id]]);
    await engine.containers.kill(id);
  });

  test("cuts off after its deadline whoever does not end", async () => {
    const socket = path.join(folder, "x.sock");
    const listening = await serve(`unix://${socket}`);
    const entered = new Promise<void>((resolve) => {
      engine.onInfo = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const stuck = new Promise((resolve) => {
      get({ path: "/info", socketPath: socket, agent: false }).once("error", resolve);
    });
    await entered;
    const first = listening.close({ deadline: 50 });
    expect(listening.close()).toBe(first);
    await first;
    expect(await stuck).toMatchObject({ code: "ECONNRESET" });
  });
});
