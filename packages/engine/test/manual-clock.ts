import type { Clock } from "../src/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly ms: number;
  wake(): void;
}

export interface ManualClock extends Clock {
  /** Resolves once somebody sleeps for exactly `ms`, or at all. */
  sleeping(ms?: number): Promise<void>;
  /** Lets time pass and wakes those whose time has come. */
  advance(ms: number): void;
}

/** Time that passes only when a test says so. Each look at it is a millisecond later than the last, so that order shows. */
export function manualClock(): ManualClock {
  let now = Date.UTC(2026, 0, 1);
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();
  return {
    now: () => new Date(now++),
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const sleeper: Sleeper = {
          until: now + ms,
          ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
        for (const watch of watchers) watch();
      });
    },
    sleeping(ms) {
      return new Promise((resolve) => {
        const watch = (): void => {
          if (![...sleepers].some((sleeper) => ms === undefined || sleeper.ms === ms)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      });
    },
    advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers]) if (sleeper.until <= now) sleeper.wake();
    },
  };
}
