import type { OrielConfig } from "./config.ts";
import type { ServiceToken } from "./token.ts";

/** Tokens by the names under which the functions of a plugin know the services. */
// biome-ignore lint/suspicious/noExplicitAny: tokens of different services have no other type in common
export type ServiceTokens = Readonly<Record<string, ServiceToken<any>>>;

/** The services of some tokens, by the same names. */
export type ServicesOf<Tokens extends ServiceTokens> = {
  readonly [Name in keyof Tokens]: Tokens[Name] extends ServiceToken<infer Service> ? Service : never;
};

/**
 * A plugin is data: an id, what it provides, what it depends on, and functions that make, start and stop its services.
 * Importing a plugin has no effect; nothing is made before the plugins of an engine are known to fit together.
 */
export interface Plugin<
  Provided extends ServiceTokens = ServiceTokens,
  Deps extends ServiceTokens = ServiceTokens,
  // biome-ignore lint/suspicious/noExplicitAny: only the plugin itself knows what else it makes
  Made extends ServicesOf<Provided> = any,
> {
  /** Unique, as `oriel.<what>`; third parties use the name of their npm package. */
  readonly id: string;
  /** Tokens of the services that `create` returns, by the same names. */
  readonly provides: Provided;
  /** Tokens of the services that `create` gets, by the same names. They are created and started before it. */
  readonly deps: Deps;
  /**
   * Creates the services. Returns at once and does no I/O: that is for `start`. What it returns beside the provided
   * services is seen by `start` and `stop` alone.
   */
  create(deps: ServicesOf<Deps>, config: OrielConfig): Made;
  /** Runs once, after `create` and before anything that depends on this plugin is created. */
  start?(made: Made, deps: ServicesOf<Deps>, config: OrielConfig): void | Promise<void>;
  /** Runs once when the engine closes, or when `start` fails, after everything that depends on this plugin has stopped. */
  stop?(made: Made): void | Promise<void>;
}

/** Returns the plugin. What its functions get and return is inferred from its tokens, and checked against them. */
export function definePlugin<Provided extends ServiceTokens, Deps extends ServiceTokens, Made extends ServicesOf<Provided>>(
  plugin: Plugin<Provided, Deps, Made>,
): Plugin {
  return plugin;
}
