// The peer of our forwarding of ports: dockerd's, a program of Debian's package docker.io, unpacked where it is not installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { must } from "../../scripts/lib/command.mjs";
import { root } from "../../scripts/lib/paths.mjs";

const folder = path.join(root, ".toolchain/docker-proxy");
const places = [
  "/usr/bin/docker-proxy",
  "/usr/sbin/docker-proxy",
  path.join(folder, "usr/sbin/docker-proxy"),
  path.join(folder, "usr/bin/docker-proxy"),
];

/** Path of the program; undefined where it cannot be had. */
export async function findDockerProxy() {
  const found = () => places.find((file) => existsSync(file));
  if (found() !== undefined || !existsSync("/usr/bin/apt-get")) return found();
  await mkdir(folder, { recursive: true });
  const options = { cwd: folder, failure: "Debian's docker.io cannot be unpacked", timeout: 300 };
  await must("apt-get", ["download", "docker.io"], options);
  await must("sh", ["-c", "dpkg-deb -x docker.io_*.deb . && rm docker.io_*.deb"], options);
  return found();
}

/** Starts it for one port and waits until it serves; returns how to end it. */
export async function startDockerProxy(program, { protocol, hostPort, ip, port }) {
  const words = [
    "-proto",
    protocol,
    "-host-ip",
    "127.0.0.1",
    "-host-port",
    `${hostPort}`,
    "-container-ip",
    ip,
    "-container-port",
    `${port}`,
  ];
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  // It reports on its fourth descriptor that it serves, or why it does not.
  const report = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdio[3].once("data", (data) => resolve(`${data}`.trim()));
  });
  if (report !== "0") throw new Error(`docker-proxy: ${report}`);
  return () => new Promise((resolve) => child.once("close", resolve) && child.kill("SIGTERM"));
}
