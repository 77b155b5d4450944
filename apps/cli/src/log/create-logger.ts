import type { Logger } from "@oriel/contracts";
import { destination, pino, stdSerializers } from "pino";
import { formatLogLine } from "./format-log-line.ts";

export interface CreateLoggerOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Lines for a reader, instead of JSON for a machine. */
  readonly readable: boolean;
}

/** A log on stderr. It does not fail when its reader has gone, and what was logged is written when a call returns. */
export function createLogger({ level, readable }: CreateLoggerOptions): Logger {
  const stderr = destination({ dest: 2, sync: true });
  // A closed pipe is the reader's affair; the daemon goes on.
  stderr.on("error", () => undefined);
  const target = readable ? { write: (line: string) => void stderr.write(formatLogLine(line)) } : stderr;
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
    },
    target,
  );
}
