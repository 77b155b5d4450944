import type { OrielConfig } from "@oriel/contracts";
import { type ConfigLayer, type ConfigValues, configKeyNames, configKeys, type Platform } from "./config-keys.ts";

/**
 * The configuration that holds: each key from the last layer that has it, otherwise its default. Give the layers in
 * rising precedence: file, environment, flags.
 */
export function mergeConfig(layers: readonly ConfigLayer[], platform: Platform): OrielConfig {
  const merged: Record<string, unknown> = {};
  for (const key of configKeyNames) {
    const layer = layers.findLast((candidate) => candidate[key] !== undefined);
    setAt(merged, key.split("."), layer?.[key] ?? configKeys[key].default(platform));
  }
  // The type of `configKeys` asks for a row for each key of OrielConfig, so nothing is missing here.
  return merged as unknown as OrielConfig;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: ConfigValues[keyof ConfigValues]): void {
  const [head = "", ...rest] = path;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const section = (target[head] ?? {}) as Record<string, unknown>;
  target[head] = section;
  setAt(section, rest, value);
}
