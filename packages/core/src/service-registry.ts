import "reflect-metadata";
import { type DependencyContainer, instanceCachingFactory, container as rootContainer } from "tsyringe";
import type { OrielConfig } from "./config.ts";
import { FailedPreconditionError, InternalError, isOrielError, type OrielError, toOrielError } from "./errors.ts";
import { LifecycleStack } from "./lifecycle.ts";
import type { Plugin } from "./plugin.ts";
import { orderPlugins } from "./plugin-order.ts";
import type { ServiceToken } from "./token.ts";

/** What a service may do besides being made. */
export interface ServiceHooks<T> {
  /** Runs once, after the service was made and those it requires were started. */
  start?(service: T): void | Promise<void>;
  /** Runs once when the engine closes, in the reverse order of `start`. */
  stop?(service: T): void | Promise<void>;
}

/** Where plugins register factories and factories ask for what they need. */
export interface ServiceRegistry {
  provide<T>(token: ServiceToken<T>, create: (services: ServiceRegistry) => T, hooks?: ServiceHooks<T>): void;
  resolve<T>(token: ServiceToken<T>): T;
}

/** The services of one engine. Several can live in one process: each has a tsyringe container of its own. */
export interface Services extends AsyncDisposable {
  resolve<T>(token: ServiceToken<T>): T;
  /** Stops every started service, last first; answers what failed. Never rejects. */
  close(): Promise<readonly OrielError[]>;
}

export interface StartServicesOptions {
  /** Gets a sentence now and then while a service does not finish starting: nobody else could say which one it is. */
  readonly onSlowStart?: (message: string) => void;
  /**
   * Milliseconds between two of them.
   * @default 30000
   */
  readonly slowStart?: number;
}

interface Registered {
  readonly plugin: Plugin;
  readonly token: ServiceToken<unknown>;
  readonly hooks: ServiceHooks<unknown>;
}

/**
 * Orders the plugins, registers them, makes every service and starts it. When one fails to start, those started
 * before it are stopped again and the first error is thrown.
 *
 * @throws FailedPreconditionError for plugins that do not fit together (see `orderPlugins`), before anything is made.
 */
export async function startServices(
  plugins: readonly Plugin[],
  config: OrielConfig,
  options: StartServicesOptions = {},
): Promise<Services> {
  const { onSlowStart = () => {}, slowStart = 30_000 } = options;
  const container = rootContainer.createChildContainer();
  const lifecycle = new LifecycleStack();
  const resolve = <T>(token: ServiceToken<T>): T => resolveFrom(container, token);

  const registered: Registered[] = [];
  for (const plugin of orderPlugins(plugins)) {
    const own: Registered[] = [];
    const registry: ServiceRegistry = {
      resolve,
      provide(token, create, hooks = {}) {
        if (!plugin.provides.some((declared) => declared.id === token.id)) {
          throw new InternalError(`plugin ${plugin.id} registers ${token.id} without declaring it`, { op: "plugins.register" });
        }
        container.register(token.symbol, { useFactory: instanceCachingFactory(() => create(registry)) });
        own.push({ plugin, token: token as ServiceToken<unknown>, hooks: hooks as ServiceHooks<unknown> });
      },
    };
    register(plugin, registry, config);
    const silent = plugin.provides.filter((token) => !own.some((entry) => entry.token.id === token.id));
    if (silent.length > 0) {
      const ids = silent.map((token) => token.id).join(", ");
      throw new InternalError(`plugin ${plugin.id} declares ${ids} but registers no factory`, { op: "plugins.register" });
    }
    registered.push(...own);
  }

  const close = () => lifecycle.close();
  try {
    for (const { plugin, token, hooks } of registered) {
      try {
        const service = resolve(token);
        // Pushed before the start: a start that fails half-way must be undone as well.
        if (hooks.stop) lifecycle.push({ name: token.id, release: () => hooks.stop?.(service) });
        const began = Date.now();
        const timer = setInterval(() => {
          const seconds = Math.round((Date.now() - began) / 1000);
          onSlowStart(`plugin ${plugin.id} has not finished starting ${token.id} after ${seconds} seconds`);
        }, slowStart);
        try {
          await hooks.start?.(service);
        } finally {
          clearInterval(timer);
        }
      } catch (error) {
        if (isOrielError(error)) throw error;
        throw new InternalError(`plugin ${plugin.id} failed to start ${token.id}: ${messageOf(error)}`, {
          op: "services.start",
          resource: plugin.id,
          cause: error,
        });
      }
    }
  } catch (error) {
    await close();
    throw toOrielError(error, "services.start");
  }
  return { resolve, close, [Symbol.asyncDispose]: async () => void (await close()) };
}

/** @throws an error that names the plugin, whatever it threw */
function register(plugin: Plugin, registry: ServiceRegistry, config: OrielConfig): void {
  const details = { op: "plugins.register", resource: plugin.id };
  let returned: unknown;
  try {
    returned = plugin.register(registry, config);
  } catch (error) {
    if (isOrielError(error) && error.op === details.op) throw error;
    throw new FailedPreconditionError(`plugin ${plugin.id} could not be registered: ${messageOf(error)}`, {
      ...details,
      ...(isOrielError(error) && error.remedy !== undefined ? { remedy: error.remedy } : {}),
      cause: error,
    });
  }
  if (typeof (returned as PromiseLike<unknown> | undefined)?.then !== "function") return;
  // Its failure is reported here; nobody else would take it.
  Promise.resolve(returned).catch(() => {});
  throw new FailedPreconditionError(`plugin ${plugin.id} could not be registered: its 'register' returns a promise`, {
    ...details,
    remedy: "register factories at once, and do what takes time in the 'start' of a service",
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function resolveFrom<T>(container: DependencyContainer, token: ServiceToken<T>): T {
  if (!container.isRegistered(token.symbol)) {
    throw new InternalError(`nothing is registered as ${token.id}; does the plugin name it in 'requires'?`, {
      op: "services.resolve",
      resource: token.id,
    });
  }
  return container.resolve<T>(token.symbol);
}
