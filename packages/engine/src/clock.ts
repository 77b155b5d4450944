import { setTimeout as delay } from "node:timers/promises";
import { preciseNow } from "./events/precise-time.ts";

/** Time, as far as the engine depends on it. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: preciseNow,
  async sleep(ms, signal) {
    // A timer holds at most 2^31-1 ms; a longer one would fire at once.
    const limited = Math.min(Math.max(ms, 0), 2_147_483_647);
    await delay(limited, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
};

/**
 * Whether `work` settled within `ms`. The timer does not outlive the call.
 * @param ms Infinity waits for ever.
 */
export async function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  if (ms === Number.POSITIVE_INFINITY) return settled;
  const timer = new AbortController();
  try {
    return await Promise.race([settled, clock.sleep(ms, timer.signal).then(() => false)]);
  } finally {
    timer.abort();
  }
}
