import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, readlink, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import type { ContainerDocument, ProcessDocument } from "../compute/documents.ts";
import type { ProcessListItem, SystemGuest } from "../compute/system-guest.ts";
import { seccompFilter } from "../containment/seccomp-filter.ts";
import type { GuestProcess } from "../guest/guest.ts";
import { HresultFailure } from "../host/answers.ts";
import { ownFolderOf } from "../layers/layer-folder.ts";
import type { ContainerGroup } from "../limits/container-group.ts";
import { allPids, readHostProcess } from "../statistics/host-process.ts";
import { type LinuxMount, linuxCommand, sharedMounts } from "./linux-command.ts";
import { namedErrors } from "./linux-errors.ts";
import { type LinuxInit, startInit } from "./linux-init.ts";
import { startLinuxProcess } from "./linux-process.ts";
import type { LinuxTools } from "./linux-tools.ts";
import { userRangeOf } from "./user-range.ts";

export interface LinuxGuestOptions {
  /** Folder for pipes; made here and removed by `stop`. */
  readonly folder: string;
  readonly document: ContainerDocument;
  readonly tools: LinuxTools;
  readonly group: ContainerGroup;
  /** How many processes each of its users may have, threads counted. */
  readonly processes: number;
  /** Puts its endpoints into the name space of a process of its. */
  joinNetwork(pid: number): Promise<void>;
  /** Reports what a user should know of a container that runs all the same. */
  warn(message: string): void;
}

/** Milliseconds for a mount. */
const deadline = 10_000;

/** A Linux container: name spaces on the host's own kernel. @throws Error that says why it did not come up */
export async function bootLinuxGuest(options: LinuxGuestOptions): Promise<SystemGuest> {
  const { folder, document, tools, group, warn } = options;
  const own = ownFolderOf(document.LayerFolderPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(own, { recursive: true });
  // What programs make in there with the rights of its owner is for nobody on the host.
  await chmod(own, 0o700);
  for (const name of ["upper", "work", "root", "l", "d", "u"]) await mkdir(path.join(own, name), { recursive: true });
  try {
    // Immediate parent first, which is the order of an overlay's lower folders too.
    const layers = document.Layers.map((layer) => layer.Path);
    const init = { tools, enter: group.enter, folder: own, hostName: document.HostName, layers };
    let base = userRangeOf(document.LayerFolderPath);
    let started = await startInit({ ...init, base });
    if (typeof started === "string") {
      warn(`its users are the host's, with Docker's default capabilities, as no user name space can be had for it: ${started}`);
      base = 0;
      started = await startInit({ ...init, base });
    }
    if (typeof started === "string") throw new Error(started);
    try {
      await options.joinNetwork(started.pid);
    } catch (error) {
      await started.stop();
      throw error;
    }
    const filter = path.join(folder, "filter");
    // Where the host's accounts may find what it makes, none of it must give them rights: those of root, as owners are the same there.
    const setId = document.MappedDirectories.every(({ ReadOnly }) => ReadOnly);
    await writeFile(filter, seccompFilter("x64", { chroot: true, setId }));
    return new LinuxGuest(options, started, base, openSync(filter, "r"));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class LinuxGuest implements SystemGuest {
  readonly ended: Promise<void>;
  readonly #options: LinuxGuestOptions;
  readonly #init: LinuxInit;
  readonly #base: number;
  readonly #filter: number;
  #count = 0;

  constructor(options: LinuxGuestOptions, init: LinuxInit, base: number, filter: number) {
    this.#options = options;
    this.#init = init;
    this.#base = base;
    this.#filter = filter;
    this.ended = init.ended;
  }

  async createProcess(document: ProcessDocument): Promise<GuestProcess> {
    if (document.EmulateConsole) {
      throw new HresultFailure(hresultFromWin32(WIN32.NOT_SUPPORTED), "a Linux process cannot have a terminal on this host");
    }
    const command = linuxCommand(document);
    if (document.OCISpecification !== undefined) {
      for (const mount of sharedMounts(document.OCISpecification, this.#options.document.MappedDirectories)) await this.#share(mount);
    }
    this.#count += 1;
    const { folder, group, tools, processes } = this.#options;
    return startLinuxProcess({
      command,
      document,
      init: this.#init,
      base: this.#base,
      processes,
      filter: this.#filter,
      pipes: path.join(folder, String(this.#count)),
      group,
      tools,
    });
  }

  async #share({ source, destination, readOnly }: LinuxMount): Promise<void> {
    const target = path.posix.resolve("/", destination);
    const words = ["share", String(this.#base), readOnly ? "ro" : "rw", source, target];
    const child = spawn(this.#options.tools.container, words, {
      cwd: "/",
      env: {},
      timeout: deadline,
      stdio: ["ignore", "pipe", "pipe", this.#init.folder],
    });
    const exited = new Promise<number | null>((resolve) => {
      child.once("close", resolve);
      child.once("error", () => resolve(null));
    });
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error("a child process without its pipes");
    const [said, why, code] = await Promise.all([text(stdout), text(stderr), exited]);
    if (code !== 0) {
      const reason = namedErrors(why.trim()) || "linux-container came to no end";
      throw new HresultFailure(hresultFromWin32(WIN32.GEN_FAILURE), `${source} could not be mounted at ${destination}: ${reason}`);
    }
    if (said !== "") this.#options.warn(`the files of ${source} are nobody's in it: its file system cannot show them with other owners`);
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
    await this.#init.stop();
    closeSync(this.#filter);
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
