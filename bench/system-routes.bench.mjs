// What `/version` and `/info` cost beside `/_ping`, which reads nothing: requests a second, and those a second of the daemon's
// processor time, over a few connections, in turns. Needs a build. Run: node bench/system-routes.bench.mjs [rounds] [path of main.js]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 9);
const program = process.argv[3] ?? fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));
const routes = ["/_ping", "/version", "/info"];
const connections = 4;
const requests = 1000;

const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-bench-"));
const socket = path.join(folder, "x.sock");
const daemon = spawn(process.execPath, [program, "daemon", "--root", path.join(folder, "root"), "--host", `unix://${socket}`], {
  stdio: "ignore",
});
const ended = once(daemon, "close");
try {
  while ((await connected().catch(() => undefined))?.destroy() === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  const results = new Map(routes.map((route) => [route, []]));
  for (const route of routes) await measure(route);
  for (let round = 0; round < rounds; round += 1) for (const route of routes) results.get(route).push(await measure(route));
  const [base] = routes.map((route) => medians(results.get(route)));
  for (const route of routes) {
    const { wall, processor } = medians(results.get(route));
    const ratio = (value, of) => `${(value / of).toFixed(2)} of /_ping`;
    console.log(
      `${route.padEnd(9)} ${wall.toFixed(0).padStart(6)} requests/s (${ratio(wall, base.wall)}), ` +
        `${processor.toFixed(0).padStart(6)} per second of processor time (${ratio(processor, base.processor)})`,
    );
  }
} finally {
  daemon.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true });
}

/** Requests a second: by the clock, and by the daemon's processor time. */
async function measure(route) {
  const [time, used] = [performance.now(), await processorTime()];
  await Promise.all(Array.from({ length: connections }, () => ask(route)));
  const count = requests * connections;
  return { wall: (count * 1000) / (performance.now() - time), processor: (count * 1000) / ((await processorTime()) - used) };
}

/** One request after another on one connection; all answers of a route have the same length, but for digits that change. */
async function ask(route) {
  const connection = await connected();
  let left = requests;
  let text = "";
  connection.setEncoding("latin1");
  const done = new Promise((resolve, reject) => {
    connection.once("error", reject);
    connection.on("data", (chunk) => {
      text += chunk;
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) return;
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head)) ?? [];
      if (!text.startsWith("HTTP/1.1 200") || length === undefined) reject(new Error(text));
      if (text.length < head + 4 + Number(length)) return;
      text = "";
      left -= 1;
      if (left === 0) resolve();
      else send();
    });
  });
  const send = () => connection.write(`GET ${route} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  send();
  await done;
  connection.destroy();
}

async function connected() {
  const connection = net.connect(socket);
  await once(connection, "connect");
  return connection;
}

/** Milliseconds that the daemon used so far; Linux counts hundredths of a second. */
async function processorTime() {
  const fields = (await readFile(`/proc/${daemon.pid}/stat`, "utf8")).split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function medians(samples) {
  const median = (name) => samples.map((sample) => sample[name]).toSorted((a, b) => a - b)[samples.length >> 1];
  return { wall: median("wall"), processor: median("processor") };
}
