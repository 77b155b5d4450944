import { setImmediate as turn } from "node:timers/promises";
import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Served, serve } from "./serve.ts";
import { frames, readHead, readToEnd } from "./wire.ts";

let served: Served;
let engine: FakeEngine;

beforeEach(async () => {
  served = await serve();
  engine = served.engine;
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

async function create(command: string[], more: Record<string, unknown> = {}): Promise<string> {
  return (await engine.containers.create({ config: { Image: "oriel/nano", Cmd: command, ...more }, hostConfig: {} })).id;
}

const upgrade = "Host: x.localhost\nConnection: Upgrade\nUpgrade: tcp\nContent-Length: 0\n\n";

describe("attach", () => {
  test("with an upgrade the connection carries the framed output, and ends with it", async () => {
    const id = await create(["both"]);
    const socket = served.connect(`POST /v1.50/containers/${id}/attach?stream=1&stdout=1&stderr=1 HTTP/1.1\n${upgrade}`);
    const { status, headers, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 101 UPGRADED");
    expect(headers).toMatchObject({
      connection: "Upgrade",
      upgrade: "tcp",
      "content-type": "application/vnd.docker.multiplexed-stream",
      "api-version": "1.50",
    });
    await engine.containers.start(id);
    expect(frames(await readToEnd(socket, rest))).toEqual([
      { stream: 1, text: "to stdout\r\n" },
      { stream: 2, text: "to stderr\r\n" },
    ]);
    socket.end();
  });

  test("without an upgrade the answer is 200, whose body is the output", async () => {
    const id = await create(["both"]);
    const socket = served.connect(`POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n`);
    const { status, headers, rest } = await readHead(socket);
    expect([status, headers["transfer-encoding"], headers.connection]).toEqual(["HTTP/1.1 200 OK", undefined, "close"]);
    await engine.containers.start(id);
    expect(frames(await readToEnd(socket, rest))).toEqual([{ stream: 1, text: "to stdout\r\n" }]);
  });

  test("without an upgrade the request's body is the input", async () => {
    const id = await create(["cat"], { OpenStdin: true });
    await engine.containers.start(id);
    const socket = served.connect(
      `POST /containers/${id}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n`,
    );
    const { rest } = await readHead(socket);
    const output = frames(await readToEnd(socket, rest));
    expect(output.map(({ text }) => text).join("")).toBe("abc[end of 3 bytes]");
  });

  test("a terminal's output is not framed, nor is it called so for clients before 1.42", async () => {
    const tty = await create(["both"], { Tty: true });
    const socket = served.connect(`POST /containers/${tty}/attach?stream=1&stdout=1&stderr=1 HTTP/1.1\n${upgrade}`);
    const { headers, rest } = await readHead(socket);
    await engine.containers.start(tty);
    expect([headers["content-type"], (await readToEnd(socket, rest)).toString()]).toEqual([
      "application/vnd.docker.raw-stream",
      "to stdout\r\nto stderr\r\n",
    ]);
    socket.end();
    const plain = await create(["both"]);
    const old = served.connect(`POST /v1.41/containers/${plain}/attach?stream=1&stdout=1 HTTP/1.1\n${upgrade}`);
    expect((await readHead(old)).headers["content-type"]).toBe("application/vnd.docker.raw-stream");
    old.destroy();
  });

  test("a client's half-close is the end of the input, and the output goes on", async () => {
    const id = await create(["cat"], { OpenStdin: true, StdinOnce: true });
    const request = `POST /containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\n${upgrade}`;
    // Input right behind the head, in the same piece, is input too.
    const socket = served.connect(`${request}early `);
    const { rest } = await readHead(socket);
    await engine.containers.start(id);
    socket.end("late");
    const output = frames(await readToEnd(socket, rest));
    expect(output.map(({ text }) => text).join("")).toBe("early late[end of 10 bytes]");
  });

  test("a slow reader slows the output down instead of filling the memory", async () => {
    const id = await create(["flood", "2000"]);
    const socket = served.connect(`POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\n${upgrade}`);
    const { rest } = await readHead(socket);
    socket.pause();
    await engine.containers.start(id);
    for (let index = 0; index < 500; index += 1) await turn();
    // 2000 pieces of 64 KiB do not fit into the buffers of a socket: the program is still held up.
    expect((await engine.containers.inspect(id)).state.status).toBe("running");
    const output = await readToEnd(socket, rest);
    expect(output.length).toBe(2000 * (64 * 1024 + 8));
    expect((await engine.containers.inspect(id)).state.status).toBe("exited");
    socket.end();
  });

  test("a client that goes is detached, and the container runs on", async () => {
    const id = await create(["drip"]);
    const socket = served.connect(`POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\n${upgrade}`);
    await readHead(socket);
    await engine.containers.start(id);
    socket.destroy();
    await expect.poll(() => engine.detached).toEqual([id]);
    expect((await engine.containers.inspect(id)).state.status).toBe("running");
    await engine.containers.kill(id);
  });

  test("the detach keys leave a terminal without ending its input", async () => {
    const id = await create(["cat"], { OpenStdin: true, StdinOnce: true, Tty: true });
    await engine.containers.start(id);
    const socket = served.connect(`POST /containers/${id}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\n${upgrade}`);
    const { rest } = await readHead(socket);
    socket.write("abc\u0010x\u0010\u0011lost");
    const output = (await readToEnd(socket, rest)).toString();
    expect("abc\u0010x".startsWith(output)).toBe(true);
    expect(engine.detached).toEqual([id]);
    socket.end();
    expect((await engine.containers.inspect(id)).state.status).toBe("running");
    await engine.containers.kill(id);
  });

  test("an unknown container is a plain 404, also for a request to upgrade", async () => {
    const socket = served.connect(`POST /containers/nope/attach?stream=1 HTTP/1.1\n${upgrade}`);
    const { status, headers, rest } = await readHead(socket);
    expect([status, headers["content-type"]]).toEqual(["HTTP/1.1 404 Not Found", "application/json"]);
    expect((await readToEnd(socket, rest)).toString()).toBe('{"message":"No such container: nope"}');
    socket.end();
  });

  test("other routes answer requests to upgrade in HTTP", async () => {
    const socket = served.connect("POST /session HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: h2c\n\n");
    const { status, rest } = await readHead(socket);
    expect([status, (await readToEnd(socket, rest)).toString()]).toEqual([
      "HTTP/1.1 501 Not Implemented",
      expect.stringContaining('{"message":"POST /session is not available: '),
    ]);
    socket.end();
  });

  test("malformed detach keys are refused", async () => {
    const id = await create(["echo"]);
    const answer = await served.app.inject({ method: "POST", url: `/containers/${id}/attach?detachKeys=ctrl-1` });
    expect([answer.statusCode, answer.json().message]).toEqual([
      400,
      'invalid detach keys (ctrl-1): "ctrl-1" is neither a character nor ctrl- and a letter',
    ]);
  });
});

describe("wait", () => {
  test("the headers come at once, the body at the exit", async () => {
    const id = await create(["both"]);
    const socket = served.connect(`POST /containers/${id}/wait?condition=next-exit HTTP/1.1\nHost: localhost\nConnection: close\n\n`);
    const { status, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 200 OK");
    await engine.containers.start(id);
    expect((await readToEnd(socket, rest)).toString()).toContain('{"StatusCode":7}');
  });

  test("a killed container's code is unsigned", async () => {
    const id = await create(["sleep"]);
    await engine.containers.start(id);
    const waiting = served.app.inject({ method: "POST", url: `/containers/${id}/wait` });
    await expect.poll(async () => (await engine.containers.inspect(id)).state.status).toBe("running");
    await engine.containers.kill(id);
    expect((await waiting).json()).toEqual({ StatusCode: 1_073_807_364 });
  });

  test("unknown containers and conditions get a status of their own", async () => {
    const id = await create(["echo"]);
    const post = async (url: string) => (await served.app.inject({ method: "POST", url })).json();
    expect(await post("/containers/nope/wait")).toEqual({ message: "No such container: nope" });
    expect(await post(`/containers/${id}/wait?condition=never`)).toEqual({
      message: 'invalid parameter: condition must be equal to one of the allowed values: "", "not-running", "next-exit", "removed"',
    });
  });
});

describe("logs", () => {
  test("choose streams, number and time of the lines", async () => {
    const id = await create(["both"]);
    await engine.containers.start(id);
    await expect.poll(async () => (await engine.containers.inspect(id)).state.status).toBe("exited");
    const logs = async (query: string) => frames((await served.app.inject(`/containers/${id}/logs?${query}`)).rawPayload);
    expect(await logs("stdout=1&stderr=1")).toHaveLength(2);
    expect(await logs("stdout=1&stderr=0&timestamps=1")).toEqual([{ stream: 1, text: "2026-01-02T03:04:05.678000000Z to stdout\r\n" }]);
    expect(await logs("stdout=1&stderr=1&tail=1")).toEqual([{ stream: 2, text: "to stderr\r\n" }]);
    expect(await logs("stdout=1&stderr=1&tail=all&since=1767323045.678")).toHaveLength(2);
    expect(await logs("stdout=1&stderr=1&since=1767323045.679")).toHaveLength(0);
    expect(await logs("stdout=1&stderr=1&since=2026-01-02T03:04:05.679Z")).toHaveLength(0);
    expect((await served.app.inject(`/containers/${id}/logs`)).json()).toEqual({
      message: "Bad parameters: you must choose at least one stream",
    });
  });

  test("following ends when the client goes", async () => {
    const id = await create(["sleep"]);
    await engine.containers.start(id);
    const socket = served.connect(`GET /containers/${id}/logs?stdout=1&follow=1 HTTP/1.1\nHost: localhost\n\n`);
    await readHead(socket);
    await expect.poll(() => engine.logFollowers).toBe(1);
    socket.destroy();
    await expect.poll(() => engine.logFollowers).toBe(0);
  });
});

describe("load", () => {
  test("the client may send all of an archive that is refused half way", async () => {
    engine.onLoad = async ({ archive, onProgress }) => {
      for await (const _chunk of archive) break;
      onProgress?.({ status: "Loading layer", id: "a", progressDetail: { current: 1, total: 2 } });
      throw Object.assign(new Error("unexpected end of archive"), { code: "InvalidArgument", op: "image.load" });
    };
    const size = 2_000_000;
    const socket = served.connect(
      `POST /images/load HTTP/1.1\nHost: localhost\nConnection: close\nContent-Type: application/x-tar\nContent-Length: ${size}\n\n`,
    );
    socket.write(Buffer.alloc(size));
    const { status, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 200 OK");
    const body = (await readToEnd(socket, rest)).toString();
    expect(body).toContain('{"status":"Loading layer","id":"a","progressDetail":{"current":1,"total":2}}\n');
    expect(body).toContain('{"errorDetail":{"message":"unexpected end of archive"},"error":"unexpected end of archive"}\n');
  });

  test("a failure before any progress has a status of its own", async () => {
    engine.onLoad = async () => {
      throw Object.assign(new Error("this is no archive"), { code: "InvalidArgument", op: "image.load" });
    };
    const answer = await served.app.inject({ method: "POST", url: "/images/load", payload: Buffer.alloc(10) });
    expect([answer.statusCode, answer.json()]).toEqual([400, { message: "this is no archive" }]);
  });

  test("a client that goes aborts the load", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const aborted = new Promise<unknown>((resolve) => {
      engine.onLoad = async ({ archive, signal }) => {
        try {
          for await (const _chunk of archive) begin();
        } catch (error) {
          resolve([(error as Error).message, signal?.aborted]);
        }
        return [];
      };
    });
    const socket = served.connect("POST /images/load HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n3\nabc\n");
    await begun;
    socket.destroy();
    expect(await aborted).toEqual(["aborted", true]);
  });
});

describe("a wait that the daemon's end cuts short", () => {
  test("says that the daemon is shutting down", async () => {
    const id = await create(["drip"]);
    await engine.containers.start(id);
    const socket = served.connect(`POST /containers/${id}/wait HTTP/1.1\nHost: localhost\nConnection: close\n\n`);
    const { rest } = await readHead(socket);
    const body = readToEnd(socket, rest);
    await served.app.close();
    expect((await body).toString()).toContain('{"StatusCode":-1,"Error":{"Message":"the daemon is shutting down"}}');
  });
});

describe("the process", () => {
  test("survives what clients do to it", async () => {
    const id = await create(["drip"]);
    await engine.containers.start(id);
    for (const request of [
      "NONSENSE\n\n",
      "GET /%zz HTTP/1.1\nHost: x\n\n",
      `GET /containers/${id}/logs?stdout=1&follow=1 HTTP/1.1\nHost: localhost\n\n`,
      `POST /containers/${id}/attach?stream=1&stdout=1&stdin=1 HTTP/1.1\n${upgrade}`,
      `POST /containers/${id}/wait HTTP/1.1\nHost: localhost\n\n`,
      "GET /events HTTP/1.1\nHost: localhost\n\n",
      "POST /containers/create HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 100\n\n{",
      `POST /images/load HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nabc`,
      `GET /version HTTP/1.1\nHost: localhost\nX: ${"x".repeat(100_000)}\n\n`,
    ]) {
      const socket = served.connect(request);
      await turn();
      await turn();
      socket.destroy();
    }
    await expect.poll(() => [engine.listeners, engine.logFollowers]).toEqual([0, 0]);
    expect((await served.app.inject("/version")).statusCode).toBe(200);
    await engine.containers.kill(id);
  });

  test("a change that hangs is answered at its deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const entered = new Promise<void>((resolve) => {
        engine.onCreate = () => {
          resolve();
          return new Promise(() => {});
        };
      });
      const body = '{"Image":"oriel/nano"}';
      const socket = served.connect(
        `POST /containers/create HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: ${body.length}\n\n${body}`,
      );
      await entered;
      await vi.advanceTimersByTimeAsync(16 * 60_000);
      expect((await readHead(socket)).status).toBe("HTTP/1.1 504 Gateway Timeout");
      socket.destroy();
    } finally {
      vi.useRealTimers();
    }
  });
});
