import { ConflictError, isOrielError, type OrielError, type RuntimeProcess, toOrielError, unlessAborted } from "@oriel/contracts";
import { createExecProcess } from "@oriel/oci-spec";
import type { Container } from "../containers/container.ts";
import type { AttachSession, ExecStart, StartExecRequest } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { carryOutput } from "../io/carry-output.ts";
import { assertTakesExecs, commandText, publishExecEvent } from "./create-exec.ts";
import type { Exec } from "./exec.ts";

/** Runs an exec's process, once. The container's end gives up a start that hangs. */
export async function startExec(
  context: EngineContext,
  container: Container,
  exec: Exec,
  { attach, consoleSize }: StartExecRequest,
): Promise<ExecStart> {
  const { request } = exec;
  const { ended } = assertTakesExecs(container);
  assertNotStarted(exec);
  const spec = createExecProcess(container.data.config, consoleSize === undefined ? request : { ...request, ConsoleSize: consoleSize });
  exec.status = "starting";
  publishExecEvent(context, container, exec, `exec_start: ${commandText(exec)}`);
  // Joined before the process is there, so that no byte is lost.
  const session = join(exec, attach);
  let process: RuntimeProcess;
  try {
    process = await unlessAborted(context.runtime.exec(container.id, exec.id, spec, { signal: ended }), ended);
  } catch (error) {
    const failure = toOrielError(error, "exec.start", exec.id);
    session.detach();
    exec.end(exitCodeOf(failure), context.clock.now());
    return { outcome: "failed", error: failure };
  }
  exec.begin(process);
  if (session.stdin === undefined && exec.request.Tty !== true) {
    process.closeStdin().catch((error: unknown) => {
      context.logger.warn({ container: container.id, exec: exec.id, error }, "the input of an exec without stdin could not be closed");
    });
  }
  void watchExec(context, container, exec, process);
  return { outcome: "running", session };
}

function assertNotStarted({ id, status }: Exec): void {
  if (status === "created") return;
  const state = status === "ended" ? "has already run" : "is already running";
  throw new ConflictError(`error: Exec command ${id} ${state}`, { op: "exec.start", resource: id });
}

function join({ request, output, input }: Exec, attach: boolean): AttachSession {
  const { frames } = output.subscribe({
    stdout: attach && request.AttachStdout === true,
    stderr: attach && request.AttachStderr === true,
  });
  const tty = request.Tty === true;
  // A terminal's input has no end of its own: only its keys say so.
  const stdin = attach && request.AttachStdin === true ? input.open(!tty) : undefined;
  if (!attach) frames.close();
  return {
    tty,
    stdin,
    output: frames,
    detach: () => {
      frames.close();
      stdin?.destroy();
    },
  };
}

async function watchExec(context: EngineContext, container: Container, exec: Exec, process: RuntimeProcess): Promise<void> {
  const { logger, clock, deadlines } = context;
  const about = { container: container.id, exec: exec.id };
  const { exitCode, error, exitedAt } = await carryOutput(process, exec.output, { drain: deadlines.drain, clock, logger, about });
  if (error !== undefined) logger.error({ ...about, error }, "the exit of an exec was not clean");
  exec.end(exitCode, exitedAt);
  publishExecEvent(context, container, exec, "exec_die", { exitCode: String(exitCode) });
}

/** What a shell would answer: 127 for a program that is not there; dockerd's 126 for the rest. */
function exitCodeOf(failure: OrielError): number {
  return isOrielError(failure, "NotFound") ? 127 : 126;
}
