import { foldName } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";

export interface EnvironmentOptions {
  /** Names that differ in case are different variables, as on Linux. @default false */
  readonly caseSensitive?: boolean;
}

/**
 * The entries of `own`, followed by those of `defaults` whose names `own` does not have. One entry remains per name, the
 * last one, in the place of the first. Names have no case: `Path` and `PATH` are one variable.
 *
 * An entry without `=` removes the variable: it hides a default of that name and stays in the list as the sign of that;
 * {@link effectiveEnvironment} drops it in the end.
 * Defaults that are no variable are left out: nobody can mend an image's.
 * @throws InvalidArgumentError for an entry of `own` that is no variable.
 */
export function mergeEnvironment(own: readonly string[], defaults: readonly string[], options: EnvironmentOptions = {}): string[] {
  const fold = options.caseSensitive === true ? (name: string) => name : foldName;
  checkEnvironment(own);
  const merged = lastOfEach(own, fold);
  for (const [name, entry] of lastOfEach(defaults.filter(isVariable), fold)) {
    if (!merged.has(name)) merged.set(name, entry);
  }
  return [...merged.values()];
}

/** The entries that a process gets to see: those with a value. An empty value stays, as the container was given it. */
export function effectiveEnvironment(entries: readonly string[]): string[] {
  return entries.filter((entry) => entry.includes("=", 1));
}

/**
 * Names and values of `NAME=value` entries, one per name without case, the last one winning. Entries without `=` are
 * left out. The `=` that parts name and value is never the first character: `=C:=C:\app` sets Windows' hidden variable
 * `=C:`.
 */
export function parseEnvironment(entries: readonly string[], options: EnvironmentOptions = {}): Map<string, string> {
  const fold = options.caseSensitive === true ? (name: string) => name : foldName;
  const latest = new Map<string, string>();
  for (const entry of entries) {
    const cut = entry.indexOf("=", 1);
    if (cut !== -1) latest.set(fold(entry.slice(0, cut)), entry);
  }
  const parsed = new Map<string, string>();
  for (const entry of latest.values()) {
    const cut = entry.indexOf("=", 1);
    parsed.set(entry.slice(0, cut), entry.slice(cut + 1));
  }
  return parsed;
}

/** The name in an entry, with or without value. */
export function environmentName(entry: string): string {
  const cut = entry.indexOf("=", 1);
  return cut === -1 ? entry : entry.slice(0, cut);
}

/** @throws InvalidArgumentError for the first entry that has no name, or a NUL character. */
export function checkEnvironment(entries: readonly string[]): void {
  for (const entry of entries) {
    if (!isVariable(entry)) {
      throw invalidOption(
        `invalid environment variable: ${shownEntry(entry)}`,
        "Give it as NAME=value, or as NAME to remove what the image sets.",
      );
    }
  }
}

/** The name alone: a value may be a secret, and errors are logged. */
function shownEntry(entry: string): string {
  const name = environmentName(entry);
  const shown = name.startsWith("=") ? "=…" : `${JSON.stringify(name.replace(/\0.*$/s, ""))}`;
  return entry.includes("\0") ? `${shown} has a NUL character` : `${shown} has no name`;
}

function isVariable(entry: string): boolean {
  return entry !== "" && !entry.startsWith("=") && !entry.includes("\0");
}

function lastOfEach(entries: readonly string[], fold: (name: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) found.set(fold(environmentName(entry)), entry);
  return found;
}
