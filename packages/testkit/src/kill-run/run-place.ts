import { mkdir, mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PowerDisk } from "../power/power-disk.ts";
import { removeRunFolder } from "./kill-run-report.ts";
import { Random } from "./random.ts";

/** Where a kill run works. */
export interface RunPlace extends AsyncDisposable {
  /** Absolute path of the folder that is worked in. */
  readonly root: string;
  /** Absolute path of a folder for what the run itself must keep. */
  readonly own: string;
  /** Takes the power from the machine, as far as the folder goes; undefined where only the program ends. */
  readonly losePower: ((seed: number) => Promise<void>) | undefined;
  /** Once the program has ended: the folder as it was left. */
  restore(): Promise<void>;
}

/** Shares of what a disk had in its cache only that a loss of power leaves all the same. */
const shares = [0, 0.5, 1];

/** @param power whether the machine loses its power; for root on Linux with /dev/fuse */
export async function makeRunPlace(power: boolean): Promise<RunPlace> {
  const own = await mkdtemp(path.join(os.tmpdir(), "oriel-kill-run-"));
  if (!power) {
    return { root: own, own, losePower: undefined, restore: async () => {}, [Symbol.asyncDispose]: () => removeRunFolder(own) };
  }
  const disk = await PowerDisk.make(path.join(own, "disk"));
  const root = path.join(disk.folder, "root");
  await mkdir(root);
  return {
    root,
    own,
    losePower: async (seed) => {
      const random = new Random(seed);
      await disk.lose(seed, random.pick(shares) ?? 0);
    },
    restore: () => disk.restore(),
    [Symbol.asyncDispose]: async () => {
      await disk[Symbol.asyncDispose]();
      await removeRunFolder(own);
    },
  };
}
