import type { EngineContext } from "../engine-context.ts";
import { forcePublish } from "../engine-context.ts";
import { showPaused, showResumed } from "./pause-container.ts";

/**
 * Takes over what happens to containers without the engine's doing: the host, or another client of the runtime, may pause
 * one. Ends of processes come with the processes themselves. Answers what ends it.
 */
export function followRuntime(context: EngineContext): () => void {
  return context.runtime.onEvent(({ kind, id }) => {
    const container = context.registry.find(id);
    if (container === undefined) return;
    if (kind === "paused") showPaused(context, container);
    else if (kind === "resumed") showResumed(context, container);
    else if (kind === "oom") forcePublish(context, container, { oomKilled: true }, "oom");
  });
}
