import type { FakeEngine } from "@oriel/engine-testkit";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeGateway, type GatewayApp } from "../src/index.ts";
import { build } from "./serve.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

let app: GatewayApp;
let engine: FakeEngine;
let document: Document;

beforeAll(async () => {
  ({ app, engine } = await build());
  document = (await app.inject("/openapi.json")).json();
});
afterAll(async () => {
  await app.close();
});

/** `GET /containers/{id}/json` of each route, from the tree that Fastify prints. */
function servedRoutes(): string[] {
  const routes: string[] = [];
  const above: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split("\n")) {
    const [, indent = "", path = "", methods = ""] = /^((?:[│ ] {3})*)[├└]── (\S*) \(([A-Z, ]+)\)$/.exec(line) ?? [];
    if (path === "") continue;
    const depth = indent.length / 4;
    above.splice(depth, above.length, path);
    const url = above.join("").replaceAll(/:(\w+)/g, "{$1}");
    routes.push(...methods.split(", ").map((method) => `${method} ${url}`));
  }
  return routes.filter((route) => !/ \/docs/.test(route)).sort();
}

test("the document names exactly the routes that are served, the documentation's own pages aside", () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(servedRoutes());
  expect(described).toContain("POST /containers/{id}/attach");
  expect(described).toContain("HEAD /_ping");
  expect(described.length).toBeGreaterThan(25);
});

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate({ ...structuredClone(document) });
  expect(result.errors).toBeUndefined();
  expect([result.valid, validator.version]).toEqual([true, "3.1"]);
});

test("its schemas are valid JSON Schema, and every reference leads somewhere", () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "document");
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = ""]) => pointer);
  expect(references.length).toBeGreaterThan(10);
  for (const pointer of new Set(references)) expect(() => ajv.compile({ $ref: `document#${pointer}` })).not.toThrow();
});

test("every operation has an id of its own", () => {
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).not.toContain(undefined);
});

test("it is the same without an engine", async () => {
  expect(await describeGateway("1.2.3")).toEqual(document);
});

describe("answers keep to the document, with nothing left over", () => {
  const id = "0".repeat(64);
  let exec: string;

  /** As `id`, with every schema closed: an answer's fields that the document does not name are faults, too. */
  function check(path: string, method: string, status: number, answer: unknown): void {
    const closed = JSON.parse(JSON.stringify(document), (_key, value) =>
      typeof value === "object" &&
      value !== null &&
      value.properties !== undefined &&
      value.additionalProperties === undefined &&
      Object.keys(value.properties).length > 0
        ? { ...value, additionalProperties: false }
        : value,
    );
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(closed, "document");
    const pointer = ["paths", path, method, "responses", String(status), "content", "application/json", "schema"];
    const validate = ajv.compile({
      $ref: `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`,
    });
    expect(validate(answer), `${path}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }

  beforeAll(async () => {
    await engine.containers.create({ name: "web", config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} });
    await engine.containers.start("web");
    await engine.containers.create({ name: "idle", config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} });
    exec = (await engine.execs.create("web", { Cmd: ["echo", "x"] })).id;
  });

  test.each([
    ["get", "/version", "/version"],
    ["get", "/info", "/info"],
    ["get", "/containers/json", "/containers/json"],
    ["get", "/containers/{id}/json", "/containers/web/json"],
    ["get", "/images/json", "/images/json"],
    ["get", "/containers/{id}/changes", "/containers/idle/changes"],
    ["get", "/containers/json", "/containers/json?size=1&all=1"],
    ["get", "/containers/{id}/json", "/containers/web/json?size=1"],
    ["get", "/images/{name}/history", "/images/oriel/nano/history"],
    ["get", "/system/df", "/system/df"],
    ["get", "/system/df", "/system/df?type=image&type=volume"],
    ["get", "/images/{name}/json", "/images/oriel/nano/json"],
  ] as const)("%s %s", async (method, path, url) => {
    const answer = await app.inject({ method, url });
    expect(answer.statusCode).toBe(200);
    check(path, method, 200, answer.json());
  });

  test("get /exec/{id}/json", async () => {
    check("/exec/{id}/json", "get", 200, (await app.inject(`/exec/${exec}/json`)).json());
  });

  test("errors", async () => {
    const answer = await app.inject(`/containers/${id}/json`);
    check("/containers/{id}/json", "get", 404, answer.json());
  });
});

describe("the documentation page", () => {
  test("names nothing outside of this host", async () => {
    const page = await app.inject("/docs/");
    expect(page.statusCode).toBe(200);
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = ""]) => url);
    expect(assets.length).toBeGreaterThan(4);
    for (const asset of assets) {
      expect(asset).toMatch(/^\.\/static\//);
      expect((await app.inject(`/docs/${asset.slice(2)}`)).statusCode, asset).toBe(200);
    }
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    const settings = (await app.inject("/docs/static/swagger-initializer.js")).body;
    expect(settings).toContain('"validatorUrl":null');
    expect((await app.inject("/docs/json")).json()).toEqual(document);
  });
});
