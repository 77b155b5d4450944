import { isOrielError } from "@oriel/contracts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";

/**
 * Mounts the container's scratch; returns its volume path. That of a Hyper-V container is none: its virtual machine mounts the
 * scratch, and cannot while the host has it.
 */
export async function mountScratch({ storage }: EngineContext, container: Container): Promise<string> {
  if (container.data.isolation === "hyperv") return "";
  container.step = "mounting its layer";
  const { volumePath } = await storage.mountScratch(container.id);
  container.isMounted = true;
  return volumePath;
}

/** Gives back the one mount that the container holds, if it holds one. */
export async function unmountScratch({ storage }: EngineContext, container: Container): Promise<void> {
  if (!container.isMounted) return;
  container.step = "unmounting its layer";
  try {
    await storage.unmountScratch(container.id);
  } catch (error) {
    // Not mounted any more, as after a restart of the daemon: that is what was wanted.
    if (!isOrielError(error, "Conflict") && !isOrielError(error, "NotFound")) throw error;
  }
  container.isMounted = false;
}
