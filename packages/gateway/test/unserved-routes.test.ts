import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unservedRoutes } from "../src/http/unserved-routes.ts";
import type { GatewayApp } from "../src/index.ts";
import { build, serve } from "./serve.ts";

/** Docker's own definition of its API in YAML, to be compared with; the project has no copy of it. */
const definition = process.env.ORIEL_DOCKER_API_DEFINITION;

let app: GatewayApp;
beforeAll(async () => {
  ({ app } = await build());
});
afterAll(async () => {
  await app.close();
});

function request(route: string, prefix = ""): { method: "GET"; url: string } {
  const [method = "", path = ""] = route.split(" ");
  return { method: method as "GET", url: prefix + path.replace("{name}", "registry.example:5000/team/app").replace("{id}", "some-id") };
}

describe("a route of the Docker API that is not there yet", () => {
  test.each(unservedRoutes)("%s returns 501 with a sentence, with a version and without, whatever its body", async (route) => {
    for (const prefix of ["", "/v1.50", "/v1.24"]) {
      const { method, url } = request(route, prefix);
      const payload = method === "GET" ? {} : { payload: "\0tar", headers: { "content-type": "application/x-tar" } };
      const answer = await app.inject({ method, url: `${url}?a=b`, ...payload });
      expect(answer.statusCode, prefix).toBe(501);
      if (route.startsWith("HEAD")) continue;
      expect(answer.json().message).toMatch(/^[A-Z]+ \/\S+ is not available: (this version of )?Oriel .{10,}$/);
      expect(answer.json().message).not.toContain("?");
    }
  });

  test.each(unservedRoutes)("%s has no handler by now", (route) => {
    const [method = "", path = ""] = route.split(" ");
    expect(app.hasRoute({ method: method as "GET", url: path.replaceAll(/\{(\w+)\}/g, ":$1") })).toBe(false);
  });

  test("is answered before the body has come", async () => {
    await using served = await serve();
    const socket = served.connect(
      "POST /v1.50/build?t=app HTTP/1.1\nHost: localhost\nContent-Type: application/x-tar\nContent-Length: 1000000\n\n",
    );
    const [head] = (await socket.take(1).toArray()) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 501 /);
    socket.destroy();
  });
});

describe("a path that is none of the Docker API's", () => {
  test.each(["/nothing", "/containers/a/b/c", "/networks/a/b/c", "/networks//", "/volumes/", "/build/x"])(
    "%s is not found, whatever its body",
    async (url) => {
      const answer = await app.inject({ method: "POST", url, payload: "\0tar", headers: { "content-type": "application/x-tar" } });
      expect([answer.statusCode, answer.json()]).toEqual([404, { message: "page not found" }]);
    },
  );
});

// Without the file the table of routes is compared with nothing but itself.
if (definition !== undefined) {
  test("every route of Docker's definition is served or known", async () => {
    const routes = routesOf(await readFile(definition, "utf8"));
    expect(routes.length).toBeGreaterThan(100);
    const unknown = routes.filter((route) => {
      const [method = "", path = ""] = route.split(" ");
      return !unservedRoutes.includes(route) && !app.hasRoute({ method: method as "GET", url: path.replaceAll(/\{(\w+)\}/g, ":$1") });
    });
    expect(unknown).toEqual([]);
  });
}

function routesOf(text: string): string[] {
  const routes: string[] = [];
  let path = "";
  for (const line of text.slice(text.indexOf("\npaths:")).split("\n")) {
    path = /^ {2}"?(\/[^":]*)"?:\s*$/.exec(line)?.[1] ?? path;
    const method = /^ {4}(get|post|put|delete|head):\s*$/.exec(line)?.[1];
    if (method !== undefined) routes.push(`${method.toUpperCase()} ${path}`);
  }
  return routes;
}
