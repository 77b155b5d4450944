// How long each call about a container takes while the host does not return from its start, or from its end: the daemon on the
// emulated host, over the Docker Engine API. The floor is the column "none", from the same run: the same calls beside a start
// that does not hang. A second start and a restart wait for a start, so their own deadline is that of the host's calls, here
// 40 seconds; removals by force, sizes and SIGTERM have those of the engine. Run:
// node --conditions=oriel-source bench/hanging-calls.bench.mjs [place …]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startDaemon, storage } from "../e2e/src/daemon.ts";
import { whyNoContainers } from "../e2e/src/host.ts";
import { nanoArchive } from "../e2e/src/nano.ts";

const missing = whyNoContainers();
if (missing !== undefined) throw new Error(missing);

const names = ["one", "stopped", "killed", "forced", "restarted", "last"];
/** Those of the containers' starts or ends hang until the daemon ends; what others call later does not. */
const hang = (call) => names.map((_, index) => ({ call, nth: index + 1, hang: true }));
/** In a start. */
const inStart = {
  none: [],
  HcsCreateComputeSystem: hang("HcsCreateComputeSystem"),
  HcsStartComputeSystem: hang("HcsStartComputeSystem"),
  HcsCreateProcess: hang("HcsCreateProcess"),
  ActivateLayer: hang("ActivateLayer"),
  PrepareLayer: hang("PrepareLayer"),
  GetLayerMountPath: hang("GetLayerMountPath"),
  "start not notified": names.map((_, index) => ({ notification: 3, nth: index + 1, effect: "lose" })),
};
const inEnd = {
  "none, ending": [],
  HcsShutdownComputeSystem: hang("HcsShutdownComputeSystem"),
  HcsTerminateComputeSystem: [...hang("HcsTerminateComputeSystem"), ...hang("HcsTerminateProcess")],
  UnprepareLayer: hang("UnprepareLayer"),
};
const wanted = process.argv.slice(2);
const places = Object.keys({ ...inStart, ...inEnd }).filter((place) => wanted.length === 0 || wanted.includes(place));
const results = new Map();
for (const place of places) {
  const faults = inStart[place] ?? inEnd[place];
  results.set(place, await measure(faults, place in inEnd));
  console.error(`${place}: ${JSON.stringify(Object.fromEntries(results.get(place)))}`);
}

const calls = [...new Set([...results.values()].flatMap((found) => [...found.keys()]))];
console.log(`| ms (status) | ${places.join(" | ")} |\n|---|${places.map(() => "---:|").join("")}`);
for (const call of calls) console.log(`| ${call} | ${places.map((place) => results.get(place).get(call) ?? "").join(" | ")} |`);

async function measure(faults, isEnding) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-hanging-"));
  const file = path.join(folder, "faults.json");
  const configuration = (text) =>
    `storage = "${storage}"\n[deadlines]\ncall = 40\nnotification = 40\nshutdown = 40\nterminate = 40\n${text}`;
  let daemon = await startDaemon({ configuration: configuration("") });
  const found = new Map();
  try {
    const { code, stderr } = await daemon.oriel(["load", "-i", await nanoArchive()]);
    if (code !== 0) throw new Error(stderr);
    await daemon.end("SIGTERM");
    await writeFile(file, JSON.stringify(faults));
    daemon = await startDaemon({ folder: daemon.folder, configuration: configuration(`[emulator]\nfaults = "${file}"\n`) });
    const send = (method, route, body) => request(daemon.socket, method, route, body);
    const timed = async (name, method, route, body) => {
      const began = performance.now();
      const status = await send(method, route, body);
      found.set(name, `${(performance.now() - began).toFixed(0)} (${status})`);
    };
    const create = (name) =>
      send("POST", `/containers/create?name=${name}`, { Image: "oriel/nano", Cmd: ["cmd.exe", "/c", "ping -n 600 127.0.0.1>nul"] });
    for (const name of names) await create(name);
    const pending = [];
    for (const name of names) {
      const starting = send("POST", `/containers/${name}/start`);
      pending.push(starting);
      if (isEnding || faults.length === 0) await starting;
    }
    await delay(1500);
    if (isEnding) {
      pending.push(send("POST", "/containers/one/stop?t=30"));
      pending.push(send("POST", "/containers/last/kill"));
      await delay(1500);
    }
    await timed("create", "POST", "/containers/create?name=another", { Image: "oriel/nano" });
    await timed("inspect", "GET", "/containers/one/json");
    await timed("ps -a", "GET", "/containers/json?all=1");
    await timed("ps -a -s", "GET", "/containers/json?all=1&size=1");
    await timed("logs", "GET", "/containers/one/logs?stdout=1&stderr=1");
    await timed("attach", "POST", "/containers/one/attach?logs=1&stdout=1");
    await timed("exec", "POST", "/containers/one/exec", { Cmd: ["x"] });
    await timed("top", "GET", "/containers/one/top");
    await timed("stats", "GET", "/containers/one/stats?stream=0&one-shot=1");
    await timed("pause", "POST", "/containers/one/pause");
    await timed("unpause", "POST", "/containers/one/unpause");
    await timed("update", "POST", "/containers/one/update", { RestartPolicy: { Name: "no" } });
    await timed("rename", "POST", "/containers/one/rename?name=first");
    await timed("diff", "GET", "/containers/first/changes");
    await timed("commit", "POST", "/commit?container=first");
    await timed("prune", "POST", "/containers/prune");
    if (!isEnding)
      await timed("wait not-running", "POST", `/containers/${faults.length === 0 ? "another" : "first"}/wait?condition=not-running`);
    await timed("rm", "DELETE", "/containers/first");
    await timed("stop", "POST", "/containers/stopped/stop?t=1");
    await timed("kill", "POST", "/containers/killed/kill");
    await timed("rm -f", "DELETE", "/containers/forced?force=1");
    await timed("start", "POST", "/containers/first/start");
    await timed("restart", "POST", "/containers/restarted/restart?t=1");
    await timed("update again", "POST", "/containers/last/update", { RestartPolicy: { Name: "no" } });
    const again = send("POST", "/containers/stopped/start").catch(() => 0);
    await delay(1500);
    const began = performance.now();
    const code2 = await daemon.end("SIGTERM");
    found.set("SIGTERM", `${(performance.now() - began).toFixed(0)} (${code2})`);
    await Promise.allSettled([...pending, again]);
  } finally {
    await daemon.dispose();
    await rm(folder, { recursive: true, force: true });
  }
  return found;
}

/** The status of an answer whose body has come; 0 where the daemon ended. */
function request(socketPath, method, route, body) {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const sent = http.request({ socketPath, method, path: route, headers }, (response) => {
      response.resume();
      response.on("close", () => resolve(response.statusCode));
    });
    sent.on("error", () => resolve(0));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
