import "reflect-metadata";
import {
  FailedPreconditionError,
  InternalError,
  isOrielError,
  LifecycleStack,
  type OrielConfig,
  type OrielError,
  type Plugin,
  type ServiceToken,
  type ServiceTokens,
} from "@oriel/contracts";
import { type DependencyContainer, instanceCachingFactory, container as rootContainer } from "tsyringe";
import { orderPlugins } from "./order-plugins.ts";

/** The services of one engine. Several can live in one process: each has a tsyringe container of its own. */
export interface Services extends AsyncDisposable {
  resolve<T>(token: ServiceToken<T>): T;
  /** Stops every started plugin, last first; returns what failed. Never rejects. */
  close(): Promise<readonly OrielError[]>;
}

export interface StartServicesOptions {
  /**
   * Plugins that step back for those that provide one of their tokens.
   * @default none
   */
  readonly defaults?: readonly Plugin[];
  /** Gets a sentence for each default that stepped back. */
  readonly onReplaced?: (message: string) => void;
  /** Gets a sentence now and then while a plugin does not finish starting: nobody else could say which one it is. */
  readonly onSlowStart?: (message: string) => void;
  /**
   * Milliseconds between two of them.
   * @default 30000
   */
  readonly slowStart?: number;
}

/**
 * Orders the plugins, then creates and starts one after another. When one fails, those started before it are stopped
 * again and the first error is thrown.
 *
 * @throws FailedPreconditionError for plugins that do not fit together (see `orderPlugins`), before anything is created.
 */
export async function startServices(named: readonly Plugin[], config: OrielConfig, options: StartServicesOptions = {}): Promise<Services> {
  const { defaults = [], onReplaced = () => {}, onSlowStart = () => {}, slowStart = 30_000 } = options;
  const { plugins, replaced } = orderPlugins(named, defaults);
  for (const { plugin, by } of replaced) onReplaced(`plugin ${by.id} takes the place of ${plugin.id}`);

  const container = rootContainer.createChildContainer();
  const started = plugins.map((plugin) => register(container, plugin, config));
  const lifecycle = new LifecycleStack();
  const close = () => lifecycle.close();
  try {
    for (const { plugin, made } of started) {
      const timer = warnOfSlowStart(plugin, onSlowStart, slowStart);
      try {
        const own = made();
        // Pushed before the start: a start that fails half-way must be undone as well.
        if (plugin.stop) lifecycle.push({ name: plugin.id, release: () => plugin.stop?.(own) });
        await plugin.start?.(own, depsOf(container, plugin), config);
      } catch (error) {
        throw startError(plugin, error);
      } finally {
        clearInterval(timer);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { resolve: (token) => resolveFrom(container, token), close, [Symbol.asyncDispose]: async () => void (await close()) };
}

interface RegisteredPlugin {
  readonly plugin: Plugin;
  /** What its `create` returns, created on the first call. */
  made(): Readonly<Record<string, unknown>>;
}

/** One cached factory runs `create`; the token of each service leads to it. */
function register(container: DependencyContainer, plugin: Plugin, config: OrielConfig): RegisteredPlugin {
  const own = Symbol(plugin.id);
  container.register(own, { useFactory: instanceCachingFactory(() => create(plugin, depsOf(container, plugin), config)) });
  const made = () => container.resolve<Readonly<Record<string, unknown>>>(own);
  for (const [name, token] of Object.entries(plugin.provides)) container.register(token.symbol, { useFactory: () => made()[name] });
  return { plugin, made };
}

/** The services that a plugin depends on, and no other. */
function depsOf(container: DependencyContainer, { deps }: { readonly deps: ServiceTokens }): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(deps).map(([name, token]) => [name, resolveFrom(container, token)]));
}

/** @throws FailedPreconditionError for a plugin whose `create` does not return what the plugin provides */
function create(plugin: Plugin, deps: Readonly<Record<string, unknown>>, config: OrielConfig): Readonly<Record<string, unknown>> {
  const refuse = (reason: string, remedy: string): never => {
    throw new FailedPreconditionError(`plugin ${plugin.id}: ${reason}`, { op: "services.create", resource: plugin.id, remedy });
  };
  const made: unknown = plugin.create(deps, config);
  if (typeof (made as PromiseLike<unknown> | null | undefined)?.then === "function") {
    // Its failure is reported here; nobody else would take it.
    Promise.resolve(made).catch(() => {});
    return refuse("its 'create' returns a promise", "create the services at once, and do what takes time in 'start'");
  }
  const found = (typeof made === "object" && made !== null ? made : {}) as Readonly<Record<string, unknown>>;
  const missing = Object.entries(plugin.provides).filter(([name]) => found[name] === undefined);
  if (missing.length === 0) return found;
  const names = missing.map(([name, token]) => `'${name}' (${token.id})`).join(", ");
  return refuse(`its 'create' returns no ${names}`, "return an object with the names of 'provides'");
}

/** The error itself where it is one of Oriel's, otherwise one that names the plugin. */
function startError(plugin: Plugin, error: unknown): OrielError {
  if (isOrielError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new InternalError(`plugin ${plugin.id} failed to start: ${message}`, {
    op: "services.start",
    resource: plugin.id,
    cause: error,
  });
}

function warnOfSlowStart(plugin: Plugin, onSlowStart: (message: string) => void, interval: number): NodeJS.Timeout {
  const began = Date.now();
  return setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    onSlowStart(`plugin ${plugin.id} has not finished starting after ${seconds} seconds`);
  }, interval);
}

function resolveFrom<T>(container: DependencyContainer, token: ServiceToken<T>): T {
  if (container.isRegistered(token.symbol)) return container.resolve<T>(token.symbol);
  throw new InternalError(`no plugin provides ${token.id}`, { op: "services.resolve", resource: token.id });
}
