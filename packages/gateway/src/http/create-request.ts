import { type ContainerConfig, type HostConfig, InvalidArgumentError } from "@oriel/contracts";
import type { CreateContainerRequest } from "@oriel/engine";
import {
  type ContainerConfigSchema,
  type ContainerCreateBody,
  containerConfigFields,
  hostConfigFields,
} from "../schemas/container-config.ts";
import { checkForeignOptions, takenOptions } from "./foreign-options.ts";
import { checkMountOptions } from "./mount-options.ts";
import { askedNetworks } from "./networking.ts";

/** Every field that the engine knows has a schema, and the other way round: else this does not compile. */
type Exactly<Left, Right> = [keyof Left, keyof Right] extends [keyof Right, keyof Left] ? true : never;
const complete: [Exactly<ContainerConfig, typeof containerConfigFields>, Exactly<HostConfig, typeof hostConfigFields>] = [true, true];

export interface CreateQuery {
  readonly name?: string;
  readonly platform?: string;
}

/**
 * What the engine is asked for by a validated body, and warnings of options that have no effect. Null means "not given", as Go programs
 * write it; fields that are not Windows' own are left out.
 * @throws InvalidArgumentError for a body without an image, and for options that a Windows container cannot have
 */
export function createRequest(
  { name, platform }: CreateQuery,
  body: ContainerCreateBody,
  apiVersion: string,
): { readonly request: CreateContainerRequest; readonly warnings: readonly string[] } {
  if (!complete.every(Boolean) || !body.Image) {
    throw new InvalidArgumentError("no image was given: the body must have Image", { op: "container.create" });
  }
  const host = body.HostConfig ?? {};
  const { networks, warnings: networkWarnings } = askedNetworks(body, apiVersion);
  const warnings = [...checkForeignOptions(host), ...checkMountOptions(host.Mounts ?? []), ...networkWarnings];
  const request: CreateContainerRequest = {
    ...(name ? { name } : {}),
    ...(platform ? { platform } : {}),
    config: { ...containerConfig(body), Image: body.Image },
    hostConfig: {
      ...takenOptions(host),
      ...(pickGiven(host, Object.keys(hostConfigFields)) as HostConfig),
      ...(host.RestartPolicy ? { RestartPolicy: { Name: "" as const, ...host.RestartPolicy } } : {}),
    },
    ...(Object.keys(networks).length === 0 ? {} : { networks }),
  };
  return { request, warnings };
}

/** The fields that were given. */
export function containerConfig(body: ContainerConfigSchema): Partial<ContainerConfig> {
  const { Cmd, Entrypoint, Shell } = body;
  return {
    ...(pickGiven(body, Object.keys(containerConfigFields)) as Partial<ContainerConfig>),
    ...(typeof Cmd === "string" ? { Cmd: [Cmd] } : {}),
    ...(typeof Entrypoint === "string" ? { Entrypoint: [Entrypoint] } : {}),
    ...(typeof Shell === "string" ? { Shell: [Shell] } : {}),
  };
}

/** The fields of these names that are there and not null. */
export function pickGiven(from: object, names: readonly string[]): object {
  const given: [string, unknown][] = Object.entries(from);
  return Object.fromEntries(given.filter(([key, value]) => names.includes(key) && value !== null && value !== undefined));
}
