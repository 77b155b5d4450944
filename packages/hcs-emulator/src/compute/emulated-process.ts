import { HcsNotification, type HcsProcessInformation } from "@oriel/contracts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { ConsoleSize } from "../guest/agent-protocol.ts";
import type { GuestProcess } from "../guest/guest.ts";
import type { ProcessEnd } from "../limits/memory-kills.ts";
import { NotificationSource } from "./notification-source.ts";
import type { ProcessSignal } from "./process-signal.ts";

/** A process of a compute system, alive or not; handles refer to it. */
export class EmulatedProcess {
  readonly pid: number;
  readonly notifications: NotificationSource;
  /** Settles once the exit is recorded. */
  readonly exited: Promise<void>;
  readonly #guest: GuestProcess;
  readonly #openStdin: () => HcsProcessInformation["stdInput"];
  #exitCode: number | undefined;
  #outOfMemory = false;

  /** @param endOf what its exit code means, asked when it has ended */
  constructor(
    guest: GuestProcess,
    openStdin: () => HcsProcessInformation["stdInput"],
    faults: FaultPlan,
    endOf: (exitCode: number) => Promise<ProcessEnd>,
  ) {
    this.notifications = new NotificationSource(faults);
    this.pid = guest.pid;
    this.#guest = guest;
    this.#openStdin = openStdin;
    this.exited = guest.exitCode.then(async (code) => {
      const end = await endOf(code);
      this.#outOfMemory = end.outOfMemory;
      this.#exitCode = end.exitCode;
      this.notifications.notify(HcsNotification.ProcessExited);
    });
  }

  get hasExited(): boolean {
    return this.#exitCode !== undefined;
  }

  get stdinHandle(): HcsProcessInformation["stdInput"] {
    return this.#openStdin();
  }

  terminate(exitCode: number): void {
    this.#guest.terminate(exitCode);
  }

  /** Of its console; nothing happens where it has none. */
  resize(size: ConsoleSize): void {
    this.#guest.resize(size);
  }

  /** Returns whether there was a way to send it. */
  signal(signal: ProcessSignal): boolean {
    return this.#guest.signal(signal);
  }

  /** ProcessStatus; readable until the last handle is closed, after the exit too. */
  status(): { ProcessId: number; Exited: boolean; ExitCode: number; LastWaitResult: number; OutOfMemory?: true } {
    const status = { ProcessId: this.pid, Exited: this.hasExited, ExitCode: this.#exitCode ?? 0, LastWaitResult: 0 };
    return this.#outOfMemory ? { ...status, OutOfMemory: true } : status;
  }
}
