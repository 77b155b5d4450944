import { describe, expect, test } from "vitest";
import { createSpec } from "../src/spec/create-spec.ts";
import { specInput as input, volumePath } from "./spec-input.ts";

describe("the spec of a plain container", () => {
  test("has the fields that dockerd gives it, and no others", () => {
    expect(createSpec(input())).toEqual({
      spec: {
        ociVersion: "1.2.0",
        process: { user: { uid: 0, gid: 0 }, args: ["cmd.exe"], cwd: "C:\\" },
        root: { path: volumePath },
        hostname: "0123456789ab",
        windows: { layerFolders: ["C:\\l\\1", "C:\\l\\0", "C:\\l\\s"], ignoreFlushesDuringBoot: true, network: {} },
      },
      warnings: [],
    });
  });

  test("has no boot optimisation from its second start on", () => {
    expect(createSpec(input({ hasBeenStartedBefore: true })).spec.windows).not.toHaveProperty("ignoreFlushesDuringBoot");
  });
});

describe("the root path of a process-isolated container", () => {
  test("gets its closing backslash", () => {
    expect(createSpec(input({ volumePath: volumePath.slice(0, -1) })).spec.root?.path).toBe(volumePath);
  });

  test.each([undefined, "", "C:\\", "C:\\mnt", "\\\\?\\Volume{}\\", `${volumePath}Windows`, "\\\\?\\Volume{3F2504E0}\\"])(
    "must be a volume GUID path, not %j",
    (path) => {
      const { volumePath: _, ...rest } = input();
      expect(() => createSpec(path === undefined ? rest : { ...rest, volumePath: path })).toThrow(/is no volume GUID path/);
    },
  );

  test("is empty for Hyper-V, whatever is given", () => {
    const { spec } = createSpec(input({ hostConfig: { Isolation: "hyperv" } }));
    expect(spec.root).toEqual({ path: "" });
    expect(spec.windows?.hyperv).toEqual({});
  });
});

describe("the network", () => {
  test("lists own endpoints, shared ones and the gateways', each once and in order", () => {
    const network = {
      endpoints: [
        { network: "b", endpointId: "e2", gatewayEndpointId: "g" },
        { network: "a", endpointId: "e1", gatewayEndpointId: "g", allowUnqualifiedDns: true },
      ],
      sharedWith: { containerId: "other", endpointIds: ["s1", "e1"] },
    };
    expect(createSpec(input({ network, dnsSearch: ["daemon.example"] })).spec.windows?.network).toEqual({
      endpointList: ["e2", "e1", "s1", "g"],
      allowUnqualifiedDNSQuery: true,
      DNSSearchList: ["daemon.example"],
      networkSharedContainerName: "other",
    });
  });

  test("does not start without an endpoint that should be there", () => {
    expect(() => createSpec(input({ network: { endpoints: [{ network: "nat", endpointId: "" }] } }))).toThrow(/network nat has no HNS id/);
  });
});

describe("mounts", () => {
  test("have pipes in one spelling", () => {
    const { spec } = createSpec(input({ mounts: [{ source: "//./PIPE/docker", destination: "\\\\.\\Pipe\\docker", readOnly: true }] }));
    expect(spec.mounts).toEqual([{ source: "\\\\.\\pipe\\docker", destination: "\\\\.\\pipe\\docker", options: ["ro"] }]);
  });

  test("must not meet, nor join a pipe with a folder", () => {
    const at = (destination: string) => ({ source: "C:\\a", destination });
    expect(() => createSpec(input({ mounts: [at("C:\\data"), at("c:\\DATA")] }))).toThrow("Duplicate mount point: c:\\DATA");
    expect(() => createSpec(input({ mounts: [at("\\\\.\\pipe\\x")] }))).toThrow(/a pipe can only be mounted at a pipe/);
  });
});
