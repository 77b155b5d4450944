export {
  type ConfigKey,
  type ConfigKeyRow,
  type ConfigLayer,
  type ConfigValues,
  configKeyNames,
  configKeys,
  type Platform,
} from "./config/config-keys.ts";
export { type ConfigFlags, checkVariables, configFromEnvironment, configFromFlags } from "./config/environment-and-flags.ts";
export { mergeConfig } from "./config/merge-config.ts";
export { parseConfig } from "./config/parse-config.ts";
export type { ValueKind } from "./config/value-kinds.ts";
export * from "./plugins/load-plugins.ts";
export * from "./plugins/order-plugins.ts";
export * from "./plugins/start-services.ts";
