import type { Terminal } from "../terminal.ts";

/** How often a user has to insist before this command ends without its container. */
const maxPassed = 3;

/**
 * Passes SIGINT and SIGTERM on to the container, as docker does. The third ends this command and leaves the container to
 * itself. Answers what takes it back.
 */
export function passSignals(terminal: Terminal, send: (signal: string) => Promise<void>): () => void {
  let count = 0;
  return terminal.onSignal((signal) => {
    count += 1;
    if (count < maxPassed) void send(signal);
    else terminal.abandon("oriel: the container goes on running\n");
  });
}
