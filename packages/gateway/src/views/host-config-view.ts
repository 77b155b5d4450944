import type { HostConfig } from "@oriel/contracts";
import { type ContainerRecord, isUserDefined, networkModeOf, parseLink } from "@oriel/engine";
import type { ContainerInspect } from "../schemas/containers.ts";
import { optionsWithoutEffect } from "../schemas/without-effect.ts";

/** The host's part of a container's configuration, with what holds where nothing, or something empty, was given. */
export function hostConfigView({ name, hostConfig, isolation }: ContainerRecord): ContainerInspect["HostConfig"] & HostConfig {
  const { LogConfig, RestartPolicy } = hostConfig;
  return {
    ...optionsWithoutEffect,
    Binds: null,
    ContainerIDFile: "",
    PortBindings: {},
    AutoRemove: false,
    VolumesFrom: null,
    VolumeDriver: "",
    ConsoleSize: [0, 0],
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    PublishAllPorts: false,
    SecurityOpt: null,
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    Devices: null,
    ...hostConfig,
    // Clients send these empty for what the user left open.
    LogConfig: { Type: LogConfig?.Type || "json-file", Config: LogConfig?.Config ?? {} },
    NetworkMode: networkModeOf(hostConfig),
    Links: linksView(name, hostConfig),
    RestartPolicy: { Name: RestartPolicy?.Name || "no", MaximumRetryCount: RestartPolicy?.MaximumRetryCount ?? 0 },
    Isolation: isolation,
  };
}

/** As dockerd shows the links of the default network: with the names of both containers. */
function linksView(name: string, hostConfig: HostConfig): string[] | null {
  const { Links } = hostConfig;
  if (!Links?.length) return null;
  if (isUserDefined(networkModeOf(hostConfig))) return [...Links];
  return Links.map(parseLink).map(({ container, alias }) => `/${container}:/${name}/${alias}`);
}
