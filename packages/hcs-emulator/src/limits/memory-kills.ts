import type { ContainerGroup } from "./container-group.ts";

/** Of a process that SIGKILL has ended. */
const killedExitCode = 137;

export interface ProcessEnd {
  readonly exitCode: number;
  /** Whether the limit of memory has ended a process since the last end that said so. */
  readonly outOfMemory: boolean;
}

/**
 * What the kernel's ending of processes at a limit of memory means for the ends of a compute system's processes. It says how
 * many it has ended, and not which: one that SIGKILL ended was ended by it; one that ends with 0 may have lost a process that
 * it had started, for which Wine 8 has exit code 0, so that it is no success either.
 */
export class MemoryKills {
  readonly #group: ContainerGroup;
  /** Kills that were reported with the end of a process. */
  #reported = 0;
  /** Kills of processes whose end is known. */
  #known = 0;

  constructor(group: ContainerGroup) {
    this.#group = group;
  }

  /** Begins to watch for a process. @returns what takes its exit code when it has ended */
  async watch(): Promise<(exitCode: number) => Promise<ProcessEnd>> {
    const before = (await this.#group.memoryKills()) - this.#known;
    return async (exitCode) => {
      const kills = await this.#group.memoryKills();
      const outOfMemory = kills > this.#reported;
      this.#reported = Math.max(this.#reported, kills);
      if (kills - this.#known <= before) return { exitCode, outOfMemory };
      if (exitCode === killedExitCode) this.#known += 1;
      return { exitCode: exitCode || killedExitCode, outOfMemory };
    };
  }
}
