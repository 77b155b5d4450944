import { goneHresults, HcsNotification, type OrielError, toOrielError } from "@oriel/contracts";
import type { CallContext } from "./call.ts";
import { isHcsError } from "./hcs-error.ts";
import { closedWhileWaiting, type NotificationHub, serviceDisconnected } from "./notification-hub.ts";
import type { ProcessStatus } from "./schema/process-status.ts";

/** How a process ended. */
export interface ProcessExit {
  /** Unsigned 32 bits. {@link UNKNOWN_EXIT_CODE} when the service could not say. */
  readonly exitCode: number;
  readonly exitedAt: Date;
  /** See {@link ProcessStatus}. */
  readonly outOfMemory?: boolean;
  /** Why the exit code is not known. */
  readonly error?: OrielError;
}

/** -1 in unsigned 32 bits: what Docker shows for an exit code that could not be read. */
export const UNKNOWN_EXIT_CODE = 0xffffffff;

const longestProbeInterval = 30_000;

export interface ProcessExitOptions {
  readonly hub: NotificationHub;
  readonly context: CallContext;
  readonly readStatus: () => Promise<ProcessStatus>;
  /** Milliseconds between a first sign of the end and the first look at the process. */
  readonly probeAfter: number;
}

/**
 * Watches one process for its end. The notification says so; because one can get lost, a sign that the process may be
 * gone (`suspect`) makes the watch look at the process itself, ever more seldom until it has ended.
 */
export class ProcessExitWatch {
  readonly exit: Promise<ProcessExit>;
  readonly #options: ProcessExitOptions;
  readonly #settle: (exit: ProcessExit) => void;
  #settled = false;
  #probing: NodeJS.Timeout | undefined;

  constructor(options: ProcessExitOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<ProcessExit>();
    this.exit = promise;
    this.#settle = (exit) => {
      if (this.#settled) return;
      this.#settled = true;
      clearTimeout(this.#probing);
      resolve(exit);
    };
    void this.#watch();
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Something hints that the process is gone. */
  suspect(): void {
    if (!this.#settled) this.#probing ??= this.#probeIn(this.#options.probeAfter);
  }

  async #watch(): Promise<void> {
    const { hub, context } = this.#options;
    const notice = await hub.next(HcsNotification.ProcessExited, HcsNotification.ServiceDisconnect).notice;
    if (notice?.type === HcsNotification.ProcessExited) return this.#finish(await this.#look());
    const error = notice ? serviceDisconnected(context) : closedWhileWaiting(context);
    this.#settle({ exitCode: UNKNOWN_EXIT_CODE, exitedAt: new Date(), error });
  }

  #finish(seen: ProcessStatus | OrielError): void {
    const exitedAt = new Date();
    if (seen instanceof Error) this.#settle({ exitCode: UNKNOWN_EXIT_CODE, exitedAt, error: seen });
    else this.#settle({ exitCode: exitCodeOf(seen), exitedAt, ...(seen.OutOfMemory === true ? { outOfMemory: true } : {}) });
  }

  #look(): Promise<ProcessStatus | OrielError> {
    const { op, resource } = this.#options.context;
    return this.#options.readStatus().catch((error: unknown) => toOrielError(error, op, resource));
  }

  #probeIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#probe(ms), ms).unref();
  }

  async #probe(interval: number): Promise<void> {
    const seen = await this.#look();
    if (this.#settled) return;
    const over = seen instanceof Error ? isHcsError(seen, ...goneHresults) : seen.Exited === true;
    if (over) this.#finish(seen);
    else this.#probing = this.#probeIn(Math.min(interval * 2, longestProbeInterval));
  }
}

function exitCodeOf(status: ProcessStatus): number {
  if (status.Exited !== true || (status.LastWaitResult ?? 0) !== 0 || status.ExitCode === undefined) return UNKNOWN_EXIT_CODE;
  return status.ExitCode >>> 0;
}
