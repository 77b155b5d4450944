import type { ContainerConfig, HostConfig, ImageRunConfig } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import { mergeImageConfig } from "../src/process/merge-image-config.ts";
import { createSpec } from "../src/spec/create-spec.ts";
import { explain } from "../src/spec/explain.ts";
import { specInput } from "./spec-input.ts";

const image: ImageRunConfig = { Cmd: ["cmd.exe"], Env: ["FOO=bar", "PATH=C:\\Windows"], WorkingDir: "C:\\app", Volumes: { "C:/data": {} } };

function origins(config: Partial<ContainerConfig>, hostConfig: HostConfig = {}, changes: Parameters<typeof specInput>[0] = {}) {
  const own: ContainerConfig = { Image: "x", ...config };
  const { spec } = createSpec(specInput({ config: mergeImageConfig(own, image), hostConfig, ...changes }));
  const found = explain(spec, { config: own, hostConfig, image });
  return { spec, found, by: Object.fromEntries(found.map(({ field, origin, source }) => [field, `${origin}: ${source}`])) };
}

describe("explain", () => {
  test("says of each field who decided it", () => {
    const { by } = origins(
      { Cmd: ["dir"], Env: ["foo=over", "NEW=1"], User: "me", Hostname: "box", Tty: true },
      { Memory: 2 ** 29, NanoCpus: 5e8, Isolation: "hyperv", DnsSearch: ["a"], Annotations: { a: "b" } },
      {
        mounts: [
          { source: "C:\\v", destination: "c:\\data" },
          { source: "C:\\w", destination: "C:\\w" },
          { source: "C:\\s", destination: "C:\\ProgramData\\Docker\\internal\\secrets" },
        ],
        network: {
          endpoints: [{ network: "nat", endpointId: "e", allowUnqualifiedDns: true }],
          sharedWith: { containerId: "o", endpointIds: [] },
        },
        credentialSpec: "{}",
      },
    );
    expect(by).toEqual({
      ociVersion: "daemon default: version of the specification",
      "process.terminal": "flag: --tty",
      "process.consoleSize": "flag: --tty: size of the client's terminal",
      "process.user.uid": "daemon default: not used on Windows",
      "process.user.gid": "daemon default: not used on Windows",
      "process.user.username": "flag: --user",
      "process.args": "flag: command",
      "process.env[0]": "flag: --env",
      "process.env[1]": "flag: --env",
      "process.env[2]": "image: ENV",
      "process.cwd": "image: WORKDIR",
      root: "host: volume of the mounted scratch layer",
      hostname: "flag: --hostname",
      "mounts[0]": "image: VOLUME",
      "mounts[1]": "flag: --volume, --mount",
      "mounts[2]": "daemon default: secrets of the service",
      annotations: "flag: --annotation",
      "windows.layerFolders": "host: the image's layers and the container's scratch",
      "windows.resources.memory.limit": "flag: --memory",
      "windows.resources.cpu.count": "flag: --cpus",
      "windows.resources.cpu.maximum": "flag: --cpus",
      "windows.credentialSpec": "flag: --security-opt credentialspec",
      "windows.ignoreFlushesDuringBoot": "daemon default: first start",
      "windows.hyperv": "flag: --isolation",
      "windows.network.endpointList": "host: endpoints of the container's networks",
      "windows.network.allowUnqualifiedDNSQuery": "host: the container's networks",
      "windows.network.DNSSearchList": "flag: --dns-search",
      "windows.network.networkSharedContainerName": "flag: --network container:…",
    });
  });

  test("leaves no field out, for Windows and for Linux", () => {
    for (const os of ["windows", "linux"]) {
      const config = os === "linux" ? { WorkingDir: "/" } : {};
      const changes = {
        os,
        ...(os === "linux" ? {} : { mounts: [{ source: "a", destination: "b" }] }),
        dnsSearch: ["x"],
        linkedEnv: ["L=1"],
      };
      const { spec, found } = origins(
        config,
        { IOMaximumIOps: 1, IOMaximumBandwidth: 2, CpuShares: 3, Devices: [{ PathOnHost: "class/x" }] },
        changes,
      );
      const fields = found.map(({ field }) => field);
      const missing = leafPaths(spec).filter(
        (leaf) => !fields.some((field) => leaf === field || leaf.startsWith(`${field}.`) || leaf.startsWith(`${field}[`)),
      );
      expect(missing).toEqual([]);
    }
  });

  test.each<[string, Partial<ContainerConfig>, ImageRunConfig, string]>([
    ["both of the image", {}, { Entrypoint: ["e"], Cmd: ["c"] }, "image: ENTRYPOINT, then CMD"],
    ["a command behind the image's entrypoint", { Cmd: ["x"] }, { Entrypoint: ["e"], Cmd: ["c"] }, "image: ENTRYPOINT, then command"],
    ["an entrypoint of the user's", { Entrypoint: ["x"] }, { Entrypoint: ["e"], Cmd: ["c"] }, "flag: --entrypoint"],
    ["no entrypoint", { Entrypoint: [""], Cmd: ["x"] }, { Entrypoint: ["e"] }, "flag: command"],
  ])("names what a command line is made of: %s", (_name, config, images, origin) => {
    const own = { Image: "x", ...config };
    const { spec } = createSpec(specInput({ config: mergeImageConfig(own, images) }));
    const command = explain(spec, { config: own, hostConfig: {}, image: images }).find(({ field }) => field === "process.args");
    expect(`${command?.origin}: ${command?.source}`).toBe(origin);
  });
});

function leafPaths(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leafPaths(item, Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}
