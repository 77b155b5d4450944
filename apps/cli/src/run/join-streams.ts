import { type Readable, Transform } from "node:stream";
import type { Attachment } from "@oriel/client";
import { DetachKeyMatcher, defaultDetachKeys, parseDetachKeys } from "@oriel/contracts";
import { type Terminal, write } from "../terminal.ts";

export interface JoinStreamsOptions {
  /** Pass this command's input on. */
  readonly interactive: boolean;
  /** For a terminal. @default ctrl-p,ctrl-q */
  readonly detachKeys?: string | undefined;
}

/**
 * Passes a program's streams on until its output has ended, or until the user leaves it by the detach keys of a terminal. A
 * reader of ours that is slow slows the program; one that has gone does not end it.
 */
export async function joinStreams(attachment: Attachment, terminal: Terminal, options: JoinStreamsOptions): Promise<"ended" | "left"> {
  const { stdin } = terminal;
  const { stdin: input, tty } = attachment;
  let left = false;
  const leave = () => {
    left = true;
    attachment.detach();
  };
  try {
    if (options.interactive) {
      if (tty) terminal.setRaw(true);
      const typed = tty ? stdin.pipe(detachFilter(options.detachKeys ?? defaultDetachKeys, leave)) : stdin;
      typed.pipe(input);
      // The program may end before its input does.
      input.once("close", () => typed.unpipe(input));
    }
    await Promise.all([copy(attachment.stdout, terminal.stdout), copy(attachment.stderr, terminal.stderr)]);
    return left ? "left" : "ended";
  } finally {
    if (options.interactive) {
      if (tty) terminal.setRaw(false);
      // An input that never ends would keep this process from ending.
      stdin.unpipe().destroy();
    }
  }
}

function detachFilter(keys: string, leave: () => void): Transform {
  const matcher = new DetachKeyMatcher(parseDetachKeys(keys));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, matcher.push(chunk));
      if (matcher.isDetached) leave();
    },
    flush(done) {
      done(null, matcher.flush());
    },
  });
}

async function copy(source: Readable, target: Terminal["stdout"]): Promise<void> {
  for await (const data of source as AsyncIterable<Uint8Array>) await write(target, data);
}
