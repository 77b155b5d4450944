import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { oriel } from "../src/daemon.ts";

/** Prints, as the last line of the error output, what Node.js had loaded when the program ended. */
const spy = `
  import { registerHooks } from "node:module";
  const files = [];
  registerHooks({ load: (url, context, next) => { if (url.startsWith("file:")) files.push(url); return next(url, context); } });
  process.on("exit", () => console.error(JSON.stringify({ files, builtin: process.moduleLoadList })));
`;
const env = { ...process.env, NODE_OPTIONS: `--no-warnings --import data:text/javascript,${encodeURIComponent(spy)}` };

let folder: string;
const server = createServer((_request, response) => response.setHeader("content-type", "application/json").end("[]"));
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-cli-start-"));
  await new Promise<void>((resolve) => server.listen(path.join(folder, "x.sock"), resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

test.each([
  ["--version", /^\d+\.\d+\.\d+\n$/],
  ["ps", /^CONTAINER ID/],
])("oriel %s loads one file of its own, and nothing of Node.js's fetch", async (command, output) => {
  const host = `unix://${path.join(folder, "x.sock")}`;
  const { stdout, stderr } = await promisify(execFile)(oriel, ["--host", host, command], { env });
  expect(stdout).toMatch(output);
  const { files, builtin } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as { files: string[]; builtin: string[] };
  expect(files.map((url) => path.basename(url))).toEqual(["main.js"]);
  expect(builtin.filter((name) => /undici|sqlite/.test(name))).toEqual([]);
});
