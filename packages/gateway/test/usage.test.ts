import type { FakeEngine } from "@oriel/engine-testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayApp } from "../src/index.ts";
import { build, serve } from "./serve.ts";
import { readHead } from "./wire.ts";

let app: GatewayApp;
let engine: FakeEngine;

beforeAll(async () => {
  ({ app, engine } = await build());
  const sleeping = { Image: "oriel/nano", Cmd: ["sleep"] };
  await engine.containers.create({ name: "web", config: sleeping, hostConfig: {} });
  await engine.containers.create({ name: "vm", config: sleeping, hostConfig: { Isolation: "hyperv" } });
  await engine.containers.create({ name: "still", config: sleeping, hostConfig: {} });
  await engine.containers.start("web");
  await engine.containers.start("vm");
});
afterAll(async () => {
  for (const name of ["web", "vm"]) await engine.containers.remove(name, { force: true });
  await app.close();
});

async function call(method: "GET" | "POST", url: string, payload?: object) {
  const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? "" : answer.json() };
}

describe("pause", () => {
  test("holds a container, and unpause lets it go on; its state shows in list and inspect", async () => {
    expect(await call("POST", "/containers/vm/pause")).toEqual({ status: 204, body: "" });
    expect((await call("GET", "/containers/vm/json")).body.State).toMatchObject({ Status: "paused", Paused: true, Running: true });
    const { body } = await call("GET", '/containers/json?all=1&filters={"name":["vm"]}');
    expect(body[0]).toMatchObject({ State: "paused", Status: expect.stringMatching(/^Up .* \(Paused\)$/) });
    expect((await call("POST", "/containers/vm/unpause")).status).toBe(204);
    expect((await call("POST", "/containers/vm/unpause")).status).toBe(409);
  });

  test("of a process-isolated container is refused with dockerd's message alone", async () => {
    const { id } = await engine.containers.inspect("web");
    expect(await call("POST", "/containers/web/pause")).toEqual({
      status: 501,
      body: { message: `cannot pause container ${id}: not implemented` },
    });
  });
});

describe("top", () => {
  test("is a table like dockerd's for Windows", async () => {
    expect(await call("GET", "/containers/web/top")).toEqual({
      status: 200,
      body: {
        Titles: ["Name", "PID", "CPU", "Private Working Set"],
        Processes: [
          ["cmd.exe", "1234", "01:01:02.345", "1.196MB"],
          ["ping.exe", "1300", "00:00:00.001", "512B"],
        ],
      },
    });
  });

  test("takes no arguments of ps, and no container that does not run", async () => {
    expect(await call("GET", "/containers/web/top?ps_args=-ef")).toEqual({
      status: 400,
      body: { message: "Windows does not support arguments to top" },
    });
    expect((await call("GET", "/containers/still/top")).status).toBe(409);
    expect((await call("GET", "/containers/nosuch/top")).status).toBe(404);
  });
});

const never = "0001-01-01T00:00:00Z";

describe("stats", () => {
  test("once are those of Windows, with the sample before", async () => {
    const { status, body } = await call("GET", "/containers/web/stats?stream=0");
    expect(status).toBe(200);
    expect(body).toEqual({
      id: (await engine.containers.inspect("web")).id,
      name: "/web",
      read: "2026-01-02T03:04:06.000Z",
      preread: "2026-01-02T03:04:05.000Z",
      num_procs: 2,
      cpu_stats: {
        cpu_usage: { total_usage: 12_500_000, usage_in_kernelmode: 2_000_000, usage_in_usermode: 8_000_000 },
        throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
      },
      precpu_stats: {
        cpu_usage: { total_usage: 10_000_000, usage_in_kernelmode: 2_000_000, usage_in_usermode: 8_000_000 },
        throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
      },
      memory_stats: { commitbytes: 3_000_000, commitpeakbytes: 4_000_000, privateworkingset: 2_621_440 },
      storage_stats: { read_count_normalized: 7, read_size_bytes: 1_500_000, write_count_normalized: 3, write_size_bytes: 4096 },
      networks: {
        e1: {
          rx_bytes: 1200,
          rx_packets: 10,
          rx_errors: 0,
          rx_dropped: 1,
          tx_bytes: 340,
          tx_packets: 5,
          tx_errors: 0,
          tx_dropped: 0,
        },
      },
      pids_stats: {},
      blkio_stats: expect.objectContaining({ io_serviced_recursive: null }),
    });
  });

  test("with one-shot are a single sample, and go with no stream", async () => {
    const { body } = await call("GET", "/containers/web/stats?stream=false&one-shot=true");
    expect([body.read, body.preread]).toEqual(["2026-01-02T03:04:05.000Z", never]);
    expect(await call("GET", "/containers/web/stats?one-shot=1")).toEqual({
      status: 400,
      body: { message: "cannot have stream=true and one-shot=true" },
    });
  });

  test("of a container that does not run are empty", async () => {
    const { status, body } = await call("GET", "/containers/still/stats?stream=false");
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: "/still", read: never, num_procs: 0, memory_stats: {}, storage_stats: {} });
    expect(body.networks).toBeUndefined();
    expect((await call("GET", "/containers/nosuch/stats")).status).toBe(404);
  });

  test("stream until the client goes, each sample with the one before", async () => {
    await using served = await serve();
    const { id } = await served.engine.containers.create({ name: "web", config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} });
    await served.engine.containers.start(id);
    const socket = served.connect("GET /containers/web/stats HTTP/1.0\n\n");
    const { status, headers, rest } = await readHead(socket);
    expect([status, headers["content-type"]]).toEqual(["HTTP/1.1 200 OK", "application/json"]);
    let text = rest.toString();
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString();
      if (text.split("\n").length > 3) break;
    }
    const samples = text
      .split("\n")
      .slice(0, 3)
      .map((line) => JSON.parse(line));
    expect(samples.map(({ preread }) => preread)).toEqual([never, samples[0].read, samples[1].read]);
    await served.engine.containers.remove(id, { force: true });
  });
});

describe("update", () => {
  test("hands on what was given; what is 0 or empty, as docker fills in, was not", async () => {
    const zeros = { CpuShares: 0, Memory: 0, NanoCpus: 0, PidsLimit: null, Ulimits: null, BlkioWeight: 0 };
    const answer = await call("POST", "/containers/web/update", { ...zeros, RestartPolicy: { Name: "always", MaximumRetryCount: 0 } });
    expect(answer).toEqual({ status: 200, body: { Warnings: ["careful"] } });
    expect(engine.updated.at(-1)).toEqual({
      limits: { CpuShares: 0, Memory: 0, NanoCpus: 0 },
      restartPolicy: { Name: "always", MaximumRetryCount: 0 },
    });
    await call("POST", "/containers/web/update", { Memory: 67_108_864, RestartPolicy: { Name: "" } });
    expect(engine.updated.at(-1)).toEqual({ limits: { Memory: 67_108_864 } });
  });

  test("refuses Linux's limits, and what is malformed", async () => {
    expect(await call("POST", "/containers/web/update", { CpusetCpus: "0" })).toEqual({
      status: 400,
      body: { message: "invalid option: Windows does not support CpusetCpus" },
    });
    expect((await call("POST", "/containers/web/update", { Memory: "much" })).status).toBe(400);
    expect((await call("POST", "/containers/web/update", { RestartPolicy: { Name: 5 } })).status).toBe(400);
    expect((await call("POST", "/containers/nosuch/update", {})).status).toBe(404);
  });
});
