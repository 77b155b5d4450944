import os from "node:os";

/**
 * When this machine was started, in milliseconds since 1970, by its clock as it is now. Whatever was done since then no end of
 * the machine has taken away.
 */
export function machineStart(): number {
  return Date.now() - os.uptime() * 1000;
}
