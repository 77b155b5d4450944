import type { ContainerConfig, HostConfig, ImageRunConfig, RuntimeSpec } from "@oriel/contracts";
import { foldName } from "@oriel/contracts";
import { dependencyFolders } from "../mounts/secrets.ts";
import { environmentName, parseEnvironment } from "../process/environment.ts";

/** Who decided a field. */
export type FieldOrigin = "flag" | "image" | "daemon default" | "host";

export interface FieldExplanation {
  /** Path in the spec: `process.cwd`, `mounts[0]`. */
  readonly field: string;
  readonly value: unknown;
  readonly origin: FieldOrigin;
  /** The flag in `docker`'s words, the image's instruction, or what of the daemon or the host. */
  readonly source: string;
}

export interface ExplainOptions {
  /** As the user gave it. With a merged configuration a value that equals the image's counts as the image's. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly image?: ImageRunConfig;
}

type Origin = readonly [origin: FieldOrigin, source: string];

/** For each field of a spec of `createSpec`, in the spec's order: its value and where that came from. */
export function explain(spec: RuntimeSpec, options: ExplainOptions): FieldExplanation[] {
  const found: FieldExplanation[] = [];
  walk("", spec, (field, value) => {
    const origin = originOf(field, value, options);
    if (origin === undefined) return false;
    found.push({ field, value, origin: origin[0], source: origin[1] });
    return true;
  });
  return found;
}

/** Calls `visit` for each field from the outside in; one that it answers true for is not entered. */
function walk(path: string, value: unknown, visit: (field: string, value: unknown) => boolean): void {
  if (path !== "" && visit(path, value)) return;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${key}]` : path === "" ? key : `.${key}`;
    walk(path + step, item, visit);
  }
}

const fromDaemon = (source: string): Origin => ["daemon default", source];
const fromHost = (source: string): Origin => ["host", source];
const fromFlag = (source: string): Origin => ["flag", source];

/** Fields whose origin is always the same; the outermost field that is named here stands for all in it. */
const fixed: Readonly<Record<string, Origin>> = {
  ociVersion: fromDaemon("version of the specification"),
  "process.terminal": fromFlag("--tty"),
  "process.consoleSize": fromFlag("--tty: size of the client's terminal"),
  "process.user.uid": fromDaemon("not used on Windows"),
  "process.user.gid": fromDaemon("not used on Windows"),
  "process.capabilities": fromDaemon("Docker's capabilities"),
  root: fromHost("volume of the mounted scratch layer"),
  annotations: fromFlag("--annotation"),
  "windows.layerFolders": fromHost("the image's layers and the container's scratch"),
  "windows.devices": fromFlag("--device"),
  "windows.resources.memory.limit": fromFlag("--memory"),
  "windows.resources.cpu.shares": fromFlag("--cpu-shares"),
  "windows.resources.storage.iops": fromFlag("--io-maxiops"),
  "windows.resources.storage.bps": fromFlag("--io-maxbandwidth"),
  "windows.credentialSpec": fromFlag("--security-opt credentialspec"),
  "windows.ignoreFlushesDuringBoot": fromDaemon("first start"),
  "windows.network.endpointList": fromHost("endpoints of the container's networks"),
  "windows.network.allowUnqualifiedDNSQuery": fromHost("the container's networks"),
  "windows.network.networkSharedContainerName": fromFlag("--network container:…"),
  linux: fromDaemon("Docker's isolation of Linux containers"),
};

function originOf(field: string, value: unknown, options: ExplainOptions): Origin | undefined {
  if (Object.hasOwn(fixed, field)) return fixed[field];
  const { config, hostConfig, image } = options;
  switch (field) {
    case "process.args":
    case "process.commandLine":
      return commandOrigin(config, image);
    case "process.cwd":
      return givenOrImage(config.WorkingDir, image?.WorkingDir, "--workdir", "WORKDIR") ?? fromDaemon("the root directory");
    case "process.user.username":
      return givenOrImage(config.User, image?.User, "--user", "USER");
    case "hostname":
      if (config.Hostname) return fromFlag(config.Domainname ? "--hostname, --domainname" : "--hostname");
      return fromDaemon(
        config.Domainname ? "the beginning of the container's id, then --domainname" : "the beginning of the container's id",
      );
    case "windows.resources.cpu.count":
      return fromFlag(hostConfig.NanoCpus ? "--cpus" : "--cpu-count");
    case "windows.resources.cpu.maximum":
      return fromFlag(hostConfig.NanoCpus ? "--cpus" : "--cpu-percent");
    case "windows.hyperv":
      return /^hyperv$/i.test(hostConfig.Isolation ?? "")
        ? fromFlag("--isolation")
        : fromDaemon("the daemon's isolation, or a Linux image");
    case "windows.network.DNSSearchList":
      return hostConfig.DnsSearch?.length ? fromFlag("--dns-search") : fromDaemon("the daemon's search list");
  }
  if (field.startsWith("process.env[")) return environmentOrigin(String(value), config, image);
  if (/^mounts\[\d+\]$/.test(field)) return mountOrigin(value as { destination: string; type?: string }, image);
  return undefined;
}

function commandOrigin(config: ContainerConfig, image: ImageRunConfig | undefined): Origin {
  const entrypoint = listOrigin(config.Entrypoint ?? image?.Entrypoint, image?.Entrypoint, "--entrypoint", "ENTRYPOINT");
  const imagesCmd = entrypoint?.[0] === "flag" ? undefined : image?.Cmd;
  const cmd = listOrigin(config.Cmd?.length ? config.Cmd : imagesCmd, image?.Cmd, "command", "CMD");
  const sources = [entrypoint, cmd].filter((origin) => origin !== undefined);
  return [sources[0]?.[0] ?? "flag", sources.map(([, source]) => source).join(", then ")];
}

function listOrigin(
  list: readonly string[] | null | undefined,
  images: readonly string[] | null | undefined,
  flag: string,
  instruction: string,
): Origin | undefined {
  if (!list?.length || (list.length === 1 && list[0] === "")) return undefined;
  return sameList(list, images) ? ["image", instruction] : fromFlag(flag);
}

function environmentOrigin(entry: string, config: ContainerConfig, image: ImageRunConfig | undefined): Origin {
  const name = environmentName(entry);
  if (image?.Env?.includes(entry)) return ["image", "ENV"];
  const given = new Set([...parseEnvironment(config.Env ?? []).keys()].map(foldName));
  return given.has(foldName(name)) ? fromFlag("--env") : fromDaemon("links, or what every Linux container gets");
}

function mountOrigin(mount: { readonly destination: string; readonly type?: string }, image: ImageRunConfig | undefined): Origin {
  const { destination, type } = mount;
  for (const { internalSecret, internalConfig } of Object.values(dependencyFolders)) {
    if (destination === internalSecret) return fromDaemon("secrets of the service");
    if (destination === internalConfig) return fromDaemon("configs of the service");
  }
  if (type !== undefined && type !== "bind") return fromDaemon("what every Linux container gets");
  const isImages = Object.keys(image?.Volumes ?? {}).some((path) => foldName(path.replaceAll("/", "\\")) === foldName(destination));
  return isImages ? ["image", "VOLUME"] : fromFlag("--volume, --mount");
}

function givenOrImage(own: string | undefined, images: string | undefined, flag: string, instruction: string): Origin | undefined {
  if (own && own !== images) return fromFlag(flag);
  return images ? ["image", instruction] : undefined;
}

function sameList(one: readonly string[], other: readonly string[] | null | undefined): boolean {
  return other?.length === one.length && one.every((item, index) => item === other[index]);
}
