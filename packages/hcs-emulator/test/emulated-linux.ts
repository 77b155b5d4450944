import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { HCS, HcsNotification, type HcsProcess, type HcsSystem } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs, type EmulatedHcsOptions } from "../src/index.ts";
import { findLinuxTools } from "../src/linux/linux-tools.ts";

const run = promisify(execFile);
const tools = await findLinuxTools();

/** Why Linux containers cannot be run here; undefined where they can. */
export const noLinux = typeof tools === "string" ? tools : undefined;
export const skippedLinux = noLinux === undefined ? "" : ` (skipped: ${noLinux})`;

/** Programs that the test's layer has: the host's own, with the libraries that they load. */
const programs = ["sh", "cat", "sleep", "id", "hostname", "ls", "chmod", "mkdir", "ln"];

export async function makeLinuxLayer(folder: string): Promise<void> {
  await mkdir(path.join(folder, "bin"), { recursive: true });
  for (const name of programs) {
    const file = (await run("which", [name])).stdout.trim();
    await copyFile(file, path.join(folder, "bin", name));
    const { stdout } = await run("ldd", [file]);
    for (const [, library] of stdout.matchAll(/(\/\S+) \(0x/g)) {
      if (library === undefined) continue;
      await mkdir(path.join(folder, path.dirname(library)), { recursive: true });
      await copyFile(library, path.join(folder, library));
    }
  }
}

/** What the documents of Linux containers name: two layers, the upper one with little in it, and files to boot from. */
export interface LinuxImage {
  readonly folder: string;
  readonly layer: string;
  readonly upper: string;
  readonly boot: string;
  remove(): Promise<void>;
}

/** @param below an existing folder */
export async function makeLinuxImage(below = os.tmpdir()): Promise<LinuxImage> {
  const folder = await mkdtemp(path.join(below, "oriel-linux-"));
  const layer = path.join(folder, "base", "layer.vhd");
  const upper = path.join(folder, "upper", "layer.vhd");
  const boot = path.join(folder, "boot");
  for (const each of [layer, upper, boot]) await mkdir(each, { recursive: true });
  if (noLinux === undefined) await makeLinuxLayer(layer);
  await writeFile(path.join(layer, "which"), "base\n");
  await writeFile(path.join(upper, "which"), "upper\n");
  await symlink("/bin/sh", path.join(upper, "shell"));
  for (const name of ["kernel", "initrd.img"]) await writeFile(path.join(boot, name), "");
  return { folder, layer, upper, boot, remove: () => rm(folder, { recursive: true, force: true }) };
}

type Changes = Readonly<Record<string, unknown>>;

/** A service with one Linux container. */
export class LinuxContainers {
  readonly root: string;
  readonly hcs: EmulatedHcs;
  readonly warnings: string[] = [];
  readonly #image: LinuxImage;

  constructor(image: LinuxImage, root: string, options: Omit<EmulatedHcsOptions, "root" | "onWarning"> = {}) {
    this.#image = image;
    this.root = root;
    this.hcs = createEmulatedHcs({ ...options, root, onWarning: (message) => this.warnings.push(message) });
  }

  async start(): Promise<void> {
    await mkdir(path.join(this.root, "scratch"), { recursive: true });
    await this.hcs.start();
  }

  create(changes: Changes = {}) {
    const { boot, upper, layer } = this.#image;
    const document = {
      SystemType: "Container",
      Name: "c",
      ContainerType: "Linux",
      HvPartition: true,
      HvRuntime: { ImagePath: boot, LinuxKernelFile: "kernel", LinuxInitrdFile: "initrd.img" },
      LayerFolderPath: path.join(this.root, "scratch"),
      Layers: [
        { ID: "u", Path: upper },
        { ID: "b", Path: layer },
      ],
      HostName: "box",
      ...changes,
    };
    return this.hcs.compute.HcsCreateComputeSystem("c", JSON.stringify(document), 0n);
  }

  async started(changes: Changes = {}) {
    const { system, hresult, result } = await this.create(changes);
    if (hresult !== HCS.OPERATION_PENDING) throw new Error(`HcsCreateComputeSystem: ${result}`);
    const { callback, wait } = notices();
    await this.hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n);
    await this.hcs.compute.HcsStartComputeSystem(system, "");
    await wait(HcsNotification.SystemStartCompleted);
    return { system, wait };
  }

  async process(system: HcsSystem, document: Changes) {
    const pipes = { CreateStdInPipe: true, CreateStdOutPipe: true, CreateStdErrPipe: true };
    const answer = await this.hcs.compute.HcsCreateProcess(system, JSON.stringify({ ...pipes, ...document }));
    if (answer.result !== null) throw new Error(`HcsCreateProcess: ${answer.result}`);
    const { callback, wait } = notices();
    await this.hcs.compute.HcsRegisterProcessCallback(answer.process, callback, 0n);
    return {
      handle: answer.process,
      pid: answer.information.processId,
      stdin: this.hcs.win32.openPipeWriter(answer.information.stdInput),
      stdout: this.hcs.win32.openPipeReader(answer.information.stdOutput),
      stderr: this.hcs.win32.openPipeReader(answer.information.stdError),
      exited: () => wait(HcsNotification.ProcessExited),
    };
  }

  async outcome(system: HcsSystem, document: Changes, input = "") {
    const running = await this.process(system, document);
    running.stdin.end(input);
    const [out, err] = await Promise.all([text(running.stdout), text(running.stderr), running.exited()]);
    return { out, err, code: await this.exitCode(running.handle) };
  }

  async exitCode(handle: HcsProcess): Promise<number> {
    const { processProperties } = await this.hcs.compute.HcsGetProcessProperties(handle);
    return JSON.parse(processProperties ?? "").ExitCode;
  }
}

/** Waits for notifications of a system or process. */
function notices() {
  const seen: number[] = [];
  let changed = () => {};
  const callback = (type: number) => {
    seen.push(type);
    changed();
  };
  const wait = async (type: number) => {
    while (!seen.includes(type)) await new Promise<void>((resolve) => (changed = resolve));
  };
  return { callback, wait };
}

export const shell = (script: string) => ({ CommandArgs: ["/bin/sh", "-c", script] });
