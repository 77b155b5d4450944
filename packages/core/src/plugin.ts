import type { OrielConfig } from "./config.ts";
import type { ServiceRegistry } from "./service-registry.ts";
import type { ServiceToken } from "./token.ts";

/**
 * A plugin is data: an id, what it provides, what it needs, and a function that registers factories. Importing a plugin
 * has no effect; nothing is made before every plugin of an engine is registered and the whole is known to fit.
 */
export interface Plugin {
  /** Unique, as `oriel.<what>`; third parties use their npm name. */
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a list of tokens of different services has no other type
  readonly provides: readonly ServiceToken<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly requires: readonly ServiceToken<any>[];
  /** Registers a factory for each provided token. Must not do I/O: that is for a service's `start`. */
  register(services: ServiceRegistry, config: OrielConfig): void;
}
