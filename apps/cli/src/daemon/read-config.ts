import { readFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, NotFoundError, type OrielConfig } from "@oriel/contracts";
import { type ConfigFlags, type ConfigLayer, configFromEnvironment, configFromFlags, mergeConfig, parseConfig } from "@oriel/kernel";

export interface ReadConfigOptions {
  /** `--config`; else the file that ORIEL_CONFIG names; else none. */
  readonly file: string | undefined;
  readonly flags: ConfigFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Path of the file that is read, as the user wrote it. */
export function configurationFile({ file, env }: Pick<ReadConfigOptions, "file" | "env">): string | undefined {
  return file ?? (env.ORIEL_CONFIG || undefined);
}

/** @throws InvalidArgumentError with every fault of the first source that has any; NotFoundError for a file that is not there. */
export async function readConfig({ file, flags, env }: ReadConfigOptions): Promise<OrielConfig> {
  const named = configurationFile({ file, env });
  const layers = [named === undefined ? {} : await readFileLayer(named), configFromEnvironment(env), configFromFlags(absolute(flags))];
  return mergeConfig(layers, process.platform);
}

async function readFileLayer(file: string): Promise<ConfigLayer> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const details = { op: "config.read", resource: file, cause: error };
    if (code === "ENOENT") throw new NotFoundError(`the configuration file ${file} does not exist`, details);
    throw new InvalidArgumentError(`the configuration file ${file} cannot be read: ${message}`, details);
  }
  try {
    return parseConfig(new TextDecoder("utf-8", { fatal: true }).decode(bytes), file);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InvalidArgumentError(`the configuration file ${file} is not UTF-8 text`, { op: "config.read", resource: file, cause: error });
  }
}

/** Keys that may hold a name or a path: only what begins with a dot is a relative path. */
const packageKeys = new Set(["hcs", "storage", "runtime", "plugins"]);

/** On a command line a relative path is relative to where the user is. */
function absolute(flags: ConfigFlags): ConfigFlags {
  const resolved = Object.entries(flags).map(([key, value]) => {
    const isPath = (text: string): boolean => (key === "root" && text !== "") || (packageKeys.has(key) && /^\.\.?([\\/]|$)/.test(text));
    const one = (text: string): string => (isPath(text) ? path.resolve(text) : text);
    return [key, typeof value === "string" ? one(value) : value?.map(one)] as const;
  });
  return Object.fromEntries(resolved);
}
