import { execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { commands, type ServedDisk } from "./disk-command.ts";
import { requestSize } from "./fuse-messages.ts";

const run = promisify(execFile);
const fileName = "disk";

/** What a loss of power took. */
export interface PowerLoss {
  /** Blocks that were written and not flushed by then. */
  readonly unflushed: number;
}

/**
 * A file system of its own on a disk that can lose its power: a loop device on a file that a thread of this process serves
 * through /dev/fuse, so that every write and every flush of the kernel is seen. For root on Linux.
 */
export class PowerDisk implements AsyncDisposable {
  /** Where the file system is mounted. */
  readonly folder: string;
  readonly #served: string;
  readonly #thread: Worker;
  readonly #descriptor: number;
  readonly #state: Int32Array;
  #device: string | undefined;

  private constructor(at: string, descriptor: number, size: number) {
    this.folder = path.join(at, "mounted");
    this.#served = path.join(at, "served");
    this.#descriptor = descriptor;
    const control = new SharedArrayBuffer(16);
    this.#state = new Int32Array(control);
    const workerData: ServedDisk = { descriptor, name: fileName, size, control, lost: new SharedArrayBuffer(size) };
    this.#thread = new Worker(new URL("./disk-server.ts", import.meta.url), { workerData });
    this.#thread.unref();
  }

  /**
   * Makes the disk, empty, and mounts it.
   * @param at absolute path of an empty folder for it
   * @throws Error that says what the machine lacks
   */
  static async make(at: string, size = 128 * 1024 * 1024): Promise<PowerDisk> {
    const served = path.join(at, "served");
    for (const folder of [served, path.join(at, "mounted")]) await mkdir(folder, { recursive: true });
    const descriptor = openSync("/dev/fuse", "r+");
    try {
      await mountFuse(descriptor, served);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    const disk = new PowerDisk(at, descriptor, size);
    try {
      await run("mkfs.ext4", ["-q", "-F", "-J", "size=8", path.join(served, fileName)]);
      await disk.#attach();
      return disk;
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Loses the power now: what is on the disk by then is what {@link restore} brings back. @param share as VolatileBlocks.lose */
  async lose(seed: number, share: number): Promise<PowerLoss> {
    Atomics.store(this.#state, 1, seed);
    Atomics.store(this.#state, 2, Math.round(share * 100));
    await this.#command(commands.lose);
    return { unflushed: Atomics.load(this.#state, 3) };
  }

  /** After a loss: mounts the file system again as it was left. Whatever used it must have ended. */
  async restore(): Promise<void> {
    await this.#detach();
    await this.#command(commands.load);
    await this.#attach();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#detach();
      await run("umount", [this.#served]);
    } finally {
      closeSync(this.#descriptor);
      await this.#thread.terminate();
    }
  }

  async #command(command: number): Promise<void> {
    Atomics.store(this.#state, 0, command);
    // The thread looks for commands when the kernel has a request.
    while (Atomics.load(this.#state, 0) !== commands.none) await stat(path.join(this.#served, fileName));
  }

  async #attach(): Promise<void> {
    const { stdout } = await run("losetup", ["--find", "--show", "--direct-io=on", path.join(this.#served, fileName)]);
    this.#device = stdout.trim();
    try {
      await run("mount", ["-t", "ext4", this.#device, this.folder]);
    } catch (error) {
      await run("losetup", ["--detach", this.#device]);
      this.#device = undefined;
      throw error;
    }
  }

  async #detach(): Promise<void> {
    if (this.#device === undefined) return;
    await run("umount", ["--recursive", this.folder]);
    await run("losetup", ["--detach", this.#device]);
    await letGo(this.#device, path.join(this.#served, fileName));
    this.#device = undefined;
  }
}

/** How long others may look at a device that is detached, ms: they look for a free one. */
const longestLook = 10_000;

/**
 * Waits until the kernel has let the file go: a device that somebody else has open is only told to do so when that one
 * closes it (LO_FLAGS_AUTOCLEAR, loop(4)), and `losetup --find` of another process opens all.
 */
async function letGo(device: string, file: string): Promise<void> {
  const backing = path.join("/sys/block", path.basename(device), "loop", "backing_file");
  const end = performance.now() + longestLook;
  const isHeld = async () => (await readFile(backing, "utf8").catch(() => "")).trim() === file;
  while (await isHeld()) {
    if (performance.now() > end) throw new Error(`${device} is in use after it was detached`);
    await setTimeout(10);
  }
}

/** By mount(8) without a helper, whose third descriptor is ours. */
async function mountFuse(descriptor: number, target: string): Promise<void> {
  const options = `fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=${requestSize}`;
  const child = spawn("mount", ["-i", "-t", "fuse", "-o", options, "oriel-power", target], {
    stdio: ["ignore", "ignore", "pipe", descriptor],
  });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    complaint += piece;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`nothing can be mounted through /dev/fuse: ${complaint.trim()}`);
}
