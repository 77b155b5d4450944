import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { start, UserError } from "./command.mjs";
import { root, stateFolder } from "./paths.mjs";

const log = path.join(stateFolder, "daemon.log");

/** Where the clone's daemon listens. A clone that lies too deep for a socket path (107 bytes) gets one beside it. */
export function socketPath() {
  const inClone = path.join(stateFolder, "oriel.sock");
  if (Buffer.byteLength(inClone) <= 107) return inClone;
  const name = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const folder = path.join(os.tmpdir(), `oriel-${process.getuid?.() ?? 0}-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, "oriel.sock");
}

/**
 * Starts the daemon and waits until it answers.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ tcp?: boolean }} [options] `tcp`: also on a port of the loopback address, which every account of the machine can reach
 */
export async function startDaemon(env, { tcp = false } = {}) {
  const socket = socketPath();
  if (existsSync(socket) && (await ping(socket))) {
    throw new UserError("a daemon of this clone runs already", "./oriel ps; or stop that daemon and start again");
  }
  const port = tcp ? await choosePort() : undefined;
  await mkdir(stateFolder, { recursive: true });
  await chmod(stateFolder, 0o700);
  const output = openSync(log, "w", 0o600);
  const hosts = ["--host", `unix://${socket}`, ...(port === undefined ? [] : ["--host", `tcp://127.0.0.1:${port}`])];
  const child = start("node", [path.join(root, "apps/cli/dist/main.js"), "daemon", "--root", path.join(stateFolder, "data"), ...hosts], {
    cwd: root,
    env: withoutHosts(env),
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  /** @type {Promise<number>} */
  const exited = new Promise((resolve, reject) => {
    child.once("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
    child.once("error", reject);
  });
  let code = /** @type {number | undefined} */ (undefined);
  exited.then(
    (value) => {
      code = value;
    },
    () => undefined,
  );
  const until = Date.now() + 60_000;
  while (!(await ping(socket))) {
    if (code !== undefined) throw new UserError(`the daemon ended with ${code}:\n${await endOfLog()}`);
    if (Date.now() > until) throw new UserError(`the daemon does not answer after a minute:\n${await endOfLog()}`, `read ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await writeFile(path.join(stateFolder, "host"), `unix://${socket}\n`);
  return { child, socket, port, log, exited };
}

/** ORIEL_HOST and its kin would add addresses or move the root. @param {NodeJS.ProcessEnv} env */
function withoutHosts(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^ORIEL_(HOST|ROOT|CONFIG)$/.test(name)));
}

export async function endOfLog() {
  const text = await readFile(log, "utf8").catch(() => "");
  return text
    .trimEnd()
    .split("\n")
    .slice(-15)
    .map((line) => `    ${line}`)
    .join("\n");
}

/**
 * @param {string} socket
 * @param {string} target path of the request
 * @returns {Promise<number | undefined>} the status, or undefined when nobody answers
 */
export function statusOf(socket, target) {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: target, timeout: 5_000 }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
      response.once("error", () => resolve(undefined));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(undefined));
    asked.end();
  });
}

/** @param {string} socket */
async function ping(socket) {
  return (await statusOf(socket, "/_ping")) === 200;
}

/** The port of last time where it is free, so that addresses in a browser stay good; else any. */
async function choosePort() {
  const file = path.join(stateFolder, "port");
  const last = Number(await readFile(file, "utf8").catch(() => "2375"));
  const port = (await freePort(last)) ?? (await freePort(0)) ?? 0;
  await mkdir(stateFolder, { recursive: true });
  await writeFile(file, String(port));
  return port;
}

/**
 * @param {number} wanted
 * @returns {Promise<number | undefined>}
 */
function freePort(wanted) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
