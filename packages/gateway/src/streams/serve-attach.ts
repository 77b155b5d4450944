import type { Readable, Writable } from "node:stream";
import { onAbort } from "@oriel/contracts";
import type { AttachSession } from "@oriel/engine";
import { endConnection, type RawConnection } from "./connection.ts";
import { detachFilter } from "./detach-filter.ts";
import { writeFrames } from "./write-frames.ts";

export interface ServeAttachOptions {
  readonly multiplexed: boolean;
  /** Of a terminal: the keys by which the user leaves. */
  readonly detachKeys: Uint8Array | undefined;
  /** Aborts when the gateway closes. */
  readonly closing: AbortSignal;
}

/**
 * Joins an attached session and a client's connection until the output ends, the client goes or the gateway closes. The
 * client's end of input is the container's; output goes on after it.
 */
export async function serveAttach(session: AttachSession, connection: RawConnection, options: ServeAttachOptions): Promise<void> {
  const { output } = connection;
  const leave = () => session.detach();
  output.once("close", leave);
  const forget = onAbort(options.closing, leave);
  if (output.destroyed) leave();
  try {
    feedInput(session, connection.input, options.detachKeys);
    await writeFrames(output, session.output, options.multiplexed);
  } finally {
    forget();
    output.off("close", leave);
    leave();
    endConnection(output);
  }
}

function feedInput(session: AttachSession, input: Readable | undefined, detachKeys: Uint8Array | undefined): void {
  if (input === undefined) return;
  const { stdin } = session;
  if (stdin === undefined) {
    // Read nevertheless: a half-close and a reset are only noticed by reading.
    input.resume();
    return;
  }
  const target = detachKeys === undefined ? stdin : filteredInput(session, stdin, detachKeys);
  input.pipe(target);
  // A program that has ended takes no more input: what is still sent is read and dropped.
  stdin.once("error", () => discard(input, target));
  stdin.once("close", () => discard(input, target));
  // A client that vanished has ended its input, too.
  input.once("close", () => {
    if (!input.readableEnded) target.end();
  });
}

/** The input of a terminal. Leaving it by keys does not end the container's input. */
function filteredInput(session: AttachSession, stdin: Writable, detachKeys: Uint8Array): Writable {
  const filter = detachFilter(detachKeys, () => {
    filter.unpipe(stdin);
    filter.resume();
    session.detach();
  });
  filter.pipe(stdin);
  return filter;
}

function discard(input: Readable, target: Writable): void {
  input.unpipe(target);
  input.resume();
}
