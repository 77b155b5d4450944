import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { attach, createClient, events, loadImage, logs, type OutputChunk, stats, unwrap, wait } from "../src/index.ts";
import { create, serve } from "./gateway.ts";

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function textOf(chunks: readonly OutputChunk[], stream: OutputChunk["stream"]): string {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ data }) => data)).toString();
}

describe("requests", () => {
  test("typed routes answer over a Unix socket", async () => {
    await using served = await serve();
    const version = await unwrap(served.client.GET("/version"));
    expect(version).toMatchObject({ Version: "1.2.3", ApiVersion: "1.50", Os: "windows" });
    const images = await unwrap(served.client.GET("/images/json"));
    expect(images.map(({ RepoTags }) => RepoTags)).toEqual([["oriel/nano:latest"]]);
  });

  test("an image's name may contain slashes", async () => {
    await using served = await serve();
    const image = await unwrap(served.client.GET("/images/{name}/json", { params: { path: { name: "oriel/nano" } } }));
    expect(image.OsVersion).toBe("10.0.20348.2113");
  });

  test("a refused request throws the gateway's message and status", async () => {
    await using served = await serve();
    const request = served.client.GET("/containers/{id}/json", { params: { path: { id: "nope" } } });
    await expect(request).rejects.toMatchObject({ name: "ClientError", status: 404, message: "No such container: nope" });
  });

  test("starting what runs already is no failure", async () => {
    await using served = await serve();
    const id = await create(served.client, ["sleep"]);
    const first = await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    const second = await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    expect([first.response.status, second.response.status]).toEqual([204, 304]);
  });

  test("a gateway that is not there is named, with what to check", async () => {
    const client = createClient({ host: "unix:///nowhere/oriel.sock" });
    await expect(client.GET("/version")).rejects.toMatchObject({
      status: undefined,
      message: "cannot reach unix:///nowhere/oriel.sock: there is no such socket; is the daemon running?",
    });
    await expect(attach(client, "x")).rejects.toThrow("there is no such socket; is the daemon running?");
  });

  test.each(["", "unix://", "http://localhost", "tcp://host/path", "/run/x.sock"])("%j is refused as an address", (host) => {
    expect(() => createClient({ host })).toThrow(`${JSON.stringify(host)} is no address of a gateway`);
  });
});

describe("attach", () => {
  test("keeps stdout and stderr apart, and the exit code comes from wait", async () => {
    await using served = await serve();
    const id = await create(served.client, ["both"]);
    const { stdout, stderr, tty } = await attach(served.client, id);
    const { exit } = await wait(served.client, id, { condition: "next-exit" });
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["to stdout\r\n", "to stderr\r\n"]);
    expect(await exit).toEqual({ exitCode: 7, error: "" });
    expect(tty).toBe(false);
  });

  test("ending stdin ends the container's input, and output goes on after it", async () => {
    await using served = await serve();
    const id = await create(served.client, ["cat"], { OpenStdin: true, StdinOnce: true });
    const { stdin, stdout } = await attach(served.client, id, { stdin: true });
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    const sent = Buffer.alloc(3_000_000, "0123456789");
    stdin.end(sent);
    const received = await buffer(stdout);
    expect(received.subarray(0, sent.length).equals(sent)).toBe(true);
    expect(received.subarray(sent.length).toString()).toBe("[end of 3000000 bytes]");
  });

  test("a terminal's output is one stream", async () => {
    await using served = await serve();
    const id = await create(served.client, ["both"], { Tty: true });
    const { stdout, stderr, tty } = await attach(served.client, id);
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["to stdout\r\nto stderr\r\n", ""]);
    expect(tty).toBe(true);
  });

  test("leaving ends the outputs without a failure, and the engine hears of it", async () => {
    await using served = await serve();
    const id = await create(served.client, ["drip"]);
    const { stdout, detach } = await attach(served.client, id);
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    for await (const chunk of stdout) {
      expect(String(chunk)).toMatch(/^(drop\r\n)+$/);
      detach();
    }
    await expect.poll(() => served.engine.detached).toEqual([id]);
  });

  test("an unknown container is a ClientError with its status", async () => {
    await using served = await serve();
    await expect(attach(served.client, "nope")).rejects.toMatchObject({ status: 404, message: "No such container: nope" });
  });
});

describe("streams", () => {
  test("logs come framed and are told apart", async () => {
    await using served = await serve();
    const id = await create(served.client, ["both"]);
    const { exit } = await wait(served.client, id, { condition: "next-exit" });
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    await exit;
    const chunks = await collect(logs(served.client, id));
    expect([textOf(chunks, "stdout"), textOf(chunks, "stderr")]).toEqual(["to stdout\r\n", "to stderr\r\n"]);
    const stamped = await collect(logs(served.client, id, { timestamps: true, stderr: false }));
    expect(textOf(stamped, "stdout")).toBe("2026-01-02T03:04:05.678000000Z to stdout\r\n");
  });

  test("leaving a loop over followed logs ends the request", async () => {
    await using served = await serve();
    const id = await create(served.client, ["sleep"]);
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    for await (const _chunk of logs(served.client, id, { follow: true })) break;
    await expect.poll(() => served.engine.logFollowers).toBe(0);
  });

  test("an aborted signal ends waiting with an AbortError", async () => {
    await using served = await serve();
    const id = await create(served.client, ["sleep"]);
    const controller = new AbortController();
    const { exit } = await wait(served.client, id, { condition: "next-exit", signal: controller.signal });
    controller.abort();
    await expect(exit).rejects.toMatchObject({ name: "AbortError" });
  });

  test("an archive is sent as it is read, and the progress comes back", async () => {
    await using served = await serve();
    async function* archive(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 100; index += 1) yield Buffer.alloc(50_000, index);
    }
    const messages = await collect(loadImage(served.client, archive()));
    expect(messages).toEqual([
      { status: "Loading layer", id: "abc", progressDetail: { current: 5_000_000, total: 5_000_000 } },
      { stream: "Loaded image: oriel/nano:latest\n" },
    ]);
    expect(await collect(loadImage(served.client, archive(), { quiet: true }))).toHaveLength(1);
  });

  test.each([0, 3])("an archive that is refused after %i lines of progress throws its message", async (lines) => {
    await using served = await serve();
    served.engine.onLoad = async ({ onProgress }) => {
      for (let index = 0; index < lines; index += 1) onProgress?.({ status: `line ${index}` });
      throw Object.assign(new Error("the archive has no manifest.json"), { code: "InvalidArgument", op: "image.load" });
    };
    async function* archive(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 100; index += 1) yield Buffer.alloc(50_000);
    }
    const seen: unknown[] = [];
    const loading = (async () => {
      for await (const message of loadImage(served.client, archive())) seen.push(message);
    })();
    await expect(loading).rejects.toMatchObject({ name: "ClientError", message: "the archive has no manifest.json" });
    expect(seen).toHaveLength(lines);
  });

  test("events arrive while they are listened to, filtered", async () => {
    await using served = await serve();
    const controller = new AbortController();
    const stream = events(served.client, { filters: { type: ["container"] }, signal: controller.signal });
    const first = stream.next();
    await expect.poll(() => served.engine.listeners).toBe(1);
    served.engine.emit("image", "tag", "sha256:1");
    served.engine.emit("container", "start", "abc", { name: "x" });
    expect((await first).value).toMatchObject({ Type: "container", Action: "start", Actor: { ID: "abc" } });
    controller.abort();
    await expect(stream.next()).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => served.engine.listeners).toBe(0);
  });

  test("past events come first, and the stream ends at its time", async () => {
    await using served = await serve();
    const time = new Date("2026-01-02T03:04:05.678Z");
    served.engine.past.push({ type: "container", action: "start", actor: { id: "abc", attributes: {} }, time });
    expect((await collect(events(served.client, { since: time, until: time }))).map(({ Action }) => Action)).toEqual(["start"]);
    expect(await collect(events(served.client, { since: new Date(), until: new Date() }))).toEqual([]);
  });

  test("what a container uses comes again and again, until the container is removed or the loop is left", async () => {
    await using served = await serve();
    const id = await create(served.client, ["sleep"]);
    await served.client.POST("/containers/{id}/start", { params: { path: { id } } });
    for await (const { num_procs } of stats(served.client, id)) {
      expect(num_procs).toBe(2);
      break;
    }
    const samples = stats(served.client, id);
    await samples.next();
    await served.engine.containers.remove(id, { force: true });
    for await (const sample of samples) expect(sample.id).toBe(id);
    await expect(stats(served.client, "nope").next()).rejects.toMatchObject({ status: 404 });
  });
});
