import type { HostConfig } from "@oriel/core";
import type { ContainerRecord } from "@oriel/engine";
import type { ContainerInspect } from "../schemas/containers.ts";
import { optionsWithoutEffect } from "../schemas/without-effect.ts";

/** The host's part of a container's configuration, with what holds where nothing, or something empty, was given. */
export function hostConfigView({ hostConfig, isolation }: ContainerRecord): ContainerInspect["HostConfig"] & HostConfig {
  const { LogConfig, RestartPolicy, NetworkMode } = hostConfig;
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
    Links: null,
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
    NetworkMode: NetworkMode || "default",
    RestartPolicy: { Name: RestartPolicy?.Name || "no", MaximumRetryCount: RestartPolicy?.MaximumRetryCount ?? 0 },
    Isolation: isolation,
  };
}
