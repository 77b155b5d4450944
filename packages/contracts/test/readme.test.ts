import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { plugin } from "../examples/plugin.ts";
import { type OrielConfig, silentLogger } from "../src/index.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

it("the first example of the README is examples/plugin.ts, and works", async () => {
  const [, block] = /```ts\n(.*?)```/s.exec(await read("../README.md")) ?? [];
  expect(block).toBe(await read("../examples/plugin.ts"));
  const { greeter } = plugin.create({ logger: silentLogger }, { root: "/var/lib/oriel" } as OrielConfig);
  expect(greeter.greet("you")).toBe("hello, you, from /var/lib/oriel");
  expect(() => greeter.greet("")).toThrow("a greeting needs a name");
});

it("the README names only what the package exports", async () => {
  const exported = Object.keys(await import("../src/index.ts"));
  const cells = [...(await read("../README.md")).matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z]\w+|\w+(?:Error|Queue|Leases|Stack))`/g)].map(([, name = ""]) => name));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !exported.includes(name))).toEqual([]);
});
