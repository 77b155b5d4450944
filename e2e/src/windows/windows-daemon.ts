import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForWine, makeWineRig, startInWine, windowsPath } from "../../../packages/hcs-bindings/wine/harness.ts";
import { type CommandOptions, type CommandResult, runCommand } from "../command.ts";
import { storage } from "../daemon.ts";
import { processesWith } from "../host.ts";

const main = fileURLToPath(new URL("./daemon-main.ts", import.meta.url));
/** Swagger UI's files, which the gateway's bundle looks for one level above it. */
const swaggerFiles = fileURLToPath(new URL("../../../packages/gateway/node_modules/@fastify/swagger-ui/static", import.meta.url));

/** What a daemon says of itself after its end. */
export interface DaemonEnd {
  /** Exit code of `oriel daemon`. */
  readonly code: number;
  /** Handles that the test DLL has given out and not got back. */
  readonly liveHandles: Readonly<Record<string, number>>;
}

export interface WindowsDaemon {
  /** As `docker -H` takes it. */
  readonly host: string;
  /** Data root, as Windows spells it. */
  readonly root: string;
  /** The file into which the test DLL writes a line for each call. */
  readonly trace: string;
  /** Words of a command that copies its input to its output, which no program of Wine does unchanged. */
  readonly copyCommand: readonly string[];
  /** Ids of the host's processes that run for it: its own and those of its containers. */
  processes(): Promise<string[]>;
  /** All that the daemon has written so far. */
  output(): Promise<string>;
  docker(words: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Stops it as Ctrl+C does. @throws Error with its output when it does not end in order. */
  stop(): Promise<DaemonEnd>;
  /** Kills it if it still runs, and removes all that it left. */
  dispose(): Promise<void>;
}

/** Starts the whole daemon in a Windows Node.js under Wine, on the test vmcompute.dll, and waits until it answers. */
export async function startWindowsDaemon(): Promise<WindowsDaemon> {
  const rig = await makeWineRig();
  const root = await mkdtemp(path.join(rig.driveC, "oriel-"));
  const bundle = await bundleForWine(rig, main);
  await cp(swaggerFiles, path.join(rig.folder, "static"), { recursive: true });
  const trace = path.join(rig.folder, "trace.jsonl");
  const stopFile = path.join(rig.folder, "stop");
  const results = path.join(rig.folder, "results.json");

  const port = await freePort();
  const host = `tcp://127.0.0.1:${port}`;
  const windowsRoot = `C:\\${path.basename(root)}`;
  const words = [
    rig.dll,
    windowsPath(stopFile),
    windowsPath(results),
    "--root",
    `${windowsRoot}\\data`,
    "--host",
    host,
    "--storage",
    storage,
  ];
  const program = await startInWine(rig, bundle, words, {
    ORIEL_HCS: "windows",
    ORIEL_VMCOMPUTE: rig.dll,
    ORIEL_BACKUP_DLL: rig.dll,
    ORIEL_TEST_TRACE: windowsPath(trace),
  });
  const output = () => readFile(program.log, "utf8");
  const processes = () => programsWith(`ORIEL_TEST_TRACE=${windowsPath(trace)}`);
  const dispose = async (): Promise<void> => {
    program.kill();
    await program.ended;
    // Programs of containers are in process groups of their own.
    for (const pid of await processes()) process.kill(Number(pid), "SIGKILL");
    await rm(root, { recursive: true, force: true });
    await rig.remove();
  };
  try {
    await answers(port, program.ended, output);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    host,
    root: `${windowsRoot}\\data`,
    trace,
    copyCommand: [rig.smokeProgram, "cat"],
    processes,
    output,
    docker: (args, options) => runCommand("docker", ["-H", host, ...args], options),
    async stop() {
      await writeFile(stopFile, "");
      const late = setTimeout(() => program.kill(), 30_000);
      const code = await program.ended;
      clearTimeout(late);
      if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${await output()}`);
      return JSON.parse(await readFile(results, "utf8")) as DaemonEnd;
    },
    dispose,
  };
}

/** Wine's own, which serve all that runs in a prefix, inherit the environment of the first and end by themselves after the last. */
const wineServices = /\b(wineserver|(services|plugplay|winedevice|explorer|svchost|rpcss)\.exe)/i;

async function programsWith(environment: string): Promise<string[]> {
  const programs: string[] = [];
  for (const pid of await processesWith(environment)) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine !== "" && !wineServices.test(commandLine)) programs.push(pid);
  }
  return programs;
}

/** A port that nobody listened on a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function answers(port: number, ended: Promise<number | null>, output: () => Promise<string>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (over) throw new Error(`the daemon ended before it answered:\n${await output()}`);
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the daemon does not answer on port ${port}:\n${await output()}`);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect(port, "127.0.0.1", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}
