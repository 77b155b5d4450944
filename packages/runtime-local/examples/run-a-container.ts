import { text } from "node:stream/consumers";
import type { ContainerRuntime, RuntimeSpec } from "@oriel/contracts";

/** Runs the container that a spec describes to its end, and returns its output and exit code. */
export async function runContainer(runtime: ContainerRuntime, id: string, spec: RuntimeSpec) {
  await runtime.create({ id, spec });
  try {
    const init = await runtime.start(id);
    await init.closeStdin();
    const [output, errors, { exitCode }] = await Promise.all([text(init.stdout), init.stderr ? text(init.stderr) : "", init.exit]);
    return { output, errors, exitCode };
  } finally {
    await runtime.delete(id);
  }
}
