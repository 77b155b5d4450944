import type { ContainerConfig, HostConfig } from "@oriel/contracts";
import type { SpecMount } from "../src/mounts/mounts.ts";

/** What `docker run` or `docker create` sends for a command line, as far as the recorded scenarios use it. */
export interface DockerRun {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly mounts: SpecMount[];
}

interface Draft {
  config: ContainerConfig;
  hostConfig: HostConfig;
  mounts: SpecMount[];
}

const bytes = (text: string): number => {
  const [, digits, unit] = /^(\d+)([kmg]?)b?$/i.exec(text) ?? [];
  if (digits === undefined || unit === undefined) throw new Error(`no size: ${text}`);
  return Number(digits) * 1024 ** "kmg".indexOf(unit.toLowerCase() || "k") * (unit === "" ? 1 : 1024);
};

const ignore = () => undefined;
const switches: Record<string, (draft: Draft) => unknown> = {
  "--rm": ignore,
  "-d": ignore,
  "-i": ignore,
  "-t": ({ config }) => {
    config.Tty = true;
  },
};

const options: Record<string, (draft: Draft, value: string) => unknown> = {
  "--name": ignore,
  "--storage-opt": ignore,
  "-e": ({ config }, value) => {
    config.Env = [...(config.Env ?? []), value];
  },
  "-w": ({ config }, value) => Object.assign(config, { WorkingDir: value }),
  "-u": ({ config }, value) => Object.assign(config, { User: value }),
  "-h": ({ config }, value) => Object.assign(config, { Hostname: value }),
  "--domainname": ({ config }, value) => Object.assign(config, { Domainname: value }),
  "--entrypoint": ({ config }, value) => Object.assign(config, { Entrypoint: [value] }),
  // dockerd writes the folders of a bind in lower case.
  "-v": ({ mounts }, value) => {
    const [, source, destination, mode] =
      /^((?:\\\\\.|[A-Za-z]:)[^:]+):((?:\\\\\.|[A-Za-z]:)[^:]+)(?::(r[ow]))?$/.exec(value.toLowerCase()) ?? [];
    if (source === undefined || destination === undefined) throw new Error(`no bind: ${value}`);
    mounts.push({ source, destination, readOnly: mode === "ro" });
  },
  "--cpus": ({ hostConfig }, value) => Object.assign(hostConfig, { NanoCpus: Math.round(Number(value) * 1e9) }),
  "--cpu-count": ({ hostConfig }, value) => Object.assign(hostConfig, { CpuCount: Number(value) }),
  "--cpu-shares": ({ hostConfig }, value) => Object.assign(hostConfig, { CpuShares: Number(value) }),
  "--cpu-percent": ({ hostConfig }, value) => Object.assign(hostConfig, { CpuPercent: Number(value) }),
  "-m": ({ hostConfig }, value) => Object.assign(hostConfig, { Memory: bytes(value) }),
  "--io-maxbandwidth": ({ hostConfig }, value) => Object.assign(hostConfig, { IOMaximumBandwidth: bytes(value) }),
  "--io-maxiops": ({ hostConfig }, value) => Object.assign(hostConfig, { IOMaximumIOps: Number(value) }),
  "--isolation": ({ hostConfig }, value) => Object.assign(hostConfig, { Isolation: value }),
  "--security-opt": ({ hostConfig }, value) => Object.assign(hostConfig, { SecurityOpt: [...(hostConfig.SecurityOpt ?? []), value] }),
  "--device": ({ hostConfig }, value) => Object.assign(hostConfig, { Devices: [{ PathOnHost: value }] }),
  "--network": ({ hostConfig }, value) => Object.assign(hostConfig, { NetworkMode: value }),
  "--dns-search": ({ hostConfig }, value) => Object.assign(hostConfig, { DnsSearch: [...(hostConfig.DnsSearch ?? []), value] }),
  "--annotation": ({ hostConfig }, value) => {
    const [key = "", text = ""] = value.split("=");
    hostConfig.Annotations = { ...hostConfig.Annotations, [key]: text };
  },
};

/** Reads the words after `docker`. Throws for a word that it does not know, so that no scenario is read wrongly. */
export function readDockerWords(words: readonly string[]): DockerRun {
  const [verb, ...rest] = words;
  if (verb !== "run" && verb !== "create") throw new Error(`docker ${verb} makes no container`);
  const draft: Draft = { config: { Image: "" }, hostConfig: {}, mounts: [] };
  while (rest[0]?.startsWith("-")) {
    const word = rest.shift() ?? "";
    if (switches[word] !== undefined) switches[word](draft);
    else if (options[word] !== undefined) options[word](draft, rest.shift() ?? "");
    else throw new Error(`unknown flag ${word}`);
  }
  const [image = "", ...command] = rest;
  draft.config.Image = image;
  if (command.length > 0) draft.config.Cmd = command;
  return draft;
}
