import { setTimeout as pause } from "node:timers/promises";

/** Sends a signal to each; what has ended meanwhile, or is somebody else's, is passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals | number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone.
    }
  }
}

/** Asks until the answer is yes; returns whether it came in time. */
export async function waitUntil(asked: () => Promise<boolean>, deadline: number): Promise<boolean> {
  for (const end = Date.now() + deadline; ; ) {
    if (await asked()) return true;
    if (Date.now() > end) return false;
    await pause(5);
  }
}

/**
 * Stops processes one by one, until all have been: one of them may have started another meanwhile.
 * @throws Error when they keep coming
 */
export async function stopAll(pids: () => Promise<number[]>): Promise<void> {
  const stopped = new Set<number>();
  const done = await waitUntil(async () => {
    const running = (await pids()).filter((pid) => !stopped.has(pid));
    signalAll(running, "SIGSTOP");
    for (const pid of running) stopped.add(pid);
    return running.length === 0;
  }, 10_000);
  if (!done) throw new Error("the container starts processes faster than they can be stopped");
}
