import { beforeDeadline } from "./before-deadline.ts";
import { FailedPreconditionError, type OrielError } from "./errors.ts";
import type { Plugin } from "./plugin.ts";

/** Milliseconds; a package of thousands of files takes a few seconds from a slow disk. */
const importTimeout = 30_000;

/** Imports a module by the name of its npm package; `(name) => import(name)` in a program that may. */
export type ModuleImporter = (name: string) => Promise<unknown>;

/**
 * The plugins that npm packages export as `plugin`, in the order of the names. Every package is tried, and all that
 * cannot be used are reported together.
 *
 * @param timeout milliseconds that the import of one package may take
 * @throws FailedPreconditionError naming each package that is not installed, fails to load, does not finish loading or
 *   exports no plugin.
 */
export async function loadPlugins(
  names: readonly string[],
  importModule: ModuleImporter,
  timeout: number = importTimeout,
): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [];
  const faults: { readonly message: string; readonly cause?: unknown }[] = [];
  for (const name of names) {
    try {
      const found = pluginOf(await within(timeout, importModule(name)));
      if (typeof found === "string") faults.push({ message: `${name} ${found}` });
      else plugins.push(found);
    } catch (cause) {
      faults.push({ message: `${name} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause });
    }
  }
  if (faults.length > 0) throw refusal(faults);
  return plugins;
}

/** An import waits for ever where a module's top-level await does, and Node.js exits without a word once nothing else is left to do. */
function within<T>(timeout: number, work: Promise<T>): Promise<T> {
  const message = `its import was not finished within ${timeout / 1000} seconds; is there a top-level await that never settles?`;
  return beforeDeadline(work, timeout, () => new Error(message));
}

function refusal(faults: readonly { readonly message: string; readonly cause?: unknown }[]): OrielError {
  return new FailedPreconditionError(`cannot use what 'plugins' names: ${faults.map((fault) => fault.message).join("; ")}`, {
    op: "plugins.load",
    remedy: "install the package beside oriel, or take its name out of 'plugins'",
    cause: faults.find((fault) => fault.cause !== undefined)?.cause,
  });
}

/** The plugin, or what is wrong with the export as the end of a sentence. */
function pluginOf(module: unknown): Plugin | string {
  const plugin: unknown = (module as { readonly plugin?: unknown } | null | undefined)?.plugin;
  if (typeof plugin !== "object" || plugin === null) return "exports no 'plugin'";
  const { id, provides, requires, register } = plugin as Partial<Record<keyof Plugin, unknown>>;
  if (typeof id !== "string" || id === "") return "exports a plugin without an id";
  if (!isTokens(provides)) return `exports the plugin ${id}, whose 'provides' is not a list of tokens`;
  if (!isTokens(requires)) return `exports the plugin ${id}, whose 'requires' is not a list of tokens`;
  if (typeof register !== "function") return `exports the plugin ${id}, which has no function 'register'`;
  return plugin as Plugin;
}

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every((token: unknown) => typeof (token as { id?: unknown } | null)?.id === "string");
}
