import { rm } from "node:fs/promises";

export interface KillRunOptions {
  /** URL of a module that opens what is to be killed; loaded by a Node.js of its own. */
  readonly module: URL;
  /** @default ORIEL_KILLS, or 3 */
  readonly kills?: number;
  /** @default ORIEL_KILL_SEED, or 1 */
  readonly seed?: number;
  /**
   * Whether the machine loses its power each time, and with it all that is not on the disk by then; for root on Linux with
   * /dev/fuse.
   * @default false: only the program ends
   */
  readonly power?: boolean;
}

export interface KillRunReport {
  readonly kills: number;
  /** How often each kind of work was under way when the program was killed. */
  readonly cutShort: Readonly<Record<string, number>>;
  /** Operations that were reported done. */
  readonly done: number;
  /** A line for each thing that was not as it must be, with the number of the kill. */
  readonly problems: readonly string[];
}

/** What a run has found so far. */
export class KillRunTally {
  readonly kills: number;
  readonly seed: number;
  readonly power: boolean;
  readonly #cutShort: Record<string, number> = {};
  readonly #problems: string[] = [];
  #done = 0;

  constructor({ kills, seed, power = false }: KillRunOptions) {
    this.power = power;
    this.kills = kills ?? Number(process.env.ORIEL_KILLS ?? 3);
    this.seed = seed ?? Number(process.env.ORIEL_KILL_SEED ?? 1);
  }

  /** @param under operations that were under way */
  add(kill: number, found: { readonly done: number; readonly under: readonly string[]; readonly problems: readonly string[] }): void {
    const { under, problems, done } = found;
    for (const op of under.length === 0 ? ["nothing"] : under) this.#cutShort[op] = (this.#cutShort[op] ?? 0) + 1;
    this.#problems.push(...problems.map((problem) => `kill ${kill} (during ${under.join() || "nothing"}): ${problem}`));
    this.#done += done;
  }

  get report(): KillRunReport {
    return { kills: this.kills, cutShort: this.#cutShort, done: this.#done, problems: this.#problems };
  }
}

/** A line for what threw while it was looked at what is there. */
export function failureOf(error: unknown): string {
  return `looking at what is there failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** What cannot be removed must not hide what was found. */
export async function removeRunFolder(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true, maxRetries: 3 }).catch((error: Error) => console.warn(`${root} stays: ${error.message}`));
}
