import { parseDetachKeys } from "@oriel/contracts";
import type { ExecRecord } from "@oriel/engine";
import type { ExecInspect } from "../schemas/execs.ts";

export function execInspect({ id, containerId, request, status, pid, exitCode }: ExecRecord): ExecInspect {
  const [program = "", ...words] = request.Cmd;
  return {
    ID: id,
    Running: status === "running",
    ExitCode: exitCode ?? null,
    ProcessConfig: { tty: request.Tty === true, entrypoint: program, arguments: words },
    OpenStdin: request.AttachStdin === true,
    OpenStderr: request.AttachStderr === true,
    OpenStdout: request.AttachStdout === true,
    CanRemove: status === "ended",
    ContainerID: containerId,
    DetachKeys: request.DetachKeys ? Buffer.from(parseDetachKeys(request.DetachKeys)).toString("base64") : "",
    Pid: pid,
  };
}
