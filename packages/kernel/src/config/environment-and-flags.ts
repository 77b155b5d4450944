import { nearestName } from "@oriel/contracts";
import { type ConfigKey, type ConfigLayer, configKeyNames, configKeys } from "./config-keys.ts";
import { LayerBuilder } from "./layer-builder.ts";
import { isServiceLink } from "./service-links.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are no key of the configuration: of the command line, and of this project's tests and benchmarks. */
const otherVariables = [
  "ORIEL_CONFIG",
  "ORIEL_FALLBACK_HOST",
  "ORIEL_COMMAND",
  "ORIEL_E2E_STORAGE",
  "ORIEL_KILLS",
  "ORIEL_KILL_SEED",
  "ORIEL_MANY",
  "ORIEL_DOCKER_API_DEFINITION",
];

const testPrefix = "ORIEL_TEST_";

/**
 * What the environment says. Lists are separated by commas; a variable that is empty counts as not set.
 *
 * @throws InvalidArgumentError naming every variable whose value is wrong, and every unknown one that begins with `ORIEL_`.
 */
export function configFromEnvironment(env: Environment): ConfigLayer {
  const builder = new LayerBuilder();
  addUnknownVariables(env, builder);
  for (const key of configKeyNames) {
    const row = configKeys[key];
    const text = env[row.env];
    if (text !== undefined && text !== "") builder.set(key, row.kind.fromText(text), row.env);
  }
  return builder.finish("the environment");
}

/**
 * Refuses variables that begin with `ORIEL_` and mean nothing: what was mistyped would be ignored in silence.
 *
 * @throws InvalidArgumentError naming every one of them
 */
export function checkVariables(env: Environment): void {
  const builder = new LayerBuilder();
  addUnknownVariables(env, builder);
  builder.finish("the environment");
}

function addUnknownVariables(env: Environment, builder: LayerBuilder): void {
  const known = [...configKeyNames.map((key) => configKeys[key].env), ...otherVariables];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("ORIEL_") || name.startsWith(testPrefix) || known.includes(name) || value === undefined || value === "") continue;
    if (isServiceLink(name, value)) continue;
    const near = nearestName(name, known);
    builder.fault(name, `unknown variable${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
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
