import type { RuntimeSpec, WindowsSpec } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { containerDocument } from "../src/container-document.ts";
import { findUtilityVm } from "../src/document-facts.ts";
import type { DocumentFacts } from "../src/document-parts.ts";
import { recordedDocuments } from "./recorded-documents.ts";

const facts: DocumentFacts = { layerIds: ["g1"], processors: 4, osBuild: 20348 };
const volume = "\\\\?\\Volume{66d1ef4c-7a00-11e6-8948-00155ddbef9d}";

function specWith(windows: Partial<WindowsSpec> = {}, more: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return {
    ociVersion: "1.2.0",
    root: { path: windows.hyperv ? "" : `${volume}\\` },
    windows: { layerFolders: ["C:\\layers\\base", "C:\\layers\\scratch"], ...windows },
    ...more,
  };
}

function made(spec: RuntimeSpec, more: Partial<DocumentFacts> = {}) {
  return containerDocument("c1", "oriel", spec, { ...facts, ...more });
}

describe("the document of a container", () => {
  it.each(recordedDocuments)("is the one that dockerd gave for $name", async ({ id, spec, container }) => {
    const base = container.Layers.at(-1)?.Path ?? "";
    const utilityVm = await findUtilityVm(
      container.Layers.map((layer) => layer.Path),
      async (path) => path === `${base}\\UtilityVM`,
    );
    const { document, warnings } = containerDocument(id, "docker", spec, {
      layerIds: container.Layers.map((layer) => layer.ID),
      utilityVm,
      processors: 4,
      osBuild: 20348,
    });
    // As text: the order of the keys is the same too.
    expect(JSON.stringify(document, null, 1)).toBe(JSON.stringify(container, null, 1));
    expect(warnings).toEqual([]);
  });

  it("is made of a spec without any option", () => {
    expect(made(specWith()).document).toEqual({
      SystemType: "Container",
      Name: "c1",
      Owner: "oriel",
      VolumePath: volume,
      LayerFolderPath: "C:\\layers\\scratch",
      Layers: [{ ID: "g1", Path: "C:\\layers\\base" }],
      HvPartition: false,
    });
  });

  it.each([
    "",
    "C:\\x\\",
    volume,
    "\\\\?\\Volume{66d1ef4c}\\",
    `${volume}\\sub\\`,
    `x${volume}\\`,
    "\\\\?\\Volume66d1ef4c-7a00-11e6-8948-00155ddbef9d\\",
  ])("refuses %j as root path of a process-isolated container", (path) => {
    expect(() => made(specWith({}, { root: { path } }))).toThrow(/root\.path.*must be a volume GUID path/);
  });

  it("takes a volume GUID in upper case", () => {
    expect(made(specWith({}, { root: { path: `${volume.toUpperCase().replace("VOLUME", "Volume")}\\` } })).document.VolumePath).toBe(
      volume.toUpperCase().replace("VOLUME", "Volume"),
    );
  });

  it("refuses a root path for Hyper-V isolation, and a read-only root for any", () => {
    expect(() => made(specWith({ hyperv: {} }, { root: { path: `${volume}\\` } }), { utilityVm: "x" })).toThrow(
      "must be empty for Hyper-V",
    );
    expect(() => made(specWith({}, { root: { path: `${volume}\\`, readonly: true } }))).toThrow("root.readonly");
  });

  it("says that no layer has a utility VM", () => {
    expect(() => made(specWith({ hyperv: {} }))).toThrow("utility VM image could not be found");
  });

  it.each([[[]], [["C:\\only"]], [["", "C:\\scratch"]]])("refuses %j as layer folders", (layerFolders) => {
    expect(() => made(specWith({ layerFolders }))).toThrow("at least a base layer and the scratch");
  });

  it("says what it does not serve", () => {
    expect(() => made(specWith({ network: { networkNamespace: "ns" } }))).toThrow(expect.objectContaining({ code: "Unimplemented" }));
    const { windows: _windows, ...linux } = specWith();
    expect(() => made(linux)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  it.each([
    ["process", {}, {}],
    ["Hyper-V", { hyperv: {} }, { HvPartition: true, HvRuntime: { ImagePath: "C:\\layers\\base\\UtilityVM" } }],
  ])("carries every option with %s isolation", (_name, isolation, more) => {
    const device = { id: "5B45201D-F2F2-4F3B-85BB-30FF1F953599", idType: "class" };
    const spec = specWith(
      {
        ...isolation,
        ignoreFlushesDuringBoot: true,
        servicing: true,
        credentialSpec: '{"CmsPlugins":["ActiveDirectory"]}',
        resources: {
          cpu: { count: 2, shares: 500, maximum: 9000 },
          memory: { limit: 256 * 1024 * 1024 },
          storage: { iops: 100, bps: 200, sandboxSize: 300 },
        },
        network: {
          endpointList: ["e1", "e2"],
          allowUnqualifiedDNSQuery: true,
          DNSSearchList: ["a.com", "b.com"],
          networkSharedContainerName: "other",
        },
        ...(Object.keys(isolation).length === 0 ? { devices: [device] } : {}),
      },
      {
        hostname: "box",
        mounts: [
          { source: "D:\\data", destination: "C:\\data", options: ["ro"] },
          { source: "\\\\.\\pipe\\host", destination: "\\\\.\\pipe\\guest" },
        ],
      },
    );
    expect(made(spec, { utilityVm: "C:\\layers\\base\\UtilityVM" }).document).toEqual({
      SystemType: "Container",
      Name: "c1",
      Owner: "oriel",
      ...(Object.keys(isolation).length === 0 ? { VolumePath: volume, AssignedDevices: [{ InterfaceClassGuid: device.id }] } : {}),
      IgnoreFlushesDuringBoot: true,
      LayerFolderPath: "C:\\layers\\scratch",
      Layers: [{ ID: "g1", Path: "C:\\layers\\base" }],
      Credentials: '{"CmsPlugins":["ActiveDirectory"]}',
      ProcessorCount: 2,
      ProcessorWeight: 500,
      ProcessorMaximum: 9000,
      StorageIOPSMaximum: 100,
      StorageBandwidthMaximum: 200,
      StorageSandboxSize: 300,
      MemoryMaximumInMB: 256,
      HostName: "box",
      MappedDirectories: [
        {
          HostPath: "D:\\data",
          ContainerPath: "C:\\data",
          ReadOnly: true,
          BandwidthMaximum: 0,
          IOPSMaximum: 0,
          CreateInUtilityVM: false,
        },
      ],
      MappedPipes: [{ HostPath: "\\\\.\\pipe\\host", ContainerPipeName: "guest" }],
      HvPartition: false,
      NetworkSharedContainerName: "other",
      EndpointList: ["e1", "e2"],
      Servicing: true,
      AllowUnqualifiedDNSQuery: true,
      DNSSearchList: "a.com,b.com",
      ...more,
    });
  });

  describe("limits", () => {
    it("round memory up to whole MiB, and never to none", () => {
      const memory = (limit: number) => made(specWith({ resources: { memory: { limit } } })).document.MemoryMaximumInMB;
      expect([1, 1024 * 1024, 1024 * 1024 + 1, 512 * 1024 * 1024].map(memory)).toEqual([1, 1, 2, 512]);
      expect(memory(0)).toBeUndefined();
    });

    it("leave out what is 0", () => {
      const { document } = made(specWith({ resources: { cpu: { count: 0, shares: 0, maximum: 0 }, storage: { iops: 0, bps: 0 } } }));
      expect(document).toEqual(made(specWith()).document);
    });

    it("give at most the processors of the host, and say so", () => {
      const { document, warnings } = made(specWith({ resources: { cpu: { count: 16 } } }));
      expect(document.ProcessorCount).toBe(4);
      expect(warnings).toEqual(["the container asks for 16 processors; the host has 4, which it gets"]);
    });

    it("set the size of the system drive", () => {
      expect(made(specWith({ resources: { storage: { sandboxSize: 5e10 } } })).document.StorageSandboxSize).toBe(5e10);
    });

    it.each([
      [{ cpu: { shares: 10_001 } }, /cpu\.shares: 10001 is not a whole number from 1 to 10000/],
      [{ cpu: { maximum: 65_536 } }, /cpu\.maximum/],
      [{ cpu: { count: -1 } }, /cpu\.count: -1/],
      [{ memory: { limit: -5 } }, /memory\.limit: -5/],
      [{ storage: { bps: 1.5 } }, /storage\.bps: 1\.5/],
      [{ storage: { iops: Number.NaN } }, /storage\.iops/],
    ])("refuse %j", (resources, message) => {
      expect(() => made(specWith({ resources }))).toThrow(message);
    });
  });

  describe("mounts", () => {
    const mounted = (mount: object, osBuild = 20348) =>
      made(specWith({}, { mounts: [mount as NonNullable<RuntimeSpec["mounts"]>[number]] }), { osBuild }).document;

    it.each(["\\\\.\\pipe\\feed", "\\\\.\\PIPE\\feed", "//./pipe/feed", "//./Pipe/feed"])("take %s for a pipe", (destination) => {
      expect(mounted({ source: "\\\\.\\pipe\\host", destination })).toMatchObject({
        MappedPipes: [{ HostPath: "\\\\.\\pipe\\host", ContainerPipeName: "feed" }],
      });
    });

    it("are read-only where an option says so, in any case", () => {
      for (const [options, readOnly] of [
        [["RO"], true],
        [["rw"], false],
        [[], false],
      ] as const) {
        expect(mounted({ source: "C:\\s", destination: "C:\\d", options }).MappedDirectories).toMatchObject([{ ReadOnly: readOnly }]);
      }
    });

    it.each([
      [{ source: "s", destination: "d", type: "bind" }, "type 'bind' must not be set"],
      [{ destination: "d" }, "source is missing"],
      [{ source: "s", destination: "d", options: ["nosuid"] }, "unknown option 'nosuid'"],
      [{ source: "s", destination: "\\\\.\\pipe\\" }, "the pipe has no name"],
    ])("refuse %j", (mount, message) => {
      expect(() => mounted(mount)).toThrow(message);
    });

    it("refuse a pipe on a Windows that cannot map it", () => {
      expect(() => mounted({ source: "\\\\.\\pipe\\a", destination: "\\\\.\\pipe\\a" }, 14393)).toThrow(
        expect.objectContaining({ code: "FailedPrecondition", message: expect.stringContaining("16299") }),
      );
    });
  });

  describe("credentials", () => {
    it("are JSON in a string, whether the spec has them as text or as an object", () => {
      expect(made(specWith({ credentialSpec: '{"a":1}' })).document.Credentials).toBe('{"a":1}');
      expect(made(specWith({ credentialSpec: { a: 1 } })).document.Credentials).toBe('{"a":1}');
    });

    it.each(["{", "text", 7])("refuse %j", (credentialSpec) => {
      expect(() => made(specWith({ credentialSpec }))).toThrow("windows.credentialSpec");
    });
  });

  describe("devices", () => {
    const device = { id: "5B45201D-F2F2-4F3B-85BB-30FF1F953599", idType: "class" };

    it("take both words for a class", () => {
      const { document } = made(specWith({ devices: [device, { ...device, idType: "vpci-class-guid" }] }));
      expect(document.AssignedDevices).toEqual([{ InterfaceClassGuid: device.id }, { InterfaceClassGuid: device.id }]);
    });

    it("refuse another kind, Hyper-V isolation and a Windows that is too old", () => {
      expect(() => made(specWith({ devices: [{ ...device, idType: "gpu" }] }))).toThrow("'gpu://");
      expect(() => made(specWith({ devices: [device], hyperv: {} }), { utilityVm: "u" })).toThrow("Hyper-V");
      expect(() => made(specWith({ devices: [device] }), { osBuild: 17134 })).toThrow(
        expect.objectContaining({ code: "FailedPrecondition" }),
      );
    });
  });
});

describe("the utility VM", () => {
  it("is that of the uppermost layer that has one", async () => {
    const there = new Set(["C:\\l\\b\\UtilityVM", "C:\\l\\c\\UtilityVM"]);
    const exists = async (path: string) => there.has(path);
    expect(await findUtilityVm(["C:\\l\\a", "C:\\l\\b", "C:\\l\\c"], exists)).toBe("C:\\l\\b\\UtilityVM");
    expect(await findUtilityVm(["C:\\l\\a"], exists)).toBeUndefined();
  });

  it("is looked for in the paths of the host that it is on", async () => {
    expect(await findUtilityVm(["/var/lib/oriel/layers/a"], async () => true)).toBe("/var/lib/oriel/layers/a/UtilityVM");
  });
});
