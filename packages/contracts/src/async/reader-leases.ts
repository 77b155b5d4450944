import { DeadlineExceededError, type OrielError } from "../errors/errors.ts";
import { anySignal } from "./any-signal.ts";
import { onAbort } from "./on-abort.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { withDeadline } from "./with-deadline.ts";

interface Lease {
  readonly revoked: AbortController;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * Shares resources, by key, between reads that may be given up and writers that need the resource for themselves. A writer aborts
 * the reads that are under way, waits until they have let go, and keeps new ones waiting until it is done. Writers do not exclude each other.
 */
export class ReaderLeases {
  readonly #deadline: number;
  readonly #leases = new Map<string, Set<Lease>>();
  readonly #writers = new Map<string, Set<Promise<void>>>();

  /** @param deadline milliseconds that a writer waits for the reads that it aborted */
  constructor(deadline: number) {
    this.#deadline = deadline;
  }

  /**
   * Runs a read with a signal that it must heed. One that a writer aborts is run again after the writer: it then finds what that left.
   * @throws what `work` throws; the reason of the caller's own signal
   */
  async read<T>(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      const lease = await this.#begin(key, signal);
      try {
        return await work(anySignal(lease.revoked.signal, signal));
      } catch (error) {
        if (!lease.revoked.signal.aborted || signal?.aborted === true) throw error;
      } finally {
        lease.end();
      }
    }
  }

  /** Reads a stream, which a writer can end while its reader does not ask for more. @throws the writer's reason, then */
  async *stream<T>(
    key: string,
    open: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
    signal?: AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    const lease = await this.#begin(key, signal);
    try {
      // Between the lease and here a writer had its turn: the listener below would come too late.
      lease.revoked.signal.throwIfAborted();
      const source = open(anySignal(lease.revoked.signal, signal));
      const letGo = () => void source.return().then(lease.end, lease.end);
      onAbort(lease.revoked.signal, letGo);
      yield* source;
      lease.revoked.signal.throwIfAborted();
    } finally {
      lease.end();
    }
  }

  /**
   * Aborts the reads of `key`, and runs `work` once they have ended.
   * @param reason why, for those whose read cannot be run again
   * @throws DeadlineExceededError for a read that does not end
   */
  async write<T>(key: string, reason: OrielError, work: () => Promise<T>): Promise<T> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const leave = enter(this.#writers, key, over);
    try {
      const leases = [...(this.#leases.get(key) ?? [])];
      for (const { revoked } of leases) revoked.abort(reason);
      if (leases.length > 0) await this.#within(Promise.all(leases.map(({ ended }) => ended)), key, reason);
      return await work();
    } finally {
      leave();
      end();
    }
  }

  async #begin(key: string, signal: AbortSignal | undefined): Promise<Lease> {
    for (let writers = this.#writers.get(key); writers !== undefined; writers = this.#writers.get(key)) {
      await unlessAborted(Promise.all(writers), signal);
    }
    signal?.throwIfAborted();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const lease = { revoked: new AbortController(), ended, end: resolve };
    const leave = enter(this.#leases, key, lease);
    void ended.then(leave);
    return lease;
  }

  #within(ended: Promise<unknown>, key: string, { op }: OrielError): Promise<unknown> {
    const ms = this.#deadline;
    const message = `${key} is still being read ${ms / 1000} s after its readers were asked to let go`;
    const error = () => new DeadlineExceededError(message, { op, resource: key, remedy: "Try again later." });
    return withDeadline(ended, { ms, error, op });
  }
}

/** Adds a value to the set of a key; returns what takes it away again, and the set with its last. */
function enter<T>(sets: Map<string, Set<T>>, key: string, value: T): () => void {
  const set = sets.get(key) ?? new Set<T>();
  sets.set(key, set.add(value));
  return () => {
    set.delete(value);
    if (set.size === 0 && sets.get(key) === set) sets.delete(key);
  };
}
