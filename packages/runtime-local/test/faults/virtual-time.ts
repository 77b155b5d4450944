import { vi } from "vitest";

/** Turns of the event loop after which a fake service, and all that waits for it, has done what needs no time. */
const turns = 40;

/** The time of this file is not the machine's: it goes on only when nothing else is left to do, however busy the machine is. */
export function startVirtualTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
}

export function endVirtualTime(): void {
  vi.useRealTimers();
}

/** Lets everything happen that needs no time. */
export async function untilIdle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Waits for `work`, and returns how many seconds of virtual time it took.
 * @throws Error when it has not settled after `limit` seconds; what it rejects with is the caller's.
 */
export async function secondsOf(work: Promise<unknown>, limit: number): Promise<number> {
  const began = Date.now();
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  await untilIdle();
  while (!isOver) {
    if (vi.getTimerCount() === 0) throw new Error("nothing is under way that could ever answer it");
    vi.advanceTimersToNextTimer();
    await untilIdle();
    const passed = (Date.now() - began) / 1000;
    if (!isOver && passed > limit) throw new Error(`not answered after ${passed} s; ${limit} s are what its deadlines allow`);
  }
  return (Date.now() - began) / 1000;
}
