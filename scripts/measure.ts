// Measures what the README tells of speed and size, on the machine that runs it, and writes it to docs/figures.json:
// `pnpm build && pnpm measure`. `pnpm generate` puts the figures into the README.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Figures } from "./figures.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const cli = path.join(root, "apps/cli/dist/main.js");
const runs = 11;

const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-measure-"));
const socket = path.join(folder, "x.sock");
const oriel = (...words: string[]) => promisify(execFile)(process.execPath, [cli, "--host", `unix://${socket}`, ...words]);
const hello = ["run", "--rm", "oriel/nano", "cmd", "/c", "exit"] as const;

const began = performance.now();
const daemon = spawn(process.execPath, [cli, "daemon", "--root", path.join(folder, "root"), "--host", `unix://${socket}`], {
  stdio: "ignore",
});
const ended = new Promise((resolve) => daemon.once("close", resolve));
try {
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 5));
  const daemonStart = performance.now() - began;
  const nano = await timed(() => oriel("image", "build-base"));
  const first = await timed(() => oriel(...hello));
  const next: number[] = [];
  for (let run = 0; run < runs; run++) next.push(await timed(() => oriel(...hello)));
  const client = await timed(() => oriel("ps"));
  const { stdout } = await oriel("inspect", "oriel/nano");
  const [image] = JSON.parse(stdout) as [{ Size: number }];
  const figures: Figures = {
    machine: `${os.cpus().length} processors (${os.cpus()[0]?.model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`,
    seconds: { daemonStart, nano, first, next: median(next), client },
    runs,
    imageBytes: image.Size,
  };
  await writeFile(path.join(root, "docs/figures.json"), `${JSON.stringify(figures, roundSeconds, 2)}\n`);
  console.log(figures);
} finally {
  daemon.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true, force: true });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Milliseconds become seconds with two digits. */
function roundSeconds(name: string, value: unknown): unknown {
  const isTime = ["daemonStart", "nano", "first", "next", "client"].includes(name);
  return isTime && typeof value === "number" ? Math.round(value / 10) / 100 : value;
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: "/_ping" }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode === 200));
    });
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
