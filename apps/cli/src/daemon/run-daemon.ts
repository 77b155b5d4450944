import path from "node:path";
import type { Logger } from "@oriel/contracts";
import { createLogger } from "../log/create-logger.ts";
import { version } from "../version.ts";
import { configurationFile, type ReadConfigOptions, readConfig } from "./read-config.ts";
import { startDaemon } from "./start-daemon.ts";

/** Serves until SIGTERM or SIGINT. Answers the exit code: 0, or 1 when something could not be given back. */
export async function runDaemon(options: ReadConfigOptions): Promise<number> {
  const config = await readConfig(options);
  const logger = createLogger({ level: config.log.level, readable: process.stderr.isTTY === true });
  const asked = whenAskedToStop(logger);
  const file = configurationFile(options);
  const packageFolders = file === undefined ? [] : [path.dirname(path.resolve(file))];
  const daemon = await startDaemon({ config, logger, packageFolders });
  logger.info({ version, root: config.root, pid: process.pid, addresses: daemon.addresses }, "Oriel serves the Docker Engine API");

  const { reason, code } = await asked;
  logger.info({ reason }, "stopping");
  const failures = await daemon.close();
  for (const error of failures) logger.error({ error }, "could not be stopped cleanly");
  logger.info({}, "stopped");
  return failures.length > 0 ? 1 : code;
}

interface StopRequest {
  readonly reason: string;
  readonly code: number;
}

/**
 * Settles at the first signal, or at a fault that nothing caught: after one the state is doubtful, so that the daemon
 * stops, in order, and reports it. A second signal ends the process at once.
 */
function whenAskedToStop(logger: Logger): Promise<StopRequest> {
  return new Promise((resolve) => {
    let asked = false;
    const signalled = (signal: NodeJS.Signals) => {
      if (asked) {
        logger.warn({ signal }, "asked again: ending at once");
        process.exit(1);
      }
      asked = true;
      resolve({ reason: signal, code: 0 });
    };
    const fault = (error: unknown) => {
      logger.error({ error }, "a fault that nothing caught");
      resolve({ reason: "a fault", code: 1 });
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, signalled);
    // The terminal is gone; a daemon goes on.
    process.on("SIGHUP", () => undefined);
    process.on("uncaughtException", fault);
    process.on("unhandledRejection", fault);
  });
}
