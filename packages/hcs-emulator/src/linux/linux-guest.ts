import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, readFile, readlink, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { hresultFromWin32, WIN32 } from "@oriel/core";
import type { ContainerDocument, ProcessDocument } from "../compute/documents.ts";
import type { ProcessListItem, SystemGuest } from "../compute/system-guest.ts";
import type { GuestProcess } from "../guest/guest.ts";
import { HresultFailure } from "../host/answers.ts";
import { ownFolderOf } from "../layers/layer-folder.ts";
import type { ContainerGroup } from "../limits/container-group.ts";
import { allPids, readHostProcess } from "../statistics/host-process.ts";
import { linuxCommand, sharedMounts } from "./linux-command.ts";
import { startLinuxProcess } from "./linux-process.ts";
import { firstLine, type LinuxTools, namespaceFlags } from "./linux-tools.ts";
import { pathInRoot } from "./path-in-root.ts";

const run = promisify(execFile);

export interface LinuxGuestOptions {
  /** Folder for pipes; made here and removed by `stop`. */
  readonly folder: string;
  readonly document: ContainerDocument;
  readonly tools: LinuxTools;
  readonly group: ContainerGroup;
}

/**
 * The first process of the container's namespaces. It makes the root, in a mount namespace that nobody else sees, and waits
 * until its input ends, which it does with this process: then the kernel ends all others, and the mounts go with the last.
 * What nobody waits for is reaped by the kernel, as SIGCHLD is ignored.
 */
const initScript = `set -e
cd "$1"; hostname=$2; shift 2
lower=; n=0
for layer; do
  if [ -d "$layer" ]; then ln -sfn "$layer" "l/$n"
  else mkdir -p "d/$n"; mount -o loop,ro "$layer" "d/$n"; ln -sfn "../d/$n" "l/$n"; fi
  lower="$lower:l/$n"; n=$((n+1))
done
if [ -z "$lower" ]; then mount --bind upper root
else mount -t overlay overlay -o "lowerdir=\${lower#:},upperdir=upper,workdir=work" root; fi
mkdir -p root/proc root/dev
mount -t proc proc root/proc
mount -t tmpfs -o mode=755 tmpfs root/dev
for device in null zero full random urandom tty; do : > root/dev/$device; mount --bind /dev/$device root/dev/$device; done
ln -s /proc/self/fd root/dev/fd; ln -s fd/0 root/dev/stdin; ln -s fd/1 root/dev/stdout; ln -s fd/2 root/dev/stderr
[ -z "$hostname" ] || hostname "$hostname"
trap '' CHLD
echo ready
while read -r _; do :; done`;

/** A Linux container: namespaces on the host's own kernel. @throws Error that says why it did not come up */
export async function bootLinuxGuest(options: LinuxGuestOptions): Promise<SystemGuest> {
  const own = ownFolderOf(options.document.LayerFolderPath);
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  for (const name of ["upper", "work", "root", "l", "d"]) await mkdir(path.join(own, name), { recursive: true });
  try {
    const init = await startInit(options, own);
    return new LinuxGuest(options, init, path.join(own, "root"));
  } catch (error) {
    await rm(options.folder, { recursive: true, force: true });
    throw error;
  }
}

interface Init {
  readonly process: ChildProcess;
  /** The host's number of process 1. */
  readonly pid: number;
  readonly ended: Promise<void>;
}

async function startInit({ document, tools, group }: LinuxGuestOptions, own: string): Promise<Init> {
  // Immediate parent first, which is the order of an overlay's lower folders too.
  const layers = document.Layers.map((layer) => layer.Path);
  const words = [...group.enter, tools.unshare, ...namespaceFlags, "--fork", "--kill-child", "/bin/sh", "-c", initScript, "init"];
  const [command = "", ...args] = [...words, own, document.HostName, ...layers];
  const init = spawn(command, args, { cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  init.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    init.once("exit", () => resolve());
    init.once("error", () => resolve());
  });
  let said = "";
  init.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4096);
  });
  const ready = new Promise<boolean>((resolve) => {
    init.stdout.once("data", () => resolve(true));
    void ended.then(() => resolve(false));
  });
  if (!(await ready)) throw new Error(`the container's root could not be made: ${said.trim() || "unshare could not be run"}`);
  const [pid] = (await readFile(`/proc/${init.pid}/task/${init.pid}/children`, "utf8")).split(" ").map(Number);
  if (pid === undefined || pid === 0) throw new Error("the container's first process is gone");
  return { process: init, pid, ended };
}

class LinuxGuest implements SystemGuest {
  readonly ended: Promise<void>;
  readonly #options: LinuxGuestOptions;
  readonly #init: Init;
  readonly #root: string;
  #count = 0;

  constructor(options: LinuxGuestOptions, init: Init, root: string) {
    this.#options = options;
    this.#init = init;
    this.#root = root;
    this.ended = init.ended;
  }

  /** The root as this process can reach it: it is mounted in the namespace of the container only. */
  get #rootFromHere(): string {
    return path.join(`/proc/${this.#init.pid}/root`, this.#root);
  }

  async createProcess(document: ProcessDocument): Promise<GuestProcess> {
    if (document.EmulateConsole) {
      throw new HresultFailure(hresultFromWin32(WIN32.NOT_SUPPORTED), "a Linux process cannot have a terminal on this host");
    }
    const command = linuxCommand(document);
    if (document.OCISpecification !== undefined) await this.#mountShared(document.OCISpecification);
    this.#count += 1;
    const { folder, group, tools } = this.#options;
    return startLinuxProcess({
      command,
      document,
      init: this.#init.pid,
      root: this.#root,
      rootFromHere: this.#rootFromHere,
      pipes: path.join(folder, String(this.#count)),
      group,
      tools,
    });
  }

  async #mountShared(spec: NonNullable<ProcessDocument["OCISpecification"]>): Promise<void> {
    const { document, tools } = this.#options;
    for (const { source, destination, readOnly } of sharedMounts(spec, document.MappedDirectories)) {
      const target = await pathInRoot(this.#rootFromHere, destination);
      await mkdir(target, { recursive: true });
      const inside = path.join(this.#root, path.relative(this.#rootFromHere, target));
      const mount = (...args: string[]) =>
        run(tools.nsenter, ["-t", String(this.#init.pid), "-m", tools.mount, ...args], { timeout: 10_000 });
      try {
        await mount("--bind", source, inside);
        if (readOnly) await mount("-o", "remount,bind,ro", inside);
      } catch (error) {
        throw new HresultFailure(
          hresultFromWin32(WIN32.GEN_FAILURE),
          `${source} could not be mounted at ${destination}: ${firstLine(error)}`,
        );
      }
    }
  }

  async processes(): Promise<ProcessListItem[]> {
    const found = await Promise.all((await this.#options.group.pids()).map((pid) => readHostProcess(pid)));
    return found.flatMap((process) => {
      // Those outside have no number inside; number 1 is ours.
      if (process === undefined || process.innerPid === undefined || process.innerPid === 1) return [];
      return [
        {
          ProcessId: process.innerPid,
          ImageName: process.name,
          CreateTimestamp: process.started.toISOString(),
          KernelTime100ns: process.kernel100ns,
          UserTime100ns: process.user100ns,
          MemoryCommitBytes: process.commit,
          MemoryWorkingSetPrivateBytes: process.privateMemory,
          MemoryWorkingSetSharedBytes: process.sharedMemory,
        },
      ];
    });
  }

  async hostPids(): Promise<number[]> {
    return pidsInNamespaceOf(this.#init.pid, await allPids());
  }

  /** Processes of a namespace end by a signal, whatever exit code is wished. */
  async stop(): Promise<void> {
    this.#init.process.kill("SIGKILL");
    await this.#init.ended;
    await rm(this.#options.folder, { recursive: true, force: true });
  }
}

/** Processes in the process namespace of `pid`. */
async function pidsInNamespaceOf(pid: number, all: readonly number[]): Promise<number[]> {
  const namespaceOf = (of: number): Promise<string> => readlink(`/proc/${of}/ns/pid`).catch(() => "");
  const wanted = await namespaceOf(pid);
  const found = await Promise.all(all.map(async (one) => ((await namespaceOf(one)) === wanted ? [one] : [])));
  return wanted === "" ? [] : found.flat();
}
