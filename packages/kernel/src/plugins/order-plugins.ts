import { FailedPreconditionError, type Plugin, type ServiceToken } from "@oriel/contracts";

const op = "plugins.order";

/** The plugins of an engine, and which of them gave way. */
export interface OrderedPlugins {
  /** Each after those that provide what it depends on. */
  readonly plugins: readonly Plugin[];
  readonly replaced: readonly ReplacedPlugin[];
}

export interface ReplacedPlugin {
  readonly plugin: Plugin;
  /** The named plugin that provides one of its tokens. */
  readonly by: Plugin;
}

/**
 * Puts plugins in an order in which each comes after those that provide what it depends on; plugins that do not depend
 * on each other keep the order given, defaults first. A default steps back, as a whole, for a named plugin that provides
 * one of its tokens. Cost is linear in plugins and tokens.
 *
 * @throws FailedPreconditionError naming every plugin and token concerned, when an id or a token stands twice, when
 *   nothing provides a token that another depends on, or when plugins depend on each other in a circle.
 */
export function orderPlugins(named: readonly Plugin[], defaults: readonly Plugin[] = []): OrderedPlugins {
  const namers = findProviders(named);
  const replaced: ReplacedPlugin[] = [];
  const plugins: Plugin[] = [];
  for (const plugin of defaults) {
    const by = tokensOf(plugin.provides)
      .map((token) => namers.get(token.id))
      .find((other) => other !== undefined);
    if (by === undefined) plugins.push(plugin);
    else replaced.push({ plugin, by });
  }
  plugins.push(...named);
  const providers = findProviders(plugins);
  requireProviders(plugins, providers, replaced);
  return { plugins: sort(plugins, providers), replaced };
}

function tokensOf(tokens: Plugin["provides"]): readonly ServiceToken<unknown>[] {
  return Object.values(tokens);
}

function findProviders(plugins: readonly Plugin[]): Map<string, Plugin> {
  const ids = new Set<string>();
  const providers = new Map<string, Plugin>();
  const faults: string[] = [];
  for (const plugin of plugins) {
    if (ids.has(plugin.id)) faults.push(`plugin ${plugin.id} is there twice`);
    ids.add(plugin.id);
    for (const token of tokensOf(plugin.provides)) {
      const other = providers.get(token.id);
      if (other !== undefined) faults.push(`${token.id} is provided by both ${other.id} and ${plugin.id}`);
      providers.set(token.id, plugin);
    }
  }
  if (faults.length === 0) return providers;
  throw new FailedPreconditionError(faults.join("; "), { op, remedy: "name one plugin for each token in the configuration" });
}

function requireProviders(plugins: readonly Plugin[], providers: ReadonlyMap<string, Plugin>, replaced: readonly ReplacedPlugin[]): void {
  const missing = plugins.flatMap((plugin) =>
    tokensOf(plugin.deps)
      .filter((token) => !providers.has(token.id))
      .map((token) => `${plugin.id} depends on ${token.id}${formerProvider(token, replaced)}`),
  );
  if (missing.length === 0) return;
  throw new FailedPreconditionError(`no plugin provides what others depend on: ${missing.join("; ")}`, {
    op,
    remedy: "add a plugin that provides the token, or choose another implementation in the configuration",
  });
}

/** A package that takes a part's place has to provide all that others need of that part. */
function formerProvider(token: ServiceToken<unknown>, replaced: readonly ReplacedPlugin[]): string {
  const former = replaced.find(({ plugin }) => tokensOf(plugin.provides).some(({ id }) => id === token.id));
  return former === undefined ? "" : `, which ${former.plugin.id} provided before ${former.by.id} took its place`;
}

function sort(plugins: readonly Plugin[], providers: ReadonlyMap<string, Plugin>): Plugin[] {
  const ordered: Plugin[] = [];
  const state = new Map<Plugin, "visiting" | "done">();
  const path: Plugin[] = [];
  const visit = (plugin: Plugin): void => {
    const seen = state.get(plugin);
    if (seen === "done") return;
    if (seen === "visiting") {
      const circle = [...path.slice(path.indexOf(plugin)), plugin].map((member) => member.id);
      throw new FailedPreconditionError(`plugins depend on each other in a circle: ${circle.join(" -> ")}`, {
        op,
        remedy:
          circle.length === 2
            ? "a plugin cannot depend on what it provides itself; create the part that it wraps in its own 'create'"
            : "take one of these dependencies out of the 'deps' of its plugin",
      });
    }
    state.set(plugin, "visiting");
    path.push(plugin);
    for (const token of tokensOf(plugin.deps)) {
      const provider = providers.get(token.id);
      if (provider !== undefined) visit(provider);
    }
    path.pop();
    state.set(plugin, "done");
    ordered.push(plugin);
  };
  for (const plugin of plugins) visit(plugin);
  return ordered;
}
