import { Worker } from "node:worker_threads";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { LayerMetadata } from "../files/layer-metadata.ts";
import { HresultFailure } from "../host/answers.ts";
import { posix } from "../native/posix.ts";
import { type CallName, type CallReply, type CallRequest, createTreeCalls, type LayerCalls, type TreeCalls } from "./layer-calls.ts";
import { SharedBuffers } from "./shared-buffers.ts";

type Values<Name extends CallName> = Parameters<LayerCalls[Name]>;
type Answer<Name extends CallName> = ReturnType<LayerCalls[Name]>;

/** Works on whole layers that run at once; more wait for their turn. */
export const maxWorkers = 2;

/**
 * Threads for the files of layers, as a file system can block: one that has the open files and answers short calls in
 * their order, and some for work on whole layers. They are made when they are first needed, and keep the process alive
 * only while somebody waits for them.
 */
export class LayerThreads {
  /** For what is sent to a thread in bulk. */
  readonly buffers = new SharedBuffers();
  readonly #workers: LayerThread[] = [];
  readonly #waiting: (() => void)[] = [];
  #files: LayerThread | undefined;
  #here: TreeCalls | undefined;

  /**
   * Work on whole layers that is done at once, on the thread of the caller: for what is so little that to wake another
   * thread and to be woken by it would take most of the time (0.2 ms on a virtual machine).
   */
  get here(): TreeCalls {
    this.#here ??= createTreeCalls(posix(), new LayerMetadata(posix()));
    return this.#here;
  }

  /** A short call. @throws HresultFailure with the HRESULT that Windows would answer */
  async call<Name extends CallName>(name: Name, ...values: Values<Name>): Promise<Answer<Name>> {
    if (this.#files?.hasEnded !== false) this.#files = new LayerThread();
    return (await this.#files.call(name, values)) as Answer<Name>;
  }

  /** A short call that answers nothing and cannot fail: those that come after it find it done, and it may wait for them. */
  tell<Name extends CallName>(name: Name, ...values: Values<Name>): void {
    // A thread that is made later knows nothing yet.
    this.#files?.tell(name, values);
  }

  /** Work on a whole layer, which can take long. @throws as `call` */
  async work<Name extends CallName>(name: Name, ...values: Values<Name>): Promise<Answer<Name>> {
    for (;;) {
      for (const [at, worker] of this.#workers.entries()) if (worker.hasEnded) this.#workers.splice(at, 1);
      const idle = this.#workers.find(({ pending }) => pending === 0);
      if (idle === undefined && this.#workers.length >= maxWorkers) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      const worker = idle ?? new LayerThread();
      if (idle === undefined) this.#workers.push(worker);
      try {
        return (await worker.call(name, values)) as Answer<Name>;
      } finally {
        this.#waiting.shift()?.();
      }
    }
  }

  /** Ends the threads. What is under way fails. */
  async close(): Promise<void> {
    const threads = [...this.#workers.splice(0), ...(this.#files === undefined ? [] : [this.#files])];
    this.#files = undefined;
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

/** How long threads without a user are kept for the next, ms. */
const keptFor = 5_000;

let shared: { readonly threads: LayerThreads; users: number; timer: NodeJS.Timeout | undefined } | undefined;

/** The threads of this process, which all services in it share: a thread takes a quarter of a second to start. */
export function acquireLayerThreads(): { readonly threads: LayerThreads; release(): void } {
  shared ??= { threads: new LayerThreads(), users: 0, timer: undefined };
  const found = shared;
  found.users += 1;
  clearTimeout(found.timer);
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    found.users -= 1;
    if (found.users === 0) found.timer = setTimeout(() => void retire(found.threads), keptFor).unref();
  };
  return { threads: found.threads, release };
}

async function retire(threads: LayerThreads): Promise<void> {
  if (shared?.threads === threads) shared = undefined;
  await threads.close();
}

/** Nearly all that a thread makes is of no use a moment later; the usual 48 MB for that would be kept for nothing. */
const youngMegabytes = 2;

/** What a thread is told is kept for its next call, up to so much: nobody waits for it, and to wake a thread takes time. */
const maxReports = 64;

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

class LayerThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** What goes to the thread with the next message: one for each call would cost more than the calls. */
  #outbox: CallRequest[] = [];
  #isFlushing = false;
  #last = 0;
  #ended = false;

  constructor() {
    const entry = new URL(import.meta.url.endsWith(".ts") ? "./layer-thread.ts" : "./layer-thread.js", import.meta.url);
    this.#worker = new Worker(entry, { name: "oriel layers", resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } });
    this.#worker.unref();
    this.#worker.on("message", (replies: readonly CallReply[]) => replies.forEach((reply) => void this.#answered(reply)));
    this.#worker.on("error", (error) => this.#lost(error.message));
    this.#worker.on("exit", () => this.#lost("the thread for the files of layers has ended"));
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get pending(): number {
    return this.#pending.size;
  }

  call(name: CallName, values: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(this.#last, { resolve, reject });
      this.#outbox.push({ id: this.#last, name, values });
      this.#flushSoon();
    });
  }

  tell(name: CallName, values: readonly unknown[]): void {
    this.#outbox.push({ id: undefined, name, values });
    if (this.#outbox.length >= maxReports) this.#flushSoon();
  }

  /** Once all is done that is to be done now: whoever works on several files has asked for all of them by then. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const requests = this.#outbox;
    this.#outbox = [];
    this.#worker.postMessage(requests);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #answered(reply: CallReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ("value" in reply) pending?.resolve(reply.value);
    else pending?.reject(new HresultFailure(reply.hresult, reply.message));
  }

  #lost(message: string): void {
    this.#ended = true;
    for (const { reject } of this.#pending.values()) reject(new HresultFailure(hresultFromWin32(WIN32.GEN_FAILURE), message));
    this.#pending.clear();
  }
}
