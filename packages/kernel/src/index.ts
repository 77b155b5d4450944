export { type ConfigKey, type ConfigLayer, configKeyNames, configKeys, type Platform } from "./config/config-keys.ts";
export { type ConfigFlags, checkVariables, configFromEnvironment, configFromFlags } from "./config/environment-and-flags.ts";
export { mergeConfig } from "./config/merge-config.ts";
export { parseConfig } from "./config/parse-config.ts";
export { loadPlugins, type ModuleImporter, type NamedPackage } from "./plugins/load-plugins.ts";
export { orderPlugins } from "./plugins/order-plugins.ts";
export { type Services, type StartServicesOptions, startServices } from "./plugins/start-services.ts";
