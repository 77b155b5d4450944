import { describe, expect, test } from "vitest";
import { buildSpec, gatherSpecInput, type SpecRequest, type SpecSources } from "../src/spec/gather-spec-input.ts";
import { volumePath } from "./spec-input.ts";

const request: SpecRequest = {
  id: "c".repeat(64),
  config: { Image: "x", Cmd: ["a"] },
  hostConfig: {},
  os: "windows",
  hasBeenStartedBefore: false,
};

function sources(changes: Partial<SpecSources> = {}): SpecSources {
  return {
    processors: () => 4,
    layerFolders: async () => ["base", "scratch"],
    root: async () => ({ volumePath }),
    network: async () => ({ endpoints: [{ network: "nat", endpointId: "e1" }] }),
    mounts: async () => [{ source: "C:\\a", destination: "C:\\b" }],
    credentialSpecs: {},
    ...changes,
  };
}

describe("a spec whose parts are looked up", () => {
  test("has them all", async () => {
    const { spec, dependencies } = await buildSpec(
      { ...request, hostConfig: { SecurityOpt: ["credentialspec=registry://app"] } },
      { isolation: "process", dnsSearch: ["d.example"] },
      sources({
        credentialSpecs: { registryValue: async () => "{}" },
        secrets: async () => ({ hostFolder: "C:\\s", references: [{ id: "1", fileName: "f" }] }),
        linkedEnv: async () => ["DB=1"],
      }),
    );
    expect(spec.process?.env).toEqual(["DB=1"]);
    expect(spec.root?.path).toBe(volumePath);
    expect(spec.mounts?.map(({ source }) => source)).toEqual(["C:\\s", "C:\\a"]);
    expect(spec.windows).toMatchObject({
      layerFolders: ["base", "scratch"],
      credentialSpec: "{}",
      network: { endpointList: ["e1"], DNSSearchList: ["d.example"] },
    });
    expect(dependencies.links).toHaveLength(1);
  });

  test("finds the volume behind the folder at which a snapshotter mounted the root", async () => {
    const mountLookups = {
      readStream: async (path: string, stream: string) =>
        `${path}:${stream}` === "C:\\mnt\\c:containerd.io-source" ? "C:\\snapshots\\7" : undefined,
      layerVolumePath: async (folder: string) => (folder === "C:\\snapshots\\7" ? volumePath.slice(0, -1) : ""),
    };
    const { spec } = await buildSpec(
      request,
      { isolation: "process" },
      sources({ root: async () => ({ mountPoint: "C:\\mnt\\c\\" }), mountLookups }),
    );
    expect(spec.root?.path).toBe(volumePath);
    const elsewhere = sources({ root: async () => ({ mountPoint: "C:\\other" }), mountLookups });
    await expect(buildSpec(request, { isolation: "process" }, elsewhere)).rejects.toThrow(/^no layer source for mount C:\\other/);
    await expect(
      buildSpec(request, { isolation: "process" }, sources({ root: async () => ({ mountPoint: "C:\\mnt\\c" }) })),
    ).rejects.toThrow(/mountLookups is not given/);
  });

  test("never asks for the mounted root of a Hyper-V container", async () => {
    const root = () => Promise.reject(new Error("mounted"));
    const { input } = await gatherSpecInput({ ...request, hasBeenStartedBefore: true }, { isolation: "hyperv" }, sources({ root }));
    expect(input.volumePath).toBeUndefined();
  });

  test("is not made when a look-up fails", async () => {
    const network = () => Promise.reject(new Error("HNS is away"));
    await expect(buildSpec(request, { isolation: "process" }, sources({ network }))).rejects.toThrow("HNS is away");
  });
});
