import { ConflictError, InvalidArgumentError } from "@oriel/contracts";
import { assertExecUser } from "../containers/container-user.ts";
import type { Execs } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { createExec } from "./create-exec.ts";
import { type Exec, execRecordOf } from "./exec.ts";
import { startExec } from "./start-exec.ts";

/** Every operation on execs: the id is looked up here, the work is done in the operation's own file. */
export function engineExecs(context: EngineContext): Execs {
  const { registry } = context;
  return {
    async create(ref, request) {
      const container = registry.get(ref);
      assertExecUser(await context.host.inspect(), request.User, container.data.config.User);
      const { id } = createExec(context, container, request);
      return { id };
    },
    start: async (id, request) => {
      const { container, exec } = registry.getExec(id);
      return startExec(context, container, exec, request);
    },
    inspect: async (id) => execRecordOf(registry.getExec(id).exec),
    resize: async (id, size) => resizeExec(registry.getExec(id).exec, size),
  };
}

async function resizeExec(exec: Exec, size: { readonly height: number; readonly width: number }): Promise<void> {
  const details = { op: "exec.resize", resource: exec.id };
  if (exec.status === "created") throw new InvalidArgumentError("exec process is not started", details);
  // Clients send the size of their terminal right behind the start.
  await exec.started;
  if (exec.process === undefined || exec.status === "ended") throw new ConflictError(`exec ${exec.id} is not running`, details);
  await exec.process.resize(size);
}
