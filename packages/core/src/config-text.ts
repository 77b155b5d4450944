import { LayerBuilder } from "./config-fault.ts";
import { type ConfigKey, type ConfigLayer, configKeyNames, configKeys } from "./config-keys.ts";

/**
 * What the environment says. Lists are separated by commas; a variable that is empty counts as not set; variables that
 * no key names are left alone.
 *
 * @throws InvalidArgumentError naming every variable whose value is wrong.
 */
export function configFromEnvironment(env: Readonly<Record<string, string | undefined>>): ConfigLayer {
  const builder = new LayerBuilder();
  for (const key of configKeyNames) {
    const row = configKeys[key];
    const text = env[row.env];
    if (text !== undefined && text !== "") builder.set(key, row.kind.fromText(text), row.env);
  }
  return builder.finish("the environment");
}

/** Values of flags as the command line gave them; for a key that holds a list, one item a flag given. */
export type ConfigFlags = { readonly [K in ConfigKey]?: string | readonly string[] };

/**
 * What the flags say. An empty value is a value: `--root ""` is a fault.
 *
 * @throws InvalidArgumentError naming every flag whose value is wrong.
 */
export function configFromFlags(flags: ConfigFlags): ConfigLayer {
  const builder = new LayerBuilder();
  for (const key of configKeyNames) {
    const row = configKeys[key];
    const given = flags[key];
    if (given === undefined) continue;
    builder.set(key, typeof given === "string" ? row.kind.fromText(given) : given, row.flag ?? key);
  }
  return builder.finish("the flags");
}
