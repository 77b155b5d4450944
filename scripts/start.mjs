// `npm start`: sets up what is needed, runs a Windows container, and serves the Docker API until Ctrl-C.
// `npm start -- --once` stops after the container; `-- --tcp` serves TCP beside the socket. Runs on any Node.js from 18 on, without dependencies.
import path from "node:path";
import { endChildren, main, must, run, serveUntilSignal, UserError } from "./lib/command.mjs";
import { endOfLog, startDaemon, statusOf } from "./lib/daemon.mjs";
import { root } from "./lib/paths.mjs";
import { buildPackages, installDependencies } from "./lib/prepare.mjs";
import { duration, Steps } from "./lib/steps.mjs";
import { ensureContainersCanRun } from "./lib/system-packages.mjs";
import { ensureToolchain } from "./toolchain.mjs";

const image = "oriel/nano";
const cli = path.join(root, "apps/cli/dist/main.js");

await main(async () => {
  const { once, tcp } = readFlags(process.argv.slice(2));
  const steps = new Steps(7);
  const env = await steps.step("Node.js and pnpm", ensureToolchain);
  await steps.step("Wine and bubblewrap", ensureContainersCanRun);
  await steps.step("Dependencies", (say) => installDependencies(env, say));
  await steps.step("Build", (say) => buildPackages(env, say));
  const daemon = await steps.step("Daemon", () => startDaemon(env, { tcp }));
  const host = `unix://${daemon.socket}`;
  await steps.step(`Image ${image}`, async (say) => {
    if ((await statusOf(daemon.socket, `/images/${image}/json`)) === 200) return;
    await must("node", [cli, "--host", host, "image", "build-base"], {
      env,
      onLine: say,
      failure: `the image ${image} could not be built`,
    });
  });
  await steps.step("A container", (say) => runContainer(env, host, say));

  if (once) {
    await endChildren();
    return 0;
  }
  console.log(`
Oriel serves the Docker Engine API until Ctrl-C:

  socket             ${host}
${daemon.port === undefined ? "" : tcpLines(daemon.port)}  log                ${path.relative(process.cwd(), daemon.log)}

Try:  ./oriel run --rm ${image} cmd /c ver
      docker -H ${host} run --rm -i ${image} cmd
`);
  serveUntilSignal();
  const code = await daemon.exited;
  throw new UserError(`the daemon ended with ${code}:\n${await endOfLog()}`);
});

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} host
 * @param {(line: string) => void} say
 */
async function runContainer(env, host, say) {
  const words = ["cmd", "/c", "echo hello from a Windows container"];
  const began = Date.now();
  const { code } = await run("node", [cli, "--host", host, "run", "--rm", image, ...words], { env, timeout: 120, onLine: say });
  say(`exit code ${code}, after ${duration(Date.now() - began)}`);
  if (code !== 0) throw new UserError(`the container's exit code is ${code} and should be 0:\n${await endOfLog()}`);
}

/** @param {number} port */
function tcpLines(port) {
  const reach = process.getuid?.() === 0 ? "become root through it" : "use it as if it were you";
  return `  TCP                tcp://127.0.0.1:${port}   Warning: no password; every account of this machine can ${reach}.
  API documentation  http://127.0.0.1:${port}/docs
`;
}

/** @param {readonly string[]} words */
function readFlags(words) {
  const unknown = words.filter((word) => word !== "--once" && word !== "--tcp");
  if (unknown.length > 0) throw new UserError(`unknown: ${unknown.join(" ")}`, "npm start, or npm start -- --once, or npm start -- --tcp");
  return { once: words.includes("--once"), tcp: words.includes("--tcp") };
}
