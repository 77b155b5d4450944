// What followers of a container's log cost the daemon: time of its only thread, the longest ping meanwhile, and memory. The floor is a
// bare node:http server that writes the same bytes to as many clients, in one piece each for a log that is there, and gathered over 70 ms
// for one that grows. Run: node --conditions=oriel-source bench/log-followers.bench.mjs [followers] [lines]
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { testEngine } from "../packages/engine/test/test-engine.ts";
import { buildGateway, listen } from "../packages/gateway/src/index.ts";

const followers = Number(process.argv[2] ?? 200);
const lines = Number(process.argv[3] ?? 3000);
const text = (index) => `line ${index} of what the container has to say\r\n`;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const test = await testEngine({
  program:
    () =>
    async ({ stdout, stdin }) => {
      await once(stdin, "data");
      for (let index = 0; index < lines; index += 1) {
        await stdout(text(index));
        if (index % 2 === 0) await sleep(1);
      }
      return 0;
    },
});
const gateway = await buildGateway({ engine: test.engine, logger: silent, version: "0" });
const socketPath = path.join(test.root, "x.sock");
const listening = await listen(gateway, [`unix://${socketPath}`]);

const { id } = await test.engine.containers.create({
  config: { Image: "oriel/nano", OpenStdin: true, AttachStdin: true },
  hostConfig: {},
});
const attached = await test.engine.containers.attach(id, { stdin: true, stdout: false, stderr: false, logs: false, stream: true });
await test.engine.containers.start(id);
const logs = `/containers/${id}/logs?stdout=1&stderr=1`;
const live = await measure(socketPath, `${logs}&follow=1`, followers, () => void attached.stdin.write("go\n"));
const one = await measure(socketPath, logs, 1);
const history = await measure(socketPath, logs, followers);

const floorPath = path.join(test.root, "floor.sock");
const body = Buffer.concat(Array.from({ length: lines }, (_, index) => Buffer.from(`12345678${text(index)}`)));
const waiting = new Set();
const floorServer = createServer((request, response) => {
  if (request.url === "/_ping") response.end("OK");
  else if (request.url === "/history") response.end(body);
  else {
    response.flushHeaders();
    waiting.add(response);
  }
}).listen(floorPath);
const floorLive = await measure(floorPath, "/live", followers, async () => {
  const pieces = Math.ceil((lines * 0.6) / 70);
  for (let piece = 0; piece < pieces; piece += 1) {
    const bytes = body.subarray(Math.floor((piece * body.length) / pieces), Math.floor(((piece + 1) * body.length) / pieces));
    for (const response of waiting) response.write(bytes);
    await sleep(70);
  }
  for (const response of waiting) response.end();
});
const floorHistory = await measure(floorPath, "/history", followers);

console.log(`${followers} followers, ${lines} lines`);
row("a log that is there, one reader", one);
row("a log that is there", history, floorHistory);
row("a log that grows", live, floorLive);
floorServer.close();
await listening.close();
await test.dispose();

/** Of this process, while others follow. `begin` is called once all of them have their headers. */
async function measure(socketPath, target, count, begin = () => {}) {
  const clients = fork(new URL("./log-followers/clients.mjs", import.meta.url), [socketPath, target, String(count)]);
  await once(clients, "message");
  let peak = 0;
  const before = process.memoryUsage().rss;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  }, 50);
  const start = process.threadCpuUsage();
  clients.send("go");
  if (begin.length === 0 && target.match(/follow|live/)) await once(clients, "message");
  await begin();
  const [result] = await once(clients, "message");
  const { user, system } = process.threadCpuUsage(start);
  const active = (user + system) / 1000;
  clearInterval(watching);
  await once(clients, "exit");
  return { active, peak, ...result };
}

function row(name, ours, floor) {
  const show = ({ active, ping, peak }) => `thread ${ms(active)}, longest ping ${ms(ping)}, memory +${Math.round(peak / 2 ** 20)} MB`;
  console.log(`${name.padEnd(32)} ${show(ours)}`);
  if (floor !== undefined) console.log(`${"".padEnd(32)} ${show(floor)} (floor)   thread ${(ours.active / floor.active).toFixed(1)} x`);
}

function ms(value) {
  return `${value.toFixed(0).padStart(6)} ms`;
}
