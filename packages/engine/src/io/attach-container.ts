import { statSync } from "node:fs";
import { ConflictError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { AttachRequest, AttachSession, OutputFrame } from "../engine-api.ts";
import { type EngineContext, logPathOf, publishContainerEvent } from "../engine-context.ts";
import { readLog } from "../logs/log-reader.ts";
import type { LogWriter } from "../logs/log-writer.ts";
import type { BoundedQueue } from "./bounded-queue.ts";

/**
 * Attaches a client to a container. What the container puts out after the call reaches the client, also when it starts
 * only later; with `logs` everything before comes first, without a gap and without a doubled byte.
 */
export function attachContainer(context: EngineContext, container: Container, request: AttachRequest): AttachSession {
  const { config, status } = container.data;
  if (status === "removing" || status === "dead") {
    throw new ConflictError(`container ${container.id} is being removed`, { op: "container.attach", resource: container.id });
  }
  if (status === "paused") {
    throw new ConflictError(`container ${container.id} is paused, unpause the container before attach`, {
      op: "container.attach",
      resource: container.id,
    });
  }
  if (status === "restarting") {
    throw new ConflictError(`container ${container.id} is restarting, wait until the container is running`, {
      op: "container.attach",
      resource: container.id,
    });
  }
  const takesInput = request.stream && request.stdin && config.OpenStdin === true;
  const isTerminal = config.Tty === true;
  // A terminal's input has no end of its own: only its keys say so.
  const stdin = takesInput ? container.input.open(config.StdinOnce === true && !isTerminal) : undefined;
  const { frames, log } = container.output.subscribe({
    stdout: request.stream && request.stdout,
    stderr: request.stream && request.stderr,
  });
  if (!request.stream) frames.close();
  // Asked for before anything else can be put out: the history ends exactly where the frames begin.
  const history = request.logs === true ? historyUpToNow(context, container, request, log) : undefined;
  publishContainerEvent(context, container, "attach");
  return {
    tty: isTerminal,
    stdin,
    output: history === undefined ? frames : withHistory(history, frames),
    detach: () => {
      frames.close();
      stdin?.destroy();
    },
  };
}

async function* withHistory(history: AsyncIterable<OutputFrame>, frames: BoundedQueue<OutputFrame>): AsyncGenerator<OutputFrame, void> {
  try {
    yield* history;
    yield* frames;
  } finally {
    frames.close();
  }
}

function historyUpToNow(
  context: EngineContext,
  container: Container,
  request: AttachRequest,
  log: LogWriter | undefined,
): AsyncIterable<OutputFrame> {
  const file = logPathOf(context.root, container.id);
  const mark = log?.mark() ?? Promise.resolve({ size: statSync(file, { throwIfNoEntry: false })?.size ?? 0, pending: [] });
  // Awaited only when somebody reads; until then a failure is nobody's.
  mark.catch(() => {});
  return (async function* () {
    const at = await mark;
    const entries = readLog({
      path: file,
      size: at.size,
      writer: undefined,
      request: { stdout: request.stdout, stderr: request.stderr },
      clock: context.clock,
    });
    for await (const batch of entries) yield* batch;
    for (const frame of at.pending) if (request[frame.stream]) yield frame;
  })();
}
