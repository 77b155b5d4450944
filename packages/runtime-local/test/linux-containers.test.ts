import { type MountSpec, type RuntimeSpec, silentLogger, type WindowsSpec } from "@oriel/contracts";
import { buildSpec } from "@oriel/oci-spec";
import { describe, expect, it } from "vitest";
import { containerDocument } from "../src/container-document.ts";
import type { DocumentFacts } from "../src/document-parts.ts";
import { linuxBoot } from "../src/linux-boot.ts";
import { linuxMounts } from "../src/linux-mounts.ts";
import { LocalRuntime } from "../src/local-runtime.ts";
import { linuxProcessDocument } from "../src/process-document.ts";
import { longDeadlines, setUp } from "./fixture.ts";

const folder = "C:\\Program Files\\Linux Containers";
const boot = { ImagePath: folder, LinuxInitrdFile: "initrd.img", LinuxKernelFile: "kernel" };
const facts: DocumentFacts = { layerIds: ["g2", "g1"], processors: 4, osBuild: 20348, linuxBoot: boot };

const bind: MountSpec = {
  destination: "/target",
  source: "C:\\data",
  type: "bind",
  options: ["rbind", "ro", "uvmpath=/tmp/gcs/c1/binds"],
};
const proc: MountSpec = { destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] };

function linuxSpec(windows: Partial<WindowsSpec> = {}, more: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return {
    ociVersion: "1.2.0",
    root: { path: "rootfs", readonly: true },
    process: { user: {}, cwd: "/", args: ["sleep"] },
    windows: { layerFolders: ["C:\\layers\\top", "C:\\layers\\base", "C:\\layers\\scratch"], ...windows },
    linux: {},
    ...more,
  };
}

const made = (spec: RuntimeSpec, more: Partial<DocumentFacts> = {}) => containerDocument("c1", "oriel", spec, { ...facts, ...more });

describe("the document of a Linux container's utility VM", () => {
  it("boots a kernel with its initial RAM disk, and has the disks of the layers", () => {
    const { document, warnings } = made(linuxSpec());
    expect(JSON.stringify(document, null, 1)).toBe(
      JSON.stringify(
        {
          SystemType: "Container",
          Name: "c1",
          Owner: "oriel",
          LayerFolderPath: "C:\\layers\\scratch",
          Layers: [
            { ID: "g2", Path: "C:\\layers\\top\\layer.vhd" },
            { ID: "g1", Path: "C:\\layers\\base\\layer.vhd" },
          ],
          HvPartition: true,
          HvRuntime: boot,
          ContainerType: "Linux",
          TerminateOnLastHandleClosed: true,
        },
        null,
        1,
      ),
    );
    expect(warnings).toEqual([]);
  });

  it("carries limits and network as a Windows container's does", () => {
    const { document } = made(
      linuxSpec({
        resources: { cpu: { count: 2, shares: 5, maximum: 7 }, memory: { limit: 512 * 1024 * 1024 } },
        network: {
          endpointList: ["e1"],
          allowUnqualifiedDNSQuery: true,
          DNSSearchList: ["a.com", "b.com"],
          networkSharedContainerName: "other",
        },
      }),
    );
    expect(document).toMatchObject({
      ProcessorCount: 2,
      ProcessorWeight: 5,
      ProcessorMaximum: 7,
      MemoryMaximumInMB: 512,
      NetworkSharedContainerName: "other",
      EndpointList: ["e1"],
      AllowUnqualifiedDNSQuery: true,
      DNSSearchList: "a.com,b.com",
    });
  });

  it("can do with a scratch alone, and not with less", () => {
    expect(made(linuxSpec({ layerFolders: ["C:\\scratch"] }), { layerIds: [] }).document).toMatchObject({
      LayerFolderPath: "C:\\scratch",
      Layers: [],
    });
    expect(() => made(linuxSpec({ layerFolders: [] }))).toThrow("at least the scratch");
    const { windows: _windows, ...without } = linuxSpec();
    expect(() => made(without)).toThrow("windows: is missing");
  });

  it.each<[string, Partial<WindowsSpec>]>([
    ["windows.devices", { devices: [{ id: "x", idType: "class" }] }],
    ["windows.credentialSpec", { credentialSpec: "{}" }],
    ["windows.servicing", { servicing: true }],
  ])("refuses %s, which only Windows has", (field, windows) => {
    expect(() => made(linuxSpec(windows))).toThrow(field);
  });

  it("shares folders with the utility VM, and tells the guest where they are in it", () => {
    const spec = linuxSpec({}, { mounts: [proc, bind] });
    const { document, containerSpec } = made(spec);
    expect(document.MappedDirectories).toEqual([
      {
        HostPath: "C:\\data",
        ContainerPath: "/tmp/gcs/c1/binds/target",
        ReadOnly: true,
        BandwidthMaximum: 0,
        IOPSMaximum: 0,
        CreateInUtilityVM: true,
        LinuxMetadata: true,
      },
    ]);
    expect(containerSpec).toEqual({
      ...spec,
      mounts: [proc, { destination: "/target", source: "/tmp/gcs/c1/binds/target", type: "bind", options: ["rbind", "ro"] }],
    });
    expect(spec.mounts?.[1]).toEqual(bind);
  });
});

describe("mounts of a Linux container", () => {
  it("are writable without ro, and have no Linux metadata before Windows 10 1803", () => {
    const writable = { ...bind, options: ["rw", "uvmpath=/binds/"] };
    expect(linuxMounts([writable], 16299).directories).toEqual([
      {
        HostPath: "C:\\data",
        ContainerPath: "/binds/target",
        ReadOnly: false,
        BandwidthMaximum: 0,
        IOPSMaximum: 0,
        CreateInUtilityVM: true,
      },
    ]);
  });

  it.each<[Partial<MountSpec>, string]>([
    [{ options: ["ro"] }, "uvmpath"],
    [{ options: ["uvmpath="] }, "uvmpath"],
    [{ options: ["uvmpath=relative"] }, "uvmpath"],
    [{ options: ["uvmpath=/binds", "nosuid"] }, "unknown option 'nosuid'"],
    [{ source: "" }, "source is missing"],
    [{ destination: "/../../etc" }, "without '..'"],
    [{ destination: "target" }, "absolute path"],
    [{ destination: "/" }, "without '..'"],
  ])("are refused with %j", (change, message) => {
    expect(() => linuxMounts([{ ...bind, ...change }], 20348)).toThrow(message);
  });
});

describe("a Linux spec of oci-spec", () => {
  it("has all that the document of a Linux container needs: a bind is shared with the utility VM and mounted from there", async () => {
    const { spec } = await buildSpec(
      { id: "c1", config: { Image: "app", Cmd: ["sh"] }, hostConfig: {}, os: "linux", hasBeenStartedBefore: false },
      { isolation: "process" },
      {
        processors: () => 4,
        layerFolders: async () => ["C:\\layers\\top", "C:\\layers\\base", "C:\\layers\\scratch"],
        root: async () => ({ volumePath: "" }),
        network: async () => ({ endpoints: [] }),
        mounts: async () => [{ source: "C:\\data", destination: "/data", readOnly: true }],
        credentialSpecs: {},
        secrets: async () => ({ hostFolder: "C:\\secrets", references: [{ id: "s1", fileName: "db" }] }),
      },
    );
    expect(made(spec).document.MappedDirectories).toMatchObject([
      { HostPath: "C:\\secrets", ContainerPath: "/tmp/gcs/c1/binds/run/internal/secrets", ReadOnly: true },
      { HostPath: "C:\\data", ContainerPath: "/tmp/gcs/c1/binds/data", ReadOnly: true },
    ]);
  });
});

describe("what a Linux utility VM boots from", () => {
  const there = (...files: string[]) => {
    const paths = new Set(files.map((file) => `${folder}\\${file}`));
    return async (path: string) => paths.has(path);
  };

  it("is a disk where there is one", async () => {
    expect(await linuxBoot(undefined, {}, there("uvm.vhdx", "kernel", "initrd.img"))).toEqual({
      ImagePath: `${folder}\\uvm.vhdx`,
      BootSource: "Vhd",
    });
  });

  it("is a kernel with its initial RAM disk otherwise, and the parameters that the host gives", async () => {
    expect(await linuxBoot(undefined, {}, there("kernel", "initrd.img"))).toEqual(boot);
    const host = { kernelFile: "vmlinuz", initrdFile: "rootfs.gz", bootParameters: "quiet" };
    expect(await linuxBoot("", host, there("vmlinuz", "rootfs.gz"))).toEqual({
      ImagePath: folder,
      LinuxInitrdFile: "rootfs.gz",
      LinuxKernelFile: "vmlinuz",
      LinuxBootParameters: "quiet",
    });
  });

  it("is looked for in the folder that the spec names, then in the host's", async () => {
    expect(await linuxBoot("/lcow", { folder: "/host" }, async () => true)).toMatchObject({ ImagePath: "/lcow/uvm.vhdx" });
    expect(await linuxBoot(undefined, { folder: "/host" }, async () => true)).toMatchObject({ ImagePath: "/host/uvm.vhdx" });
  });

  it("must be there whole", async () => {
    for (const files of [[], ["kernel"], ["initrd.img"]]) {
      await expect(linuxBoot(undefined, {}, there(...files))).rejects.toMatchObject({
        code: "InvalidArgument",
        message: expect.stringContaining(folder),
      });
    }
  });
});

describe("a process of a Linux container", () => {
  it("has its command as words, names of variables with case, and the first one the container's spec", () => {
    const process = { user: { username: "me" }, cwd: "/app", args: ["a b", '"c'], env: ["path=1", "PATH=2", "PATH=3"] };
    const spec = linuxSpec();
    expect(linuxProcessDocument(process, "/", spec)).toEqual({
      CommandArgs: ["a b", '"c'],
      User: "me",
      WorkingDirectory: "/app",
      Environment: { PATH: "3", path: "1" },
      CreateStdInPipe: true,
      CreateStdOutPipe: true,
      CreateStdErrPipe: true,
      ConsoleSize: [0, 0],
      OCISpecification: spec,
    });
    expect(linuxProcessDocument({ ...process, cwd: "" }, "/")).not.toHaveProperty("OCISpecification");
  });

  it.each([{}, { args: [] }, { args: [""] }, { commandLine: "sh -c x" }])("is refused with the command %j", (command) => {
    expect(() => linuxProcessDocument({ user: {}, cwd: "/", ...command })).toThrow("process.args");
  });
});

describe("a Linux container over HCS", () => {
  it("runs, takes further processes, is paused, and gives its guest the spec with the mounts of the utility VM", async () => {
    const test = setUp();
    const runtime = new LocalRuntime({
      raw: test.fake.raw,
      journal: test.journal,
      logger: silentLogger,
      deadlines: longDeadlines,
      exists: async (path) => !path.endsWith(".vhdx"),
    });
    await runtime.create({ id: "c1", spec: linuxSpec({}, { mounts: [bind] }) });
    const init = await runtime.start("c1");
    const exec = await runtime.exec("c1", "e1", { user: {}, cwd: "", args: ["exit", "5"] });
    expect((await exec.exit).exitCode).toBe(5);
    await runtime.pause("c1");
    await runtime.resume("c1");
    await runtime.signal("c1", "init", "SIGTERM");
    for (const process of [init, exec]) {
      process.stdout.resume();
      process.stderr?.resume();
    }
    await init.exit;
    await runtime.delete("c1");
    const documents = test.fake.trace.filter(({ name }) => name === "HcsCreateProcess").map(({ document }) => JSON.parse(document));
    expect(documents).toMatchObject([
      {
        CommandArgs: ["sleep"],
        OCISpecification: { root: { path: "rootfs" }, mounts: [{ source: "/tmp/gcs/c1/binds/target", options: ["rbind", "ro"] }] },
      },
      { CommandArgs: ["exit", "5"], WorkingDirectory: "/" },
    ]);
    expect(documents[1]).not.toHaveProperty("OCISpecification");
    await expect.poll(() => test.leftovers()).toEqual([]);
  });
});
