import { FailedPreconditionError } from "./errors.ts";
import type { Plugin } from "./plugin.ts";

const op = "plugins.order";

/**
 * The plugins in an order in which each comes after those that provide what it requires; plugins that do not depend on
 * each other keep the order given. Cost is linear in plugins and tokens.
 *
 * @throws FailedPreconditionError naming every plugin and token concerned, when an id or a token stands twice, when
 *   nothing provides a required token, or when plugins require each other in a circle.
 */
export function orderPlugins(plugins: readonly Plugin[]): Plugin[] {
  const providers = findProviders(plugins);
  const missing = plugins.flatMap((plugin) =>
    plugin.requires.filter((token) => !providers.has(token.id)).map((token) => `${plugin.id} requires ${token.id}`),
  );
  if (missing.length > 0) {
    throw new FailedPreconditionError(`no plugin provides what is required: ${missing.join("; ")}`, {
      op,
      remedy: "add a plugin that provides the token, or choose another implementation in the configuration",
    });
  }

  const ordered: Plugin[] = [];
  const state = new Map<Plugin, "visiting" | "done">();
  const path: Plugin[] = [];
  const visit = (plugin: Plugin): void => {
    const seen = state.get(plugin);
    if (seen === "done") return;
    if (seen === "visiting") {
      const circle = [...path.slice(path.indexOf(plugin)), plugin].map((member) => member.id);
      throw new FailedPreconditionError(`plugins require each other in a circle: ${circle.join(" -> ")}`, { op });
    }
    state.set(plugin, "visiting");
    path.push(plugin);
    for (const token of plugin.requires) {
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

function findProviders(plugins: readonly Plugin[]): Map<string, Plugin> {
  const ids = new Set<string>();
  const providers = new Map<string, Plugin>();
  const faults: string[] = [];
  for (const plugin of plugins) {
    if (ids.has(plugin.id)) faults.push(`plugin ${plugin.id} is there twice`);
    ids.add(plugin.id);
    for (const token of plugin.provides) {
      const other = providers.get(token.id);
      if (other !== undefined) faults.push(`${token.id} is provided by both ${other.id} and ${plugin.id}`);
      providers.set(token.id, plugin);
    }
  }
  if (faults.length > 0) throw new FailedPreconditionError(faults.join("; "), { op });
  return providers;
}
