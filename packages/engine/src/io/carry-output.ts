import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger, RuntimeExit, RuntimeProcess } from "@oriel/contracts";
import { type Clock, settlesWithin } from "../clock.ts";
import type { OutputHub } from "./output-hub.ts";

export interface CarryOutputOptions {
  /** Milliseconds for what is left in the pipes once the process is gone. */
  readonly drain: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Said with every line of the log: whose output it is. */
  readonly about: Readonly<Record<string, string>>;
}

/** Carries a process's output to whoever listens, until the process has ended and its pipes are empty. Never rejects. */
export async function carryOutput(process: RuntimeProcess, output: OutputHub, options: CarryOutputOptions): Promise<RuntimeExit> {
  const { drain, clock, logger, about } = options;
  const pump = async (stream: "stdout" | "stderr", readable: Readable): Promise<void> => {
    try {
      for await (const data of readable) await output.publish({ stream, data: data as Uint8Array });
    } catch (error) {
      // Destroyed by us after the drain deadline, or broken below: the exit tells the rest.
      logger.warn({ ...about, stream, error }, "a process's output broke off");
    }
  };
  const pumps = [pump("stdout", process.stdout), ...(process.stderr === null ? [] : [pump("stderr", process.stderr)])];
  const exit = await process.exit;

  output.removeLimit();
  if (!(await settlesWithin(Promise.all(pumps), drain, clock))) {
    // Where this thread stood still the timer comes before what is there to be read.
    await nextTurn();
    logger.warn(about, "the output of an ended process did not end; what remains of it is dropped");
    process.stdout.destroy();
    process.stderr?.destroy();
  }
  return exit;
}
