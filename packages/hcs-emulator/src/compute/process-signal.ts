import { DocumentError, parseObject } from "./document-fields.ts";

const consoleSignals = ["CtrlC", "CtrlBreak", "CtrlClose", "CtrlLogOff", "CtrlShutdown"] as const;

/** What HcsSignalProcess sends: a console event to a Windows process, the number of a signal to a Linux one. */
export type ProcessSignal = (typeof consoleSignals)[number] | number;

/** @throws DocumentError for a document without a signal that there is */
export function parseSignal(options: string): ProcessSignal {
  const { Signal: signal } = parseObject(options);
  if (typeof signal === "number" && Number.isInteger(signal) && signal >= 1 && signal <= 64) return signal;
  const found = consoleSignals.find((name) => name === signal);
  if (found === undefined) {
    throw new DocumentError(`Signal ${JSON.stringify(signal)} is neither one of ${consoleSignals.join(", ")} nor a number from 1 to 64`);
  }
  return found;
}
