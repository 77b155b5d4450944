import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Served, serve } from "./serve.ts";
import { frames, readHead, readToEnd } from "./wire.ts";

let served: Served;
let container: string;

beforeEach(async () => {
  served = await serve();
  const { containers } = served.engine;
  container = (await containers.create({ name: "web", config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} })).id;
  await containers.start(container);
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

const streams = { AttachStdin: false, AttachStdout: true, AttachStderr: true };

async function post(url: string, payload: object | undefined = undefined) {
  const answer = await served.app.inject({ method: "POST", url, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? "" : answer.json() };
}

async function create(Cmd: string[], more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await post("/v1.50/containers/web/exec", { ...streams, Cmd, ...more });
  expect(status).toBe(201);
  return (body as { Id: string }).Id;
}

const inspect = async (id: string) => (await served.app.inject(`/exec/${id}/json`)).json();

/** A request to start an exec, as docker writes it. */
function start(id: string, body: string, version = "1.50"): string {
  const fields = `Host: x.localhost\nConnection: Upgrade\nUpgrade: tcp\nContent-Type: application/json\nContent-Length: ${body.length}\n`;
  return `POST /v${version}/exec/${id}/start HTTP/1.1\n${fields}\n${body}`;
}

const startBody = '{"Detach":false,"Tty":false,"ConsoleSize":null}';

describe("creating an exec", () => {
  test("hands on what was given, and shows it", async () => {
    const id = await create(["cat", "a b"], {
      Env: ["A=1"],
      WorkingDir: "C:\\x",
      User: "u1",
      Tty: true,
      ConsoleSize: [25, 80],
      DetachKeys: "ctrl-a,x",
      Privileged: false,
    });
    expect(served.engine.execs.created).toEqual([
      {
        ...streams,
        Cmd: ["cat", "a b"],
        Env: ["A=1"],
        WorkingDir: "C:\\x",
        User: "u1",
        Tty: true,
        ConsoleSize: [25, 80],
        DetachKeys: "ctrl-a,x",
      },
    ]);
    expect(await inspect(id)).toEqual({
      ID: id,
      Running: false,
      ExitCode: null,
      ProcessConfig: { tty: true, entrypoint: "cat", arguments: ["a b"] },
      OpenStdin: false,
      OpenStderr: true,
      OpenStdout: true,
      CanRemove: false,
      ContainerID: container,
      DetachKeys: Buffer.from([1, 0x78]).toString("base64"),
      Pid: 0,
    });
    expect((await served.app.inject("/containers/web/json")).json().ExecIDs).toEqual([id]);
  });

  test("takes null for what is not given, as Go programs write it", async () => {
    await create(["echo"], { Env: null, ConsoleSize: null, DetachKeys: "" });
    expect(served.engine.execs.created).toEqual([{ ...streams, Cmd: ["echo"] }]);
  });

  test("is refused in dockerd's words", async () => {
    expect(await post("/containers/nope/exec", { Cmd: ["x"] })).toEqual({ status: 404, body: { message: "No such container: nope" } });
    expect(await post("/containers/web/exec", { Cmd: null })).toEqual({ status: 400, body: { message: "No exec command specified" } });
    expect(await post("/containers/web/exec", { Cmd: "x" })).toMatchObject({ status: 400 });
    expect(await post("/containers/web/exec", { Cmd: ["x"], DetachKeys: "ctrl-1" })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("invalid detach keys (ctrl-1)") },
    });
    await served.engine.containers.kill("web");
    expect(await post("/containers/web/exec", { Cmd: ["x"] })).toEqual({
      status: 409,
      body: { message: `container ${container} is not running` },
    });
  });
});

describe("starting an exec", () => {
  test("with an upgrade the connection carries the framed output, and the exit code is there at its end", async () => {
    const id = await create(["both"]);
    const socket = served.connect(start(id, startBody));
    const { status, headers, rest } = await readHead(socket);
    expect([status, headers["content-type"], headers.upgrade]).toEqual([
      "HTTP/1.1 101 UPGRADED",
      "application/vnd.docker.multiplexed-stream",
      "tcp",
    ]);
    expect(frames(await readToEnd(socket, rest))).toEqual([
      { stream: 1, text: "to stdout\r\n" },
      { stream: 2, text: "to stderr\r\n" },
    ]);
    expect(await inspect(id)).toMatchObject({ Running: false, ExitCode: 7, CanRemove: true });
    socket.end();
  });

  test.each(["1.41", "1.24"])("clients of API %s are not told of frames by the media type", async (version) => {
    const socket = served.connect(start(await create(["both"]), '{"Detach":false}', version));
    const { headers, rest } = await readHead(socket);
    expect(headers["content-type"]).toBe("application/vnd.docker.raw-stream");
    expect(frames(await readToEnd(socket, rest))).toHaveLength(2);
    socket.end();
  });

  test("the body may come in pieces, and what stands behind it is input, up to the half-close", async () => {
    const id = await create(["cat"], { AttachStdin: true });
    const request = start(id, startBody);
    const socket = served.connect(request.slice(0, -20));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(request.slice(-20, -5));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(`${request.slice(-5)}early `);
    const { rest } = await readHead(socket);
    socket.end("late");
    const output = frames(await readToEnd(socket, rest));
    expect(output.map(({ text }) => text).join("")).toBe("early late[end of 10 bytes]");
  });

  test("a terminal's output is not framed, and its size may come with the start", async () => {
    const id = await create(["both"], { Tty: true });
    const socket = served.connect(start(id, '{"Detach":false,"Tty":true,"ConsoleSize":[30,90]}'));
    const { headers, rest } = await readHead(socket);
    expect([headers["content-type"], (await readToEnd(socket, rest)).toString()]).toEqual([
      "application/vnd.docker.raw-stream",
      "to stdout\r\nto stderr\r\n",
    ]);
    expect(served.engine.execs.started).toEqual([{ attach: true, consoleSize: [30, 90] }]);
    socket.end();
  });

  test("without an upgrade the answer is 200, whose body is the output", async () => {
    const id = await create(["both"]);
    const socket = served.connect(
      `POST /exec/${id}/start HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 16\n\n{"Detach":false}`,
    );
    const { status, rest } = await readHead(socket);
    expect(status).toBe("HTTP/1.1 200 OK");
    expect(frames(await readToEnd(socket, rest))).toHaveLength(2);
  });

  test("an empty body is as good as one that asks for nothing", async () => {
    const id = await create(["echo", "hi"]);
    const socket = served.connect(
      `POST /exec/${id}/start HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: tcp\nContent-Length: 0\n\n`,
    );
    const { status, rest } = await readHead(socket);
    expect([status, frames(await readToEnd(socket, rest))]).toEqual(["HTTP/1.1 101 UPGRADED", [{ stream: 1, text: "hi\r\n" }]]);
    socket.end();
  });

  test("detached it answers at once, without a body", async () => {
    const id = await create(["sleep"]);
    expect(await post(`/exec/${id}/start`, { Detach: true })).toEqual({ status: 200, body: "" });
    expect(await inspect(id)).toMatchObject({ Running: true, Pid: 4321 });
    expect(served.engine.execs.started).toEqual([{ attach: false }]);
    served.engine.execs.kill(id);
  });

  test("a program that is not there says so in the output, with 127 as the exit code; detached it is an error", async () => {
    const id = await create(["nosuch.exe"]);
    const socket = served.connect(start(id, startBody));
    const { status, rest } = await readHead(socket);
    const output = frames(await readToEnd(socket, rest));
    expect([status, output]).toEqual([
      "HTTP/1.1 101 UPGRADED",
      [{ stream: 1, text: expect.stringMatching(/CreateProcess: nosuch\.exe: .* system cannot find the file specified\. \(0x2\)\r\n$/) }],
    ]);
    expect(await inspect(id)).toMatchObject({ Running: false, ExitCode: 127 });
    socket.end();
    expect(await post(`/exec/${await create(["nosuch.exe"])}/start`, { Detach: true })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("system cannot find the file specified") },
    });
  });

  test("a client that goes is detached, and the program runs on", async () => {
    const id = await create(["drip"]);
    const socket = served.connect(start(id, startBody));
    await readHead(socket);
    socket.destroy();
    await expect.poll(() => served.engine.execs.detached).toContain(id);
    expect(await inspect(id)).toMatchObject({ Running: true });
    served.engine.execs.kill(id);
  });

  test("the detach keys of its creation leave a terminal", async () => {
    const id = await create(["cat"], { AttachStdin: true, Tty: true, DetachKeys: "ctrl-a,x" });
    const socket = served.connect(start(id, '{"Tty":true}'));
    const { rest } = await readHead(socket);
    socket.write("ab\u0001x");
    expect("ab".startsWith((await readToEnd(socket, rest)).toString())).toBe(true);
    expect(served.engine.execs.detached).toContain(id);
    expect(await inspect(id)).toMatchObject({ Running: true });
    socket.end();
  });

  test("what cannot be started is a plain answer in HTTP, also for a request to upgrade", async () => {
    const answer = async (request: string) => {
      const socket = served.connect(request);
      const { status, rest } = await readHead(socket);
      const body = (await readToEnd(socket, rest)).toString();
      socket.end();
      return [status, (JSON.parse(body) as { message: string }).message];
    };
    expect(await answer(start("nope", startBody))).toEqual(["HTTP/1.1 404 Not Found", "No such exec instance: nope"]);
    const id = await create(["echo"]);
    expect(await answer(start(id, '{"Detach":1}'))).toEqual(["HTTP/1.1 400 Bad Request", "invalid parameter: Detach must be boolean"]);
    expect((await answer(start(id, "{")))[0]).toBe("HTTP/1.1 400 Bad Request");
    expect((await answer(start(id, `{"x":"${"x".repeat(70_000)}"}`)))[1]).toBe("the request's body is longer than 65536 bytes");
    expect((await post(`/exec/${id}/start`, { Detach: true })).status).toBe(200);
    expect(await answer(start(id, startBody))).toEqual(["HTTP/1.1 409 Conflict", `error: Exec command ${id} has already run`]);
  });

  test("a client that goes within its body starts nothing", async () => {
    const id = await create(["echo"]);
    const socket = served.connect(start(id, startBody).slice(0, -3));
    socket.end();
    const { rest } = await readHead(socket);
    expect((await readToEnd(socket, rest)).toString()).toBe('{"message":"the request\'s body broke off"}');
    expect(await inspect(id)).toMatchObject({ Running: false, ExitCode: null });
  });
});

test("the terminal of an exec is resized, but not to nothing", async () => {
  const id = await create(["sleep"], { Tty: true });
  expect(await post(`/exec/${id}/resize?h=30&w=90`)).toMatchObject({ status: 200 });
  expect(await post(`/exec/${id}/resize?h=0&w=0`)).toMatchObject({ status: 200 });
  expect(await post(`/exec/${id}/resize?h=x&w=1`)).toMatchObject({ status: 400 });
  expect(served.engine.execs.sizes(id)).toEqual([{ height: 30, width: 90 }]);
});
