import type { ContainerCreateBody } from "@oriel/client";
import type { TerminalSize } from "../terminal.ts";
import { type MountRequest, volumeOptions } from "./mount-options.ts";
import type { PortBindings } from "./port-options.ts";

/** What `oriel run` or `oriel create` was told before the image. */
export interface RunOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly rm?: boolean;
  readonly name?: string;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly entrypoint?: string;
  readonly isolation?: "default" | "process" | "hyperv";
  readonly detachKeys?: string;
  /** The first one is its network mode. */
  readonly network?: readonly string[];
  readonly publish?: PortBindings;
  readonly publishAll?: boolean;
  readonly volume?: readonly string[];
  readonly mount?: readonly MountRequest[];
  readonly volumesFrom?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
}

/** The request that makes the container. What was not given is absent: the image's value or the daemon's default holds. */
export function createBody(
  image: string,
  words: readonly string[],
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  size?: TerminalSize,
): ContainerCreateBody {
  const attached = options.detach !== true;
  const interactive = options.interactive === true;
  const { workdir, user, hostname, entrypoint, label, isolation, network = [], publish, mount, volumesFrom } = options;
  const [mode] = network;
  const { Binds, Volumes } = volumeOptions(options.volume ?? []);
  return {
    Image: image,
    AttachStdin: attached && interactive,
    AttachStdout: attached,
    AttachStderr: attached,
    OpenStdin: interactive,
    StdinOnce: attached && interactive,
    ...(options.tty === true ? { Tty: true } : {}),
    ...(words.length === 0 ? {} : { Cmd: [...words] }),
    ...(options.env === undefined ? {} : { Env: options.env.map((text) => withValue(text, env)) }),
    WorkingDir: workdir,
    User: user,
    Hostname: hostname,
    // An empty one takes the image's away; docker writes it as one empty word.
    ...(entrypoint === undefined ? {} : { Entrypoint: [entrypoint] }),
    ...(label === undefined ? {} : { Labels: { ...label } }),
    ...(network.length < 2 ? {} : { NetworkingConfig: { EndpointsConfig: Object.fromEntries(network.map((name) => [name, {}])) } }),
    Volumes,
    HostConfig: {
      Binds,
      ...(mount === undefined ? {} : { Mounts: [...mount] }),
      ...(volumesFrom === undefined ? {} : { VolumesFrom: [...volumesFrom] }),
      AutoRemove: options.rm === true,
      Isolation: isolation,
      NetworkMode: mode,
      ...(publish === undefined
        ? {}
        : { PortBindings: Object.fromEntries(Object.entries(publish).map(([port, hosts]) => [port, [...hosts]])) }),
      ...(options.publishAll === true ? { PublishAllPorts: true } : {}),
      ...(options.tty === true && size !== undefined ? { ConsoleSize: [size.height, size.width] } : {}),
    },
  };
}

/** `NAME` becomes `NAME=value` of this process; one that it does not have is left, and takes away what the image sets. */
export function withValue(text: string, env: Readonly<Record<string, string | undefined>>): string {
  if (text.includes("=")) return text;
  const value = env[text];
  return value === undefined ? text : `${text}=${value}`;
}
