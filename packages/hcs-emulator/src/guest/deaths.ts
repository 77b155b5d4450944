import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exists } from "../layers/layer-folder.ts";
import { waitUntil } from "../limits/process-signals.ts";

/**
 * The variable by which a process that the agent makes is found on the host: the only one that Wine takes from the
 * environment of a program to that of the process on the host. Its program does not see it.
 */
export function processMark(id: number): string {
  return `WINEDEBUG=-all,-oriel${id}`;
}

/** Milliseconds for the reaper to reap a process that has ended. */
const reapDeadline = 1000;

/**
 * What the reaper notes: processes of a guest that a signal ended. Wine 8 reports exit code 0 for them, Wine 10 reports 1. The
 * container's programs cannot write to the file, as far as a sandbox contains them.
 */
export class Deaths {
  readonly file: string;
  readonly #reaper: () => number | undefined;

  /** @param reaper returns the reaper's process on the host; undefined where there is none */
  constructor(file: string, reaper: () => number | undefined) {
    this.file = file;
    this.#reaper = reaper;
    writeFileSync(file, "");
  }

  /**
   * Begins to watch the process that was made with this mark. @returns what returns the signal that has ended it, or
   * undefined
   */
  watch(id: number): () => Promise<number | undefined> {
    const from = this.#size();
    const pid = this.#find(processMark(id));
    const inner = pid === undefined ? undefined : innerNumber(pid);
    return async () => {
      if (pid === undefined) return undefined;
      // The note is there before the process is reaped, and wineserver reports the end before or after that.
      await waitUntil(async () => !exists(`/proc/${pid}`), reapDeadline);
      if (this.#size() === from) return undefined;
      const notes = readFileSync(this.file, "latin1").slice(from).split("\n");
      const note = notes.find((line) => line.startsWith(`${inner} `));
      return note === undefined ? undefined : Number(note.split(" ")[1]);
    };
  }

  #size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** All processes of the guest are children of its reaper, the latest last. At once: a process may not live for long. */
  #find(mark: string): number | undefined {
    const reaper = String(this.#reaper());
    const children = readProc(reaper, "task", reaper, "children")
      .split(" ")
      .filter((word) => word !== "");
    const found = children.findLast((pid) => `\0${readEnvironment(pid)}`.includes(`\0${mark}\0`));
    return found === undefined ? undefined : Number(found);
  }
}

function readProc(...names: string[]): string {
  try {
    return readFileSync(path.join("/proc", ...names), "latin1");
  } catch {
    return "";
  }
}

/** Bytes of an environment that are read: Windows lets none be longer than 32,767 characters, a program of Linux can have more. */
const maxEnvironmentBytes = 128 * 1024;

function readEnvironment(pid: string): string {
  let file: number | undefined;
  try {
    file = openSync(path.join("/proc", pid, "environ"), "r");
    const bytes = Buffer.allocUnsafe(maxEnvironmentBytes);
    let length = 0;
    for (let got = -1; got !== 0 && length < maxEnvironmentBytes; length += got)
      got = readSync(file, bytes, length, maxEnvironmentBytes - length, null);
    return bytes.toString("latin1", 0, length);
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The number that the process has where the reaper is: of a name space of its own, where there is one. */
function innerNumber(pid: number): number {
  const numbers = /^NSpid:\s+(.*)$/m.exec(readProc(String(pid), "status"))?.[1]?.split("\t");
  return Number(numbers?.at(-1) ?? pid);
}
