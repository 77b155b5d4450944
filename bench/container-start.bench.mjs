// From the wish for a container, and for a process in one that runs, to the first output: the daemon on the emulated host, over the
// Docker Engine API, beside the same command by Wine alone in a prefix that is set up. A process in a container that runs is like
// Wine whose server runs; a new container has none yet, so it is told beside both. Run:
// node --conditions=oriel-source bench/container-start.bench.mjs [rounds]
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startDaemon } from "../e2e/src/daemon.ts";
import { whyNoContainers } from "../e2e/src/host.ts";
import { nanoArchive } from "../e2e/src/nano.ts";
import { findWine, fixedAddresses } from "../packages/hcs-emulator/src/index.ts";
import { engineApi } from "./container-start/engine-api.mjs";
import { firstOutputOf, mediansInTurn } from "./container-start/floor.mjs";

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 15);
const command = ["cmd.exe", "/c", "echo hello"];
const missing = whyNoContainers();
if (missing !== undefined) throw new Error(missing);
const wine = await wineAlone();
const daemon = await startDaemon();
try {
  const { code, stderr } = await daemon.oriel(["load", "-i", await nanoArchive()]);
  if (code !== 0) throw new Error(stderr);
  const api = engineApi({ socketPath: daemon.socket });
  const long = { Image: "oriel/nano", Cmd: ["cmd.exe", "/c", "ping -n 6000 127.0.0.1>nul"] };
  const { Id: running } = await api.send("POST", "/containers/create", long);
  await api.send("POST", `/containers/${running}/start`);

  const { anew, floor, create, exec } = await mediansInTurn(rounds, {
    anew: wine.firstOutputAnew,
    floor: wine.firstOutput,
    create: () => api.firstOutput("oriel/nano", command),
    exec: () => api.firstExecOutput(running, command),
  });
  const row = (name, time, beside, what) =>
    console.log(
      `${name.padEnd(24)} ${time.toFixed(0).padStart(5)} ms; Wine alone${what} ${beside.toFixed(0).padStart(5)} ms; difference ${(time - beside).toFixed(0).padStart(5)} ms`,
    );
  row("create to first output", create, anew, ", no server yet   ");
  row("create to first output", create, floor, ", its server runs");
  row("exec to first output", exec, floor, ", its server runs");
  await api.send("DELETE", `/containers/${running}?force=1`);
  api.close();
} finally {
  await daemon.dispose();
  await wine.remove();
}

/** Wine without an engine, in a prefix of its own. */
async function wineAlone() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-bench-wine-"));
  const { loader, server } = (await findWine()) ?? {};
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    WINEPREFIX: path.join(folder, "prefix"),
    WINEDLLOVERRIDES: "mscoree,mshtml,winewayland.drv=",
    WINEDEBUG: "-all",
  };
  const words = [...(await fixedAddresses()), loader, ...command];
  const endServer = async () => {
    // Returns an error when there is none.
    await run(server, ["-k"], { env }).catch(() => undefined);
    await run(server, ["-w"], { env });
  };
  await run(loader, ["wineboot", "-i"], { env, timeout: 170_000 });
  return {
    firstOutput: async () => {
      await run(server, ["-p"], { env }).catch(() => undefined);
      // The server and its services are up behind it.
      await firstOutputOf(words, env);
      return firstOutputOf(words, env);
    },
    firstOutputAnew: async () => {
      await endServer();
      return firstOutputOf(words, env);
    },
    remove: async () => {
      await endServer();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
