import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GatewayApp } from "../src/index.ts";
import { build } from "./serve.ts";

let app: GatewayApp;
let engine: FakeEngine;

beforeEach(async () => {
  ({ app, engine } = await build());
});
afterEach(async () => {
  await app.close();
});

async function create(body: Record<string, unknown> = {}, query = ""): Promise<string> {
  const answer = await app.inject({
    method: "POST",
    url: `/containers/create${query}`,
    payload: { Image: "oriel/nano", Cmd: ["echo", "hi"], ...body },
  });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().Id;
}

describe("versions", () => {
  test.each(["/v1.50/version", "/v1.24/version", "/version"])("%s is answered", async (url) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json().ApiVersion]).toEqual([200, "1.50"]);
  });

  test.each([
    ["/v1.99/version", "client version 1.99 is too new. Maximum supported API version is 1.50"],
    ["/v2.0/version", "client version 2.0 is too new. Maximum supported API version is 1.50"],
    ["/v1.23/info", "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"],
  ])("%s is refused", async (url, message) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json()]).toEqual([400, { message }]);
  });

  test("every answer says what is spoken, errors included", async () => {
    for (const url of ["/version", "/nothing", "/v1.99/version", "/containers/nope/json"]) {
      const { headers } = await app.inject(url);
      expect(headers, url).toMatchObject({
        "api-version": "1.50",
        "docker-experimental": "false",
        ostype: "windows",
        server: "Docker/1.50 Oriel/1.2.3 (windows)",
        "content-type": "application/json",
      });
    }
  });

  test("a ping is answered in plain text, and without a body for HEAD", async () => {
    const get = await app.inject("/_ping");
    const head = await app.inject({ method: "HEAD", url: "/_ping" });
    expect([get.statusCode, get.body, get.headers["content-type"]]).toEqual([200, "OK", "text/plain; charset=utf-8"]);
    expect([head.statusCode, head.body, head.headers["api-version"]]).toEqual([200, "", "1.50"]);
  });
});

describe("what is refused", () => {
  test("an unknown route is 404 in Docker's words", async () => {
    for (const url of ["/nothing", "/v1.50/nothing", "/containers/a/b/c", "/%zz"]) {
      const answer = await app.inject(url);
      expect(answer.json().message, url).toBe(url === "/%zz" ? "'/%zz' is not a valid url component" : "page not found");
    }
  });

  test.each([
    [{ Image: 5 }, "invalid parameter: Image must be string"],
    [{ HostConfig: { Memory: "1g" } }, "invalid parameter: HostConfig.Memory must be integer"],
    [{ HostConfig: { Isolation: 5 } }, "invalid parameter: HostConfig.Isolation must be string"],
    [{ Env: "A=1" }, "invalid parameter: Env must be array"],
    [{ Tty: "yes" }, "invalid parameter: Tty must be boolean"],
    [{ Image: undefined }, "no image was given: the body must have Image"],
    [{ HostConfig: { MemorySwappiness: 10 } }, "invalid option: Windows does not support MemorySwappiness"],
    [{ HostConfig: { CpuPeriod: 100 } }, "invalid option: Windows does not support CPUPeriod"],
    [{ HostConfig: { CpusetCpus: "0" } }, "invalid option: Windows does not support CpusetCpus"],
    [{ HostConfig: { Ulimits: [{ Name: "nofile" }] } }, "invalid option: Windows does not support Ulimits"],
  ])("a create request with %j", async (body, message) => {
    const answer = await app.inject({ method: "POST", url: "/containers/create", payload: { Image: "oriel/nano", ...body } });
    expect([answer.statusCode, answer.json()]).toEqual([400, { message }]);
    expect(engine.created).toEqual([]);
  });

  test.each([
    ["{", 400],
    ["[]", 400],
    ["", 400],
    [`{"Image":"${"x".repeat(5_000_000)}"}`, 413],
  ])("a body that is %.20j", async (payload, status) => {
    const answer = await app.inject({
      method: "POST",
      url: "/containers/create",
      headers: { "content-type": "application/json" },
      payload,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().message).toEqual(expect.any(String));
  });

  test("a body that is no JSON", async () => {
    const answer = await app.inject({ method: "POST", url: "/containers/create", headers: { "content-type": "text/plain" }, payload: "x" });
    expect([answer.statusCode, answer.json()]).toEqual([400, { message: "the request's Content-Type must be 'application/json'" }]);
  });

  test.each([
    ["/containers/json?limit=many", "invalid parameter: limit must be integer"],
    ["/containers/json?filters=%7B", "invalid filter: { is no JSON object of lists of texts"],
    ["/containers/json?filters=%7B%22a%22:%5B1%5D%7D", 'invalid filter: {"a":[1]} is no JSON object of lists of texts'],
    ["/images/json?filters=%7B%22x%22:%5B%22y%22%5D%7D", "invalid filter 'x'"],
    [
      "/events?until=soon",
      'invalid value for "until": failed to parse value as time or duration: "soon". Give seconds since 1970, a time such as 2026-01-02T15:04:05Z, or a duration such as 1h30m',
    ],
  ])("%s", async (url, message) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json()]).toEqual([400, { message }]);
  });

  test("requests of web pages, and names that do not mean this machine", async () => {
    const page = await app.inject({ url: "/version", headers: { origin: "http://evil.example" } });
    expect([page.statusCode, page.json().message]).toEqual([403, "requests from the web page http://evil.example are refused"]);
    const rebound = await app.inject({ url: "/version", headers: { host: "evil.example:2375" } });
    expect([rebound.statusCode, rebound.json().message]).toEqual([
      403,
      "requests for the host evil.example:2375 are refused: use localhost or a loopback address",
    ]);
    for (const host of ["localhost:2375", "127.0.0.1:2375", "[::1]:2375", "api.moby.localhost"]) {
      const own = await app.inject({ url: "/version", headers: { host, origin: `http://${host}` } });
      expect(own.statusCode, host).toBe(200);
    }
  });

  test("a pull, with what to do instead", async () => {
    const answer = await app.inject({ method: "POST", url: "/images/create?fromImage=docker.io%2Flibrary%2Fnosuch&tag=1" });
    const message =
      "pulling and importing images is not available in this version of Oriel: nosuch:1. Load it from an archive: docker load -i FILE.";
    expect([answer.statusCode, answer.json()]).toEqual([501, { message }]);
  });

  test("an import, before a look at its archive", async () => {
    const headers = { "content-type": "text/plain" };
    const answer = await app.inject({ method: "POST", url: "/images/create?fromSrc=-&repo=app", payload: "\0tar", headers });
    expect([answer.statusCode, answer.json().message]).toEqual([501, expect.stringContaining("not available in this version of Oriel")]);
  });

  test("an error that nobody foresaw is 500 and ends nothing", async () => {
    engine.onInfo = () => Promise.reject(new Error("boom"));
    const failed = await app.inject("/info");
    expect([failed.statusCode, failed.json()]).toEqual([500, { message: "internal error: boom" }]);
    engine.onInfo = undefined;
    expect((await app.inject("/info")).statusCode).toBe(200);
  });

  test("a request that is not answered within its deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const ask = async () => await app.inject("/info");
      let answer: ReturnType<typeof ask> | undefined;
      await new Promise<void>((entered) => {
        engine.onInfo = () => {
          entered();
          return new Promise(() => {});
        };
        answer = ask();
      });
      await vi.advanceTimersByTimeAsync(61_000);
      const { statusCode, body = "" } = (await answer) ?? {};
      expect([statusCode, JSON.parse(body)]).toEqual([
        504,
        { message: "the request was not finished within 60 seconds; what it began may still go on" },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("containers", () => {
  test("a body of docker's is taken over: fields that can be done or shown only, null meaning not given", async () => {
    await create(
      {
        Cmd: "one text",
        Env: null,
        Entrypoint: null,
        Labels: { a: "b" },
        AttachStdout: true,
        NetworkingConfig: { EndpointsConfig: {} },
        HostConfig: {
          AutoRemove: true,
          Binds: null,
          MemorySwappiness: -1,
          PidsLimit: 0,
          CgroupParent: "",
          Ulimits: [],
          ConsoleSize: [24, 80],
          OomScoreAdj: 0,
        },
      },
      "?name=web",
    );
    expect(engine.created).toEqual([
      {
        name: "web",
        config: { Image: "oriel/nano", Cmd: ["one text"], Labels: { a: "b" }, AttachStdout: true },
        // What has no effect is kept as it was given, so that inspect shows it.
        hostConfig: { AutoRemove: true, ConsoleSize: [24, 80], OomScoreAdj: 0 },
      },
    ]);
  });

  test("a name in use is 409, an unknown image 404", async () => {
    await create({}, "?name=web");
    const taken = await app.inject({ method: "POST", url: "/containers/create?name=web", payload: { Image: "oriel/nano" } });
    expect([taken.statusCode, taken.json().message]).toEqual([409, expect.stringContaining('The container name "/web" is already in use')]);
    const missing = await app.inject({ method: "POST", url: "/containers/create", payload: { Image: "nosuch:1" } });
    expect([missing.statusCode, missing.json()]).toEqual([404, { message: "No such image: nosuch:1" }]);
  });

  test("docker's empty bodies are taken whatever their type is", async () => {
    const id = await create({ Cmd: ["sleep"] });
    for (const [type, status] of [
      ["text/plain", 204],
      ["application/json", 304],
      ["application/octet-stream", 304],
    ] as const) {
      const answer = await app.inject({ method: "POST", url: `/containers/${id}/start`, headers: { "content-type": type }, payload: "" });
      expect([answer.statusCode, answer.body], type).toEqual([status, ""]);
    }
  });

  test("a program that is not there makes a start 400, with the words that docker goes by", async () => {
    const id = await create({ Cmd: ["nosuch.exe"] });
    const answer = await app.inject({ method: "POST", url: `/containers/${id}/start` });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toContain(
      "nosuch.exe: failure in a Windows system call: The system cannot find the file specified. (0x2)",
    );
  });

  test("stop, kill, rename and remove answer with Docker's statuses", async () => {
    const id = await create({ Cmd: ["sleep"] }, "?name=web");
    const post = async (path: string) => (await app.inject({ method: "POST", url: `/containers/${path}` })).statusCode;
    expect(await post("web/kill")).toBe(409);
    expect(await post("web/stop")).toBe(304);
    expect(await post("web/start")).toBe(204);
    expect((await app.inject({ method: "DELETE", url: "/containers/web" })).statusCode).toBe(409);
    expect(await post("web/resize?h=25&w=80")).toBe(200);
    expect(await post("web/resize?h=0&w=0")).toBe(200);
    expect(await post("web/resize?h=25")).toBe(400);
    expect(await post("web/stop?t=1")).toBe(204);
    expect(await post("web/rename?name=other")).toBe(204);
    expect(await post("web/stop")).toBe(404);
    expect(engine.sizes(id)).toEqual([{ height: 25, width: 80 }]);
    expect((await app.inject({ method: "DELETE", url: "/containers/other?force=1&v=1" })).statusCode).toBe(204);
    expect((await app.inject({ method: "DELETE", url: "/containers/other" })).statusCode).toBe(404);
  });

  test("list and inspect have Docker's shapes", async () => {
    const id = await create({ HostConfig: { NetworkMode: "none" }, Labels: { a: "b" } }, "?name=web");
    const [summary] = (await app.inject("/containers/json?all=1")).json();
    expect(summary).toMatchObject({
      Id: id,
      Names: ["/web"],
      Image: "oriel/nano",
      Command: "echo hi",
      Created: 1_767_323_045,
      State: "created",
      Status: "Created",
      Labels: { a: "b" },
      HostConfig: { NetworkMode: "none" },
    });
    const inspected = (await app.inject("/containers/web/json")).json();
    expect(inspected).toMatchObject({
      Id: id,
      Name: "/web",
      Platform: "windows",
      Path: "echo",
      Args: ["hi"],
      State: { Status: "created", Running: false, ExitCode: 0, StartedAt: "0001-01-01T00:00:00Z", FinishedAt: "0001-01-01T00:00:00Z" },
      Config: { Image: "oriel/nano", Cmd: ["echo", "hi"], Tty: false, Entrypoint: null },
      HostConfig: { NetworkMode: "none", Isolation: "process", RestartPolicy: { Name: "no" } },
      GraphDriver: { Name: "windowsfilter" },
    });
    expect((await app.inject(`/containers/json?all=1&filters=${encodeURIComponent('{"name":{"web":true}}')}`)).json()).toHaveLength(1);
    expect((await app.inject("/containers/json")).json()).toEqual([]);
  });

  test("prune answers the ids", async () => {
    const id = await create();
    const answer = await app.inject({ method: "POST", url: "/containers/prune" });
    expect(answer.json()).toEqual({ ContainersDeleted: [id], SpaceReclaimed: 0 });
  });
});

describe("images", () => {
  test.each(["oriel/nano", "oriel%2Fnano", "oriel/nano:latest"])("%s is found", async (name) => {
    const answer = await app.inject(`/v1.50/images/${name}/json`);
    expect(answer.json()).toMatchObject({
      RepoTags: ["oriel/nano:latest"],
      Os: "windows",
      OsVersion: "10.0.20348.2113",
      GraphDriver: { Name: "windowsfilter" },
    });
  });

  test("an image is tagged, listed by its name and removed", async () => {
    const tagged = await app.inject({ method: "POST", url: "/images/oriel/nano/tag?repo=team/deep/app&tag=2" });
    expect(tagged.statusCode).toBe(201);
    const list = async (filters: object) =>
      (await app.inject(`/images/json?filters=${encodeURIComponent(JSON.stringify(filters))}`)).json();
    expect((await list({ reference: { "team/deep/app": true } }))[0].RepoTags).toEqual(["team/deep/app:2"]);
    expect(await list({ reference: ["team/*/app:?"] })).toHaveLength(1);
    expect(await list({ reference: ["team/*"] })).toHaveLength(0);
    expect(await list({ label: ["role=base"] })).toHaveLength(1);
    expect(await list({ dangling: ["true"] })).toHaveLength(0);
    const removed = await app.inject({ method: "DELETE", url: "/images/team/deep/app:2" });
    expect(removed.json()).toEqual([
      { Untagged: "oriel/nano:latest" },
      { Untagged: "team/deep/app:2" },
      { Deleted: expect.stringMatching(/^sha256:/) },
    ]);
    expect((await app.inject("/images/team/deep/app:2/json")).json()).toEqual({ message: "No such image: team/deep/app:2" });
  });
});
