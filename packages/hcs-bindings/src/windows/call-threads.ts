import { Worker } from "node:worker_threads";
import { UnavailableError } from "@oriel/contracts";
import type { CallReply, CallRequest } from "./call-thread.ts";
import type { WindowsLibraries } from "./libraries.ts";
import type { NativeCalls } from "./native-calls.ts";

export interface CallThreadsOptions {
  readonly libraries: WindowsLibraries;
  /** Calls that can be under way at once; more wait in a queue. A thread takes some 8 MB. @default 128 */
  readonly maxThreads?: number;
  /** How long a call waits for a thread before there may be one more. Beyond eight it takes 25 times as long. @default 10 */
  readonly startAfterMs?: number;
  /** Threads without work are given back after this time, all but one. @default 10000 */
  readonly idleMs?: number;
}

interface Waiting {
  readonly request: CallRequest;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

interface Thread {
  readonly worker: Worker;
  work: Waiting | undefined;
  running: boolean;
  idleTimer: NodeJS.Timeout | undefined;
}

const quickThreads = 8;
const startingAtOnce = 2;

/**
 * Calls that begin something and take their time. The others bring to an end what was begun: they go first, and half of
 * the threads are theirs. Else two hundred processes that are created at once would all wait for the last of them.
 */
const beginning: ReadonlySet<string> = new Set([
  "HcsCreateComputeSystem",
  "HcsStartComputeSystem",
  "HcsCreateProcess",
  "ImportLayer",
  "ExportLayer",
  "ProcessBaseImage",
  "ProcessUtilityImage",
  "CreateSandboxLayer",
]);

/**
 * Threads that make calls which can block. They are not libuv's, which are four by default and shared with the file
 * system: four calls that hang would stop the whole process. Threads are made as calls wait for one, so that a host whose
 * calls are quick keeps few, and calls that hang take none from the others.
 */
export class CallThreads {
  readonly #options: Required<CallThreadsOptions>;
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #queue: Waiting[] = [];
  /** Calls that begin something, and wait. */
  readonly #later: Waiting[] = [];
  #startTimer: NodeJS.Timeout | undefined;
  #lastAnswer = 0;
  #lastStart = 0;
  #closed = false;

  constructor(options: CallThreadsOptions) {
    this.#options = { maxThreads: 128, startAfterMs: 10, idleMs: 10_000, ...options };
  }

  /** Threads that there are. */
  get size(): number {
    return this.#threads.size;
  }

  /** Threads that are in a call. */
  get busy(): number {
    return this.#threads.size - this.#idle.length;
  }

  /** Calls that have not answered: those that a thread makes, and those that wait for one. */
  get pending(): number {
    return this.busy + this.#queue.length + this.#later.length;
  }

  /** Makes one call on a thread. Rejects only where the thread itself fails, or after `close`. */
  run<Family extends keyof NativeCalls, Name extends keyof NativeCalls[Family] & string>(
    family: Family,
    name: Name,
    ...values: NativeCalls[Family][Name] extends (...values: infer Values) => unknown ? Values : never
  ): Promise<NativeCalls[Family][Name] extends (...values: never) => infer Answer ? Answer : never> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new UnavailableError(`${name} cannot be called: this Host Compute Service was closed`, { op: name }));
        return;
      }
      const queue = beginning.has(name) ? this.#later : this.#queue;
      queue.push({
        request: { family, name, values },
        resolve: resolve as (answer: unknown) => void,
        reject,
        since: performance.now(),
      });
      this.#dispatch();
    });
  }

  /** Ends the threads that have no work; one that is in a call ends after it. Calls that wait are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#startTimer);
    for (const { request, reject } of [...this.#queue.splice(0), ...this.#later.splice(0)]) {
      reject(new UnavailableError(`${request.name} was not called: this Host Compute Service was closed`, { op: request.name }));
    }
    await Promise.all(this.#idle.splice(0).map((thread) => this.#end(thread)));
  }

  /** The call that a thread without work would make. */
  get #next(): Waiting | undefined {
    return this.#queue[0] ?? (this.#mayBegin ? this.#later[0] : undefined);
  }

  get #mayBegin(): boolean {
    const begun = [...this.#threads].filter(({ work }) => work !== undefined && beginning.has(work.request.name)).length;
    return begun < Math.max(1, Math.floor(this.#threads.size / 2));
  }

  #dispatch(): void {
    for (let thread = this.#idle.at(-1); thread !== undefined && this.#next !== undefined; thread = this.#idle.at(-1)) {
      this.#idle.pop();
      this.#give(thread);
    }
    if (this.#queue.length + this.#later.length === 0 || this.#threads.size >= this.#options.maxThreads) return;
    if (this.#threads.size === 0) this.#start();
    this.#startTimer ??= setTimeout(() => {
      this.#startTimer = undefined;
      this.#grow();
      this.#dispatch();
    }, this.#options.startAfterMs);
  }

  /**
   * Quick calls pay for few threads only: where calls come to an end, the next waits for one of those. Threads beyond are
   * for calls that hang, so they come when nothing moves, or one after another when a call waits far too long.
   */
  #grow(): void {
    const first = [this.#queue[0], this.#later[0]].filter((waiting) => waiting !== undefined).sort((a, b) => a.since - b.since)[0];
    if (first === undefined) return;
    const now = performance.now();
    const startAfter = this.#options.startAfterMs;
    const waited = now - first.since;
    const still = now - Math.max(this.#lastAnswer, first.since);
    const nothingMoves = still >= 25 * startAfter;
    const farTooLong = waited >= 200 * startAfter && now - this.#lastStart >= 200 * startAfter;
    if (this.#threads.size < quickThreads ? waited < startAfter : !nothingMoves && !farTooLong) return;
    // One at a time and few at once, so that the event loop keeps its share of the processors.
    const starting = [...this.#threads].filter(({ running }) => !running).length;
    if (starting < startingAtOnce && this.#threads.size < this.#options.maxThreads) this.#start();
  }

  #give(thread: Thread): void {
    const work = this.#next;
    if (work === undefined) return;
    (this.#queue.length > 0 ? this.#queue : this.#later).shift();
    clearTimeout(thread.idleTimer);
    thread.work = work;
    thread.worker.ref();
    thread.worker.postMessage(work.request);
  }

  /** A new thread takes the first call that waits as soon as it runs; its messages wait until then. */
  #start(): void {
    this.#lastStart = performance.now();
    const entry = new URL(import.meta.url.endsWith(".ts") ? "./call-thread.ts" : "./call-thread.js", import.meta.url);
    const worker = new Worker(entry, {
      name: "oriel HCS calls",
      workerData: this.#options.libraries,
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    });
    const thread: Thread = { worker, work: undefined, running: false, idleTimer: undefined };
    this.#threads.add(thread);
    worker.once("online", () => {
      thread.running = true;
    });
    worker.on("message", (reply: CallReply) => this.#answered(thread, reply));
    worker.on("error", (error) => this.#lost(thread, error));
    worker.on("exit", () => this.#lost(thread, new UnavailableError("a thread for calls into HCS ended", { op: "hcs.call" })));
    if (this.#next === undefined) this.#idle.push(thread);
    else this.#give(thread);
  }

  #answered(thread: Thread, reply: CallReply): void {
    const work = thread.work;
    thread.work = undefined;
    this.#lastAnswer = performance.now();
    if (this.#next !== undefined) {
      this.#give(thread);
    } else if (this.#closed) {
      void this.#end(thread);
    } else {
      this.#idle.push(thread);
      // What waits for an answer keeps the process alive; a thread without work does not.
      thread.worker.unref();
      thread.idleTimer = setTimeout(() => this.#retire(thread), this.#options.idleMs).unref();
    }
    if ("thrown" in reply) work?.reject(reply.thrown);
    else work?.resolve(reply.answer);
  }

  #retire(thread: Thread): void {
    if (this.#threads.size <= 1) return;
    const at = this.#idle.indexOf(thread);
    if (at === -1) return;
    this.#idle.splice(at, 1);
    void this.#end(thread);
  }

  async #end(thread: Thread): Promise<void> {
    clearTimeout(thread.idleTimer);
    this.#threads.delete(thread);
    await thread.worker.terminate();
  }

  #lost(thread: Thread, error: unknown): void {
    clearTimeout(thread.idleTimer);
    this.#threads.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at !== -1) this.#idle.splice(at, 1);
    const { work } = thread;
    thread.work = undefined;
    work?.reject(error);
  }
}
