import type { Logger } from "@oriel/contracts";
import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Served, serve } from "./serve.ts";
import { readHead, readToEnd } from "./wire.ts";

/** Level, message and facts of what the gateway logged. */
const logged: [string, string, object][] = [];
let served: Served;
let engine: FakeEngine;

const note = (level: string) => (facts: object, message: string) => void logged.push([level, message, facts]);
const logger: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };

beforeEach(async () => {
  logged.length = 0;
  served = await serve(logger, { bodyTimeout: 100 });
  ({ engine } = served);
});
afterEach(() => served[Symbol.asyncDispose]());

const jsonHead = "Host: localhost\nContent-Type: application/json\nContent-Length: 100\n";

describe("a client that does not send what it announced", () => {
  test.each([
    ["a request in JSON", `POST /containers/create HTTP/1.1\n${jsonHead}\n{`],
    ["a start of an exec over an upgraded connection", `POST /exec/x/start HTTP/1.1\n${jsonHead}Connection: Upgrade\nUpgrade: tcp\n\n{`],
    [
      "a body in chunks",
      "POST /containers/create HTTP/1.1\nHost: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n1\n{\n",
    ],
  ])("gets 408 and loses its connection: %s", async (_what, request) => {
    const socket = served.connect(request);
    const { status, headers, rest } = await readHead(socket);
    expect([status, headers.connection]).toEqual(["HTTP/1.1 408 Request Timeout", "close"]);
    const body = await readToEnd(socket, rest);
    expect(JSON.parse(body.toString())).toEqual({ message: "the request's body did not arrive within 0.1 seconds" });
    socket.destroy();
    expect(logged.filter(([level]) => level === "error" || level === "warn")).toEqual([]);
  });

  test("ends the load that it fell silent in, with the reason", async () => {
    engine.onLoad = async ({ archive }) => {
      for await (const _chunk of archive);
      return [];
    };
    const socket = served.connect("POST /images/load HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nabc");
    const { status, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 400 Bad Request");
    expect((await readToEnd(socket, rest)).toString()).toContain("the client sent nothing for 0.1 seconds");
  });

  test("is waited for as long as it sends now and then", async () => {
    let size = 0;
    let received = (_chunk: Uint8Array) => {};
    engine.onLoad = async ({ archive }) => {
      for await (const chunk of archive) {
        size += chunk.length;
        received(chunk);
      }
      return [];
    };
    const socket = served.connect("POST /images/load HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 5\n\n");
    for (let sent = 0; sent < 5; sent += 1) {
      const arrival = new Promise<Uint8Array>((resolve) => {
        received = resolve;
      });
      socket.write("x");
      await arrival;
    }
    expect((await readHead(socket)).status).toBe("HTTP/1.1 200 OK");
    expect(size).toBe(5);
  });
});

test("a client whose bytes came while the daemon's thread stood still has not fallen silent", async () => {
  const { promise: isReading, resolve: begun } = Promise.withResolvers<void>();
  engine.onLoad = async ({ archive }) => {
    for await (const _chunk of archive) begun();
    return [];
  };
  const socket = served.connect("POST /images/load HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 2\n\nx");
  await isReading;
  // The reader asks for the next piece, which sets its timer.
  await new Promise((resolve) => setImmediate(resolve));
  socket.write("x");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  expect((await readHead(socket)).status).toBe("HTTP/1.1 200 OK");
});

describe("a client that leaves", () => {
  test.each([
    ["in the middle of JSON", `POST /containers/create HTTP/1.1\n${jsonHead}\n{`],
    ["in the middle of an exec's start", `POST /exec/x/start HTTP/1.1\n${jsonHead}\n{`],
    ["in the middle of a load", "POST /images/load HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nabc"],
  ])("%s is no failure in the log", async (_when, request) => {
    engine.onLoad = async ({ archive, signal }) => {
      for await (const _chunk of archive) signal?.throwIfAborted();
      return [];
    };
    const socket = served.connect(request);
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.end();
    socket.destroy();
    await expect.poll(() => logged.length).toBeGreaterThan(0);
    expect(logged.filter(([level]) => level === "error" || level === "warn")).toEqual([]);
  });
});

describe("closing beside a slow load", () => {
  test("ends the load and its connection without waiting for the rest of the body", async () => {
    await using slow = await serve(logger);
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    slow.engine.onLoad = async ({ archive, signal }) => {
      const stop = new Promise<never>((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      begin();
      for await (const _chunk of archive) await stop;
      return [];
    };
    const socket = slow.connect("POST /images/load HTTP/1.1\nHost: localhost\nContent-Length: 1000000\n\nabc");
    const drip = setInterval(() => socket.write("x"), 20);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await begun;
    // As long as the test may take: what has to be cut off at its end fails it.
    await slow.listening.close({ deadline: 60_000 });
    clearInterval(drip);
    socket.destroy();
    await ended;
    expect(logged.filter(([level]) => level === "error" || level === "warn")).toEqual([]);
  });
});

describe("two Host headers", () => {
  test.each(["/version", "/nothing"])("are refused: %s", async (path) => {
    const socket = served.connect(`GET ${path} HTTP/1.1\nHost: localhost\nhost: example.com\nConnection: close\n\n`);
    const { status, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 400 Bad Request");
    expect((await readToEnd(socket, rest)).toString()).toContain("the request has 2 Host headers, and may have one");
  });
});

describe("the log", () => {
  test("does not quote the variables that a commit sets", async () => {
    await served.app.inject({ method: "POST", url: "/commit?container=none&changes=ENV%20TOKEN%3Dhunter2&repo=x" });
    const [, , facts] = logged.find(([, message]) => message === "request") ?? [];
    expect(facts).toMatchObject({ url: "/commit?container=none&changes=…&repo=x" });
    expect(JSON.stringify(logged)).not.toContain("hunter2");
  });

  test("does not quote a body that is no JSON", async () => {
    const answer = await served.app.inject({
      method: "POST",
      url: "/containers/create",
      headers: { "content-type": "application/json" },
      payload: '{"Env":["TOKEN=hunter2"',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.body + JSON.stringify(logged)).not.toContain("hunter2");
  });
});
