// What `oriel --version` and `oriel ps` take beside a bare `node -e 0`, the floor, and beside the docker command line where there
// is one, a program in Go: commands in turns, the middle of several rounds. Needs a build.
// Run: node bench/cli-start.bench.mjs [rounds] [path of main.js]
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 15);
const program = process.argv[3] ?? fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));
const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-bench-"));
const socket = path.join(folder, "x.sock");
const host = `unix://${socket}`;
const node = process.execPath;
const daemon = spawn(node, [program, "daemon", "--root", path.join(folder, "root"), "--host", host], { stdio: "ignore" });
const ended = once(daemon, "close");
const commands = [
  ["node -e 0", [node, "-e", "0"]],
  ["oriel --version", [node, program, "--version"]],
  ["oriel ps", [node, program, "--host", host, "ps"]],
  ["docker --version", ["docker", "--version"]],
  ["docker ps", ["docker", "-H", host, "ps"]],
];
try {
  while (!existsSync(socket) && daemon.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
  const there = commands.filter(([, [command, ...words]]) => spawnSync(command, words, { stdio: "ignore" }).status === 0);
  const samples = new Map(there.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) for (const [name, words] of there) samples.get(name).push(time(words));
  const floor = median(samples.get("node -e 0"));
  for (const [name, times] of samples) {
    const middle = median(times);
    console.log(`${name.padEnd(17)} ${middle.toFixed(0).padStart(5)} ms   ${(middle / floor).toFixed(2)} of node -e 0`);
  }
} finally {
  daemon.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true });
}

/** Milliseconds by the clock. */
function time([command, ...words]) {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
