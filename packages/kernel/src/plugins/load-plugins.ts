import { FailedPreconditionError, type OrielError, type Plugin, type ServiceToken, withDeadline } from "@oriel/contracts";

/** Milliseconds; a package of thousands of files takes a few seconds from a slow disk. */
const importTimeout = 30_000;

/** A package that the configuration names. */
export interface NamedPackage {
  /** Key of the configuration that names it: `plugins`, `storage`. */
  readonly key: string;
  /** Name of an npm package, or an absolute path. */
  readonly name: string;
  /** What the key stands for: the plugin has to provide it. @default anything */
  // biome-ignore lint/suspicious/noExplicitAny: tokens of different services have no other type in common
  readonly provides?: ServiceToken<any>;
}

/** Imports the module of a package; `(name) => import(name)` in a program that may. */
export type ModuleImporter = (name: string) => Promise<unknown>;

/**
 * The plugins that npm packages export as `plugin`, in the order of the references; a package that is named twice is
 * there once. Every package is tried, and all that cannot be used are reported together.
 *
 * @param timeout milliseconds that the import of one package may take
 * @throws FailedPreconditionError naming each package that is not installed, fails to load, does not finish loading,
 *   exports no plugin, or exports one that does not provide what the key stands for.
 */
export async function loadPlugins(
  references: readonly NamedPackage[],
  importModule: ModuleImporter,
  timeout: number = importTimeout,
): Promise<readonly Plugin[]> {
  const plugins = new Set<Plugin>();
  const faults: { readonly message: string; readonly cause?: unknown }[] = [];
  for (const { key, name, provides } of references) {
    const named = `${key} names ${name}, which`;
    try {
      const found = pluginOf(await within(timeout, importModule(name)));
      if (typeof found === "string") faults.push({ message: `${named} ${found}` });
      else if (provides !== undefined && !Object.values(found.provides).some(({ id }) => id === provides.id)) {
        faults.push({ message: `${named} exports the plugin ${found.id}, and that provides ${listed(found)}, not ${provides.id}` });
      } else plugins.add(found);
    } catch (cause) {
      faults.push({ message: `${named} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause });
    }
  }
  if (faults.length > 0) throw refusal(faults);
  return [...plugins];
}

/** An import waits for ever where a module's top-level await does, and Node.js exits without a word once nothing else is left to do. */
function within<T>(timeout: number, work: Promise<T>): Promise<T> {
  const message = `its import was not finished within ${timeout / 1000} seconds; is there a top-level await that never settles?`;
  return withDeadline(work, { ms: timeout, error: () => new Error(message), op: "plugins.load" });
}

function refusal(faults: readonly { readonly message: string; readonly cause?: unknown }[]): OrielError {
  return new FailedPreconditionError(`cannot use what the configuration names: ${faults.map((fault) => fault.message).join("; ")}`, {
    op: "plugins.load",
    remedy:
      "install the package with npm beside oriel or in the folder of the configuration file, or give its absolute path; docs/plugins.md shows what it exports",
    cause: faults.find((fault) => fault.cause !== undefined)?.cause,
  });
}

function listed({ provides }: Plugin): string {
  const ids = Object.values(provides).map(({ id }) => id);
  return ids.length === 0 ? "nothing" : ids.join(", ");
}

/** The plugin, or what is wrong with the export as the end of a sentence. */
function pluginOf(module: unknown): Plugin | string {
  const plugin: unknown = (module as { readonly plugin?: unknown } | null | undefined)?.plugin;
  if (typeof plugin !== "object" || plugin === null) return "exports no 'plugin'";
  const { id, provides, deps, create, start, stop } = plugin as Partial<Record<keyof Plugin, unknown>>;
  if (typeof id !== "string" || id === "") return "exports a plugin without an id";
  if (!isTokens(provides)) return `exports the plugin ${id}, whose 'provides' is not an object of tokens by name`;
  if (!isTokens(deps)) return `exports the plugin ${id}, whose 'deps' is not an object of tokens by name`;
  if (typeof create !== "function") return `exports the plugin ${id}, which has no function 'create'`;
  for (const [name, hook] of Object.entries({ start, stop })) {
    if (hook !== undefined && typeof hook !== "function") return `exports the plugin ${id}, whose '${name}' is not a function`;
  }
  return plugin as Plugin;
}

function isTokens(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((token: unknown) => {
    const { id, symbol } = (token ?? {}) as { readonly id?: unknown; readonly symbol?: unknown };
    return typeof id === "string" && typeof symbol === "symbol";
  });
}
