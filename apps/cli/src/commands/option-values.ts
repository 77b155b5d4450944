import { parseDetachKeys } from "@oriel/contracts";
import { InvalidArgumentError } from "commander";

/** @throws commander's own error, which names the option. */
export function parseSeconds(text: string): number {
  if (!/^(-1|\d{1,9})$/.test(text)) throw new InvalidArgumentError("It must be a whole number of seconds, or -1.");
  return Number(text);
}

/** Number of lines; `all` is undefined. */
export function parseTail(text: string): number | undefined {
  if (text === "all") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of lines, or all.");
  return Number(text);
}

/** `ctrl-p,ctrl-q`: the text, checked. */
export function checkDetachKeys(text: string): string {
  try {
    parseDetachKeys(text);
  } catch {
    throw new InvalidArgumentError("Each must be a character, or ctrl- and a letter.");
  }
  return text;
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** `KEY=value`, or `KEY` for an empty value. */
export function collectLabels(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [key = "", ...rest] = text.split("=");
  if (key === "") throw new InvalidArgumentError("It must have the form KEY=VALUE.");
  return { ...before, [key]: rest.join("=") };
}
