import type { Logger, RuntimeProcess } from "@oriel/contracts";
import type { CreateExecRequest, ExecRecord } from "../engine-api.ts";
import { ContainerInput } from "../io/container-input.ts";
import { OutputHub } from "../io/output-hub.ts";

/** `created` → `starting` → `running` → `ended`, or from `starting` to `ended` when it cannot be run. */
export type ExecStatus = "created" | "starting" | "running" | "ended";

/** A further process of a container. It lives in memory only: none outlasts the daemon. */
export class Exec {
  readonly id: string;
  readonly containerId: string;
  readonly request: CreateExecRequest;
  readonly output: OutputHub;
  readonly input = new ContainerInput();
  readonly #started = Promise.withResolvers<void>();
  readonly #recorded = Promise.withResolvers<void>();
  /** Resolves when it runs, or has ended without. */
  readonly started: Promise<void> = this.#started.promise;
  /** Resolves once its end is recorded. */
  readonly recorded: Promise<void> = this.#recorded.promise;
  status: ExecStatus = "created";
  process: RuntimeProcess | undefined;
  exitCode: number | undefined;
  endedAt: Date | undefined;

  constructor(id: string, containerId: string, request: CreateExecRequest, logger: Logger) {
    this.id = id;
    this.containerId = containerId;
    this.request = request;
    this.output = new OutputHub(logger);
  }

  begin(process: RuntimeProcess): void {
    this.process = process;
    this.status = "running";
    this.input.begin(process);
    this.#started.resolve();
  }

  /** Records the end; whoever reads the output is told only then. */
  end(exitCode: number, at: Date): void {
    this.exitCode = exitCode;
    this.endedAt = at;
    this.status = "ended";
    this.input.end();
    this.output.end();
    this.#started.resolve();
    this.#recorded.resolve();
  }
}

/** An exec as users see it. */
export function execRecordOf({ id, containerId, request, status, process, exitCode }: Exec): ExecRecord {
  return {
    id,
    containerId,
    request,
    status: status === "starting" ? "running" : status,
    pid: process?.pid ?? 0,
    exitCode,
  };
}
