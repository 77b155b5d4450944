import { configKeys } from "@oriel/kernel";

export interface ChooseHostOptions {
  /** `--host`, the last one given. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Whether a socket is there. */
  readonly exists: (path: string) => boolean;
}

/**
 * The daemon that a client command speaks with: `--host`, else ORIEL_HOST (the first of its list), else DOCKER_HOST, else
 * the one that `npm start` serves in the clone of this program (ORIEL_FALLBACK_HOST, set by ./oriel) while it is there,
 * else the one that daemons listen on unless told otherwise.
 */
export function chooseHost({ flag, env, platform, exists }: ChooseHostOptions): string {
  const [named] = (env.ORIEL_HOST ?? "").split(",");
  const fallback = env.ORIEL_FALLBACK_HOST ?? "";
  const served = fallback.startsWith("unix://") && exists(fallback.slice("unix://".length)) ? fallback : undefined;
  const [usual = ""] = configKeys.hosts.default(platform);
  return flag || named?.trim() || env.DOCKER_HOST || served || usual;
}
