import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";

/**
 * What a hostile program goes for: files, a process and servers of the account that runs the container, made for the test. So
 * an attempt that succeeds harms nothing else.
 */
export interface Decoys {
  readonly folder: string;
  /** A secret that is in everything that could be read. */
  readonly secret: string;
  /** A file that only the account may read and write; it has the secret. */
  readonly file: string;
  /** A node as /dev/null is, of the account; undefined where the test may not make one. */
  readonly device: string | undefined;
  /** A folder that a container may be given, with a file `inside.txt`. */
  readonly mapped: string;
  /** Another, with a folder `inner`. */
  readonly writable: string;
  /** A folder of the account that nobody is given, with a file `whole.txt`. */
  readonly bait: string;
  /** A process with the secret in its environment, and where that is in its memory. */
  readonly process: { readonly pid: number; readonly environmentAt: number };
  /** Names of sockets; servers there write the secret to all who connect. */
  readonly sockets: { readonly abstract: string; readonly file: string; readonly port: number };
  /** A piece of System V shared memory that every account may read and write, by its number. */
  readonly sharedMemory: number;
  /** How often somebody connected to one of the servers. */
  connections(): number;
  /** What a program could have changed; compared before and after. */
  state(): Promise<object>;
  close(): Promise<void>;
}

export async function makeDecoys(uid: number): Promise<Decoys> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-decoys-"));
  const own = process.getuid?.() ?? 0;
  const give = async (file: string): Promise<void> => (uid === own ? undefined : chown(file, uid, uid));
  const secret = randomUUID();
  const file = path.join(folder, "secret.txt");
  await writeFile(file, secret, { mode: 0o600 });
  const [mapped, writable] = [path.join(folder, "mapped"), path.join(folder, "writable")];
  await mkdir(mapped);
  await writeFile(path.join(mapped, "inside.txt"), "inside");
  await mkdir(path.join(writable, "inner", "deep"), { recursive: true });
  const bait = path.join(folder, "bait");
  await mkdir(bait);
  await writeFile(path.join(bait, "whole.txt"), "whole");
  const device = own === 0 ? path.join(folder, "null") : undefined;
  if (device !== undefined) execFileSync("mknod", ["-m", "666", device, "c", "1", "3"]);
  for (const each of [
    folder,
    file,
    mapped,
    path.join(mapped, "inside.txt"),
    writable,
    bait,
    path.join(bait, "whole.txt"),
    ...(device === undefined ? [] : [device]),
  ]) {
    await give(each);
  }
  for (const each of ["inner", path.join("inner", "deep")]) await give(path.join(writable, each));

  // Waits for its input, which ends with this process.
  const waiting = spawn("cat", [], {
    argv0: `decoy-${secret}`,
    uid,
    gid: uid,
    cwd: "/",
    env: { DECOY_SECRET: secret },
    stdio: ["pipe", "ignore", "ignore"],
  });
  await new Promise<void>((resolve, reject) => void waiting.once("spawn", resolve).once("error", reject));
  const environmentAt = await environmentAddress(waiting);

  let connections = 0;
  const servers: Server[] = [];
  const listen = async (where: object): Promise<Server> => {
    const server = createServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      socket.end(secret);
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(where, resolve));
    return server;
  };
  const abstract = `oriel-decoy-${secret}`;
  const socketFile = path.join(folder, "daemon.sock");
  await listen({ path: `\0${abstract}` });
  await listen({ path: socketFile });
  await chmod(socketFile, 0o777);
  const address = (await listen({ host: "127.0.0.1", port: 0 })).address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const sharedMemory = Number(/\d+/.exec(execFileSync("ipcmk", ["-M", "4096", "-p", "0666"]).toString())?.[0]);

  return {
    folder,
    secret,
    file,
    device,
    mapped,
    writable,
    bait,
    process: { pid: waiting.pid ?? 0, environmentAt },
    sockets: { abstract, file: socketFile, port },
    sharedMemory,
    connections: () => connections,
    state: async () => ({
      content: await readFile(file, "utf8"),
      modes: await Promise.all([file, folder, mapped, ...(device === undefined ? [] : [device]), "/dev/null"].map(facts)),
      names: readdirSync(folder),
      contents: [mapped, bait].flatMap((each) => [...readdirSync(each, { recursive: true })].sort()),
      whole: [readFileSync(path.join(mapped, "inside.txt"), "utf8"), readFileSync(path.join(bait, "whole.txt"), "utf8")],
      process: [waiting.exitCode, waiting.signalCode],
      priority: os.getPriority(waiting.pid),
      hostname: os.hostname(),
      mounts: readFileSync("/proc/self/mountinfo", "utf8").includes(folder),
    }),
    close: async () => {
      waiting.kill("SIGKILL");
      execFileSync("ipcrm", ["-m", String(sharedMemory)]);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function facts(file: string): Promise<readonly [string, number, number, number]> {
  const { mode, uid, mtimeMs } = await stat(file);
  return [file, mode, uid, mtimeMs];
}

/** Where a process has its environment (proc_pid_stat(5), field 50), once it is the program that was to be started. */
async function environmentAddress({ pid }: ChildProcess): Promise<number> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    if (stat.includes("(cat)")) return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[47]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
