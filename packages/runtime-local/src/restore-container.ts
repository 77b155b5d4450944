import type { Logger, RawHcs, RestoredContainer, RuntimeProcess } from "@oriel/contracts";
import { type ComputeProcess, type ComputeSystem, type HcsTimeouts, openComputeSystem } from "@oriel/hcs-bindings";
import { type EndDeadlines, endSystem, isGoneError } from "./end-system.ts";

export interface RestoreContainerOptions {
  readonly raw: RawHcs;
  readonly id: string;
  readonly owner: string;
  readonly timeouts: HcsTimeouts;
  readonly deadlines: EndDeadlines;
  readonly logger: Logger;
  /** Id of the container's first process, where it is known. */
  readonly pid: number | undefined;
  /** Takes over the system and its first process. */
  readonly adopt: (system: ComputeSystem, process: ComputeProcess, isPaused: boolean) => Promise<RuntimeProcess>;
}

export interface RestoreResult {
  readonly result: RestoredContainer;
  /** Whether no compute system of this id is there any more, so that its record can go. */
  readonly gone: boolean;
}

/**
 * Looks for the compute system of a container that a former process of the engine made. It is taken over when its first
 * process can be had again with its pipes; otherwise it is ended, because nobody could see its output or its exit. The
 * system of another owner is left alone.
 *
 * @throws UnavailableError or DeadlineExceededError when the service does not answer: then nothing is known.
 */
export async function restoreContainer(options: RestoreContainerOptions): Promise<RestoreResult> {
  const { raw, id, owner, timeouts, pid, adopt } = options;
  let system: ComputeSystem;
  try {
    system = await openComputeSystem(raw, id, { timeouts });
  } catch (error) {
    if (!isGoneError(error)) throw error;
    return { gone: true, result: { outcome: "gone", reason: "its compute system does not exist any more" } };
  }
  const properties = await system.properties({ PropertyTypes: ["ProcessList"] }).catch(async (error: unknown) => {
    await system.close().catch(() => undefined);
    throw error;
  });
  if (properties.Owner !== owner) {
    await system.close();
    const reason = `the compute system of its id belongs to '${properties.Owner ?? ""}', not to '${owner}'; it was left alone`;
    return { gone: true, result: { outcome: "gone", reason } };
  }
  try {
    if (pid === undefined) return await end(system, options, "it had not started its process");
    if (!properties.ProcessList?.some((process) => process.ProcessId === pid)) {
      return await end(system, options, `its process ${pid} has ended`);
    }
    const process = await system.openProcess(pid);
    if (!process.stdin || !process.stdout) {
      await process.close({ abandonOutput: true });
      return await end(system, options, `the pipes of its process ${pid} could not be had again`);
    }
    return { gone: false, result: { outcome: "adopted", init: await adopt(system, process, properties.State === "Paused") } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return end(system, options, `it could not be taken over: ${message}`);
  }
}

async function end(system: ComputeSystem, options: RestoreContainerOptions, why: string): Promise<RestoreResult> {
  const { deadlines, logger, id } = options;
  const { gone, errors } = await endSystem(system, { deadlines, logger, first: "terminate" });
  await system.close().catch((error: Error) => logger.warn({ container: id, error: error.message }, "a handle was not closed"));
  const outcome = gone ? "terminated" : `not ended either: ${errors[0]?.message ?? "unknown"}`;
  return { gone, result: { outcome: "gone", reason: `${why}; its compute system was ${outcome}` } };
}
