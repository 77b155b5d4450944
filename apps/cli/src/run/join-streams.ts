import type { Readable } from "node:stream";
import type { Attachment } from "@oriel/client";
import { type Terminal, write } from "../terminal.ts";

/**
 * Passes a container's streams on until its output has ended. A reader of ours that is slow slows the program; one that
 * has gone does not end it.
 */
export async function joinStreams(attachment: Attachment, terminal: Terminal, interactive: boolean): Promise<void> {
  const { stdin } = terminal;
  const { stdin: input } = attachment;
  if (interactive) {
    stdin.pipe(input);
    // The program may end before its input does.
    input.once("close", () => stdin.unpipe(input));
  }
  try {
    await Promise.all([copy(attachment.stdout, terminal.stdout), copy(attachment.stderr, terminal.stderr)]);
  } finally {
    // An input that never ends would keep this process from ending.
    if (interactive) stdin.unpipe(input).destroy();
  }
}

async function copy(source: Readable, target: Terminal["stdout"]): Promise<void> {
  for await (const data of source as AsyncIterable<Uint8Array>) await write(target, data);
}
