// What networks cost on the emulated host: the start of a container with one beside the start without; a published port beside the
// container's own address and beside dockerd's docker-proxy; endpoints made and removed beside the bare commands for a link. As root
// on Linux, for the container's name space must be entered. Run:
// node --conditions=oriel-source bench/networks.bench.mjs [rounds]
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startDaemon } from "../e2e/src/daemon.ts";
import { whyNoContainers } from "../e2e/src/host.ts";
import { nanoArchive } from "../e2e/src/nano.ts";
import { networkNames } from "../packages/hcs-emulator/src/host-network/network-names.ts";
import { engineApi } from "./container-start/engine-api.mjs";
import { mediansInTurn } from "./container-start/floor.mjs";
import { findDockerProxy, startDockerProxy } from "./networks/docker-proxy.mjs";
import { connectTime, datagramTime, echoTime, throughput } from "./networks/way.mjs";

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 11);
const image = "oriel/nano";
const port = 7000;
const missing = whyNoContainers();
if (missing !== undefined) throw new Error(missing);
const daemon = await startDaemon();
const api = engineApi({ socketPath: daemon.socket });
try {
  const { code, stderr } = await daemon.oriel(["load", "-i", await nanoArchive()]);
  if (code !== 0) throw new Error(stderr);
  await starts();
  await ways();
  await endpoints();
} finally {
  api.close();
  await daemon.dispose();
}

async function starts() {
  const command = ["cmd.exe", "/c", "echo hello"];
  const { none, nat, published } = await mediansInTurn(rounds, {
    none: () => api.firstOutput(image, command, { NetworkMode: "none" }),
    nat: () => api.firstOutput(image, command, { NetworkMode: "nat" }),
    published: () => api.firstOutput(image, command, { NetworkMode: "nat", PortBindings: { "80/tcp": [{ HostPort: "" }] } }),
  });
  console.log(
    `create to first output   without a network ${none.toFixed(0)} ms; on nat ${nat.toFixed(0)} ms; with a published port ${published.toFixed(0)} ms`,
  );
}

async function ways() {
  const publish = (protocol) => ({ [`${port}/${protocol}`]: [{ HostPort: "" }] });
  const id = await startLong({ PortBindings: { ...publish("tcp"), ...publish("udp") } });
  const { NetworkSettings } = await api.send("GET", `/containers/${id}/json`);
  const ip = Object.values(NetworkSettings.Networks)[0].IPAddress;
  const hostPort = (protocol) => Number(NetworkSettings.Ports[`${port}/${protocol}`][0].HostPort);
  const program = fileURLToPath(new URL("./networks/native-server.mjs", import.meta.url));
  const server = spawn("ip", ["netns", "exec", networkNames(daemon.root).space(id), process.execPath, program, `${port}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  const proxy = await findDockerProxy();
  const proxyPorts = { tcp: hostPort("tcp") + 1000, udp: hostPort("udp") + 1000 };
  const ends = [];
  if (proxy !== undefined)
    for (const protocol of ["tcp", "udp"]) ends.push(await startDockerProxy(proxy, { protocol, hostPort: proxyPorts[protocol], ip, port }));
  try {
    const to = (protocol) => ({
      direct: { host: ip, port },
      published: { host: "127.0.0.1", port: hostPort(protocol) },
      ...(proxy === undefined ? {} : { proxy: { host: "127.0.0.1", port: proxyPorts[protocol] } }),
    });
    await compare("one connection", "GB/s", 2, to("tcp"), throughput);
    await compare("echo on a connection", "µs", 0, to("tcp"), echoTime);
    await compare("connection and echo", "µs", 0, to("tcp"), connectTime);
    await compare("echo of a datagram", "µs", 0, to("udp"), datagramTime);
  } finally {
    for (const end of ends) await end();
    server.kill();
    await api.send("DELETE", `/containers/${id}?force=1`);
  }
}

async function compare(what, unit, digits, targets, measure) {
  const medians = await mediansInTurn(
    5,
    Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, () => measure(target)])),
  );
  const names = { direct: "container's address", published: "published port", proxy: "docker-proxy" };
  const cells = Object.entries(medians).map(([name, value]) => `${names[name]} ${value.toFixed(digits)} ${unit}`);
  console.log(`${what.padEnd(24)} ${cells.join("; ")}`);
}

/** 200 endpoints: of 20 running containers at a time, ten times. */
async function endpoints() {
  const turns = 10;
  const ids = [];
  for (let index = 0; index < 20; index += 1) ids.push(await startLong({ NetworkMode: "none" }));
  const { Id: network } = await api.send("POST", "/networks/create", { Name: "bench" });
  await Promise.all(ids.map((id) => api.send("POST", "/networks/none/disconnect", { Container: id }).catch(() => undefined)));
  const made = [];
  const removed = [];
  for (let turn = 0; turn < turns; turn += 1) {
    made.push(await timed(() => Promise.all(ids.map((id) => api.send("POST", `/networks/${network}/connect`, { Container: id })))));
    removed.push(await timed(() => Promise.all(ids.map((id) => api.send("POST", `/networks/${network}/disconnect`, { Container: id })))));
  }
  const each = (times) => (times.reduce((sum, time) => sum + time, 0) / turns / ids.length).toFixed(1);
  const bare = await bareLinks(ids.length);
  console.log(
    `200 endpoints, 20 at once  made in ${each(made)} ms each, removed in ${each(removed)} ms each; a link made and removed by ip alone ${bare.toFixed(1)} ms`,
  );
  await Promise.all(ids.map((id) => api.send("DELETE", `/containers/${id}?force=1`)));
  await api.send("DELETE", `/networks/${network}`);
}

/** The floor: a pair of links for each, one end with an address in a name space, made and removed again. */
async function bareLinks(count) {
  const space = `bench-${process.pid}`;
  await run("ip", ["netns", "add", space]);
  try {
    const took = await timed(async () => {
      for (let index = 0; index < count; index += 1) {
        const link = `bench${index}`;
        await run("ip", ["link", "add", link, "up", "type", "veth", "peer", "name", "eth0", "netns", space]);
        await run("ip", ["-n", space, "addr", "add", "10.255.255.1/24", "dev", "eth0"]);
        await run("ip", ["link", "del", link]);
      }
    });
    return took / count;
  } finally {
    await run("ip", ["netns", "del", space]);
  }
}

async function startLong(hostConfig) {
  const { Id } = await api.send("POST", "/containers/create", {
    Image: image,
    Cmd: ["ping", "-n", "6000", "127.0.0.1"],
    HostConfig: hostConfig,
  });
  await api.send("POST", `/containers/${Id}/start`);
  return Id;
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
