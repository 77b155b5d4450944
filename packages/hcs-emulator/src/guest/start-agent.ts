import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, closeSync, constants, openSync, readFileSync, statSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { insidePaths } from "../containment/inside-paths.ts";
import { hasNativePrograms, reaperImage } from "../containment/native-programs.ts";
import { makeSandbox, type Sandbox } from "../containment/sandbox.ts";
import { fixedAddresses } from "../fixed-addresses.ts";
import { nameFiles } from "../host-network/name-files.ts";
import type { DirectoryView } from "../mapped-directories/map-directories.ts";
import { makeFifos } from "../native/mkfifo.ts";
import { Deaths } from "./deaths.ts";
import { unixPathInWine } from "./fifo.ts";
import { computerName, type GuestOptions } from "./guest-options.ts";
import { makeServerFolder, type WinePrefix } from "./prefix.ts";
import { wineEnvironment } from "./wine-environment.ts";

/** The execution agent and what is held of it. */
export interface StartedAgent {
  /** What was started: it ends with the last process of the container, or is the agent itself where there is no reaper. */
  readonly process: ChildProcess;
  readonly requests: Socket;
  readonly answers: Socket;
  readonly deaths: Deaths;
  /** Makes named pipes for a process, and returns a pipe's name inside. */
  readonly pipes: AgentPipes;
  /** What went wrong before the agent came up, as far as it was said. */
  said(): string;
  /** What a user should know of how the container was made. */
  warnings(): readonly string[];
}

/** Named pipes between this process and the container's. */
export interface AgentPipes {
  make(names: readonly string[]): void;
  /** On the host. */
  file(name: string): string;
  /** As the agent opens it. */
  inWine(name: string): string;
}

/** Starts the agent, contained where the options say with what. */
export async function startAgent(options: GuestOptions, prefix: WinePrefix, view: DirectoryView): Promise<StartedAgent> {
  const network = await options.network;
  const sandbox = await sandboxOf(options, prefix, view, network !== undefined && network.kind !== "loopback");
  const pipes = agentPipes(prefix, sandbox === undefined ? prefix.pipes : insidePaths.pipes);
  pipes.make(["requests", "answers"]);
  // Both directions: neither side may see an end before the agent has opened its own.
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  const requests = new Socket({ fd: openSync(pipes.file("requests"), flags), readable: false, writable: true });
  const answers = new Socket({ fd: openSync(pipes.file("answers"), flags), readable: true, writable: false });
  requests.on("error", () => undefined);
  answers.on("error", () => undefined);
  const deathsFile = path.join(options.folder, "deaths");
  const hasReaper = sandbox !== undefined || hasNativePrograms();
  const deaths: Deaths = new Deaths(deathsFile, () => (sandbox === undefined ? (hasReaper ? agent.pid : undefined) : childOf(agent.pid)));
  const files = sandbox?.files ?? [openSync(deathsFile, "a", 0o600)];
  const uncontained = [...(hasReaper ? [reaperImage, "3", "-", "-", "-"] : []), options.wine.loader, prefix.agent];
  const [command = "", ...words] = [
    ...(options.enter ?? []),
    ...(network?.kind === "joined" ? network.enter : []),
    ...(await fixedAddresses()),
    ...(sandbox?.words ?? uncontained),
  ];
  const agent = spawn(command, words, {
    cwd: "/",
    // Its input ends with this process; nothing is written to it.
    stdio: ["pipe", "ignore", "pipe", ...files],
    env: {
      ...wineEnvironment(sandbox === undefined ? prefix.folder : insidePaths.prefix),
      ...sandbox?.environment,
      ORIEL_REQUESTS: pipes.inWine("requests"),
      ORIEL_ANSWERS: pipes.inWine("answers"),
      ORIEL_HOSTNAME: options.hostName,
      ORIEL_COMPUTERNAME: computerName(options.hostName),
    },
  });
  if (sandbox === undefined) files.forEach(closeSync);
  else sandbox.close();
  agent.stdin?.on("error", () => undefined);
  let said = "";
  // Read to its end, so that nobody waits who writes to it.
  agent.stderr?.on("data", (chunk: Buffer) => {
    if (said.length < 4096) said += chunk.toString();
  });
  const warnings = (): readonly string[] =>
    (sandbox?.foreign() ?? []).map(
      (folder) =>
        `${folder} is on a file system that shows its files to the container as another user's: it has the rights of others there`,
    );
  return { process: agent, requests, answers, deaths, pipes, said: () => said.trim(), warnings };
}

async function sandboxOf(
  options: GuestOptions,
  prefix: WinePrefix,
  view: DirectoryView,
  hasNetwork: boolean,
): Promise<Sandbox | undefined> {
  const { containment, folder, root, wine, hostName, processes = 4096 } = options;
  if (containment === undefined) {
    await makeServerFolder(prefix);
    return undefined;
  }
  const { agent, pipes } = prefix;
  const names = (await options.nameFiles?.()) ?? nameFiles(hostName, []);
  const shown = { binds: view.binds, prefix: prefix.folder, pipes, agent };
  return makeSandbox({ containment, folder, root, wine, hostName, ...shown, processes, hasNetwork, names });
}

/** Pipes belong to whom the prefix belongs, in a folder that is this process's: nothing can be put in the place of one. */
function agentPipes({ folder, pipes }: WinePrefix, inside: string): AgentPipes {
  const { uid, gid } = statSync(folder);
  // Nobody else gets into the folder that it is in.
  chmodSync(pipes, 0o711);
  const file = (name: string): string => path.join(pipes, name);
  return {
    file,
    inWine: (name) => unixPathInWine(path.join(inside, name)),
    make: (names) => {
      makeFifos(names.map(file));
      if (uid !== process.getuid?.()) for (const name of names) chownSync(file(name), uid, gid);
    },
  };
}

/** The first process of a sandbox: the only child of what waits for it. */
function childOf(pid: number | undefined): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ");
    return child === undefined || child === "" ? undefined : Number(child);
  } catch {
    return undefined;
  }
}
