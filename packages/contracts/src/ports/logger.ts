import { serviceToken } from "../plugins/token.ts";

/** Fields of a log line; values are anything that JSON can carry. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log; pino satisfies it. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const loggerToken = serviceToken<Logger>("oriel.logger");

/** Swallows everything: for libraries used without a daemon, and for tests. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
