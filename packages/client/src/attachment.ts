import { PassThrough, type Readable, Writable } from "node:stream";
import { ClientError } from "./client-error.ts";
import { demultiplex, type OutputChunk } from "./demultiplex.ts";
import { drained } from "./drained.ts";
import type { Upgraded } from "./upgrade.ts";

/** The streams of a container, or of an exec. Both outputs must be read: one that is not holds up the other. */
export interface Attachment {
  /** Ending it ends the container's input. Ended already where stdin was not asked for. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty for a container with a terminal, whose output is one stream. */
  readonly stderr: Readable;
  readonly tty: boolean;
  /** Leaves; the container goes on. The gateway notices with the container's next output. */
  detach(): void;
}

export interface JoinOptions {
  readonly tty: boolean;
  /** Otherwise the input ends at once. */
  readonly stdin: boolean;
  /** Leaves when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes an attachment of a connection that was taken over. */
export function joinConnection({ socket }: Upgraded, { tty, stdin: takesInput, signal }: JoinOptions): Attachment {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
  });
  let left = false;
  const detach = () => {
    left = true;
    socket.destroy();
  };
  // Writing to a program that has ended is the end of the input, not a failure of the attachment.
  stdin.on("error", () => {});
  socket.on("error", () => {});
  socket.once("close", () => {
    stdin.destroy();
    signal?.removeEventListener("abort", detach);
  });
  signal?.addEventListener("abort", detach, { once: true });
  if (signal?.aborted === true) detach();
  if (!takesInput) stdin.end();
  void deliver(tty ? raw(socket) : demultiplex(socket), { stdout, stderr }, () => left).finally(() => socket.destroy());
  return { stdin, stdout, stderr, tty, detach };
}

async function* raw(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  for await (const data of bytes) yield { stream: "stdout", data };
}

/** Never rejects: what breaks off shows on the outputs, unless the caller left. */
async function deliver(
  chunks: AsyncIterable<OutputChunk>,
  { stdout, stderr }: Readonly<Record<OutputChunk["stream"], PassThrough>>,
  hasLeft: () => boolean,
): Promise<void> {
  let fault: unknown;
  try {
    for await (const { stream, data } of chunks) {
      const output = stream === "stdout" ? stdout : stderr;
      if (!output.write(data)) await drained(output);
    }
  } catch (error) {
    fault = error;
  }
  stderr.end();
  if (fault === undefined || hasLeft()) stdout.end();
  else stdout.destroy(fault instanceof ClientError ? fault : new ClientError("the connection was closed", undefined, { cause: fault }));
}
