import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  hostInspectorContract,
  rawComputeContract,
  rawDocumentsContract,
  rawFilesContract,
  rawLayersContract,
  rawNetworkContract,
} from "@oriel/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { mountByVolume } from "../examples/mount-by-volume.ts";
import { createWindowsHcs, type WindowsHcs } from "../src/index.ts";
import { createHostInspector } from "../src/windows/host-inspector.ts";
import { makeTestLayers, type TestLayers } from "../wine/test-layers.ts";

// The conformance suites against the Host Compute Service of this machine: see "On Windows itself" in the README.
const base = process.env.ORIEL_TEST_BASE_LAYER;
const noWindows = process.platform === "win32" ? undefined : "needs real Windows";
const noBase =
  noWindows ?? (base === undefined ? "needs real Windows, with ORIEL_TEST_BASE_LAYER naming the folder of a base layer" : undefined);

const raw: WindowsHcs | undefined = noWindows === undefined ? createWindowsHcs() : undefined;
const layers: TestLayers | undefined =
  raw !== undefined && base !== undefined ? await makeTestLayers(raw.layers, options(base)) : undefined;
afterAll(async () => {
  await layers?.remove();
  await raw?.close();
});

/** A program that copies its input is in no image of Windows. */
function options(folder: string) {
  const programs = fileURLToPath(new URL("../../testkit/fixtures/programs", import.meta.url));
  const MappedDirectories = [{ HostPath: programs, ContainerPath: "C:\\oriel-programs", ReadOnly: true }];
  return { base: folder, document: { MappedDirectories } };
}

function service(): WindowsHcs {
  if (raw === undefined) throw new Error(noWindows);
  return raw;
}

async function inFolder() {
  const folder = await mkdtemp("C:\\oriel-contract-");
  return { raw: service(), folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

async function containers() {
  const made: string[] = [];
  const keep = async (prepared: ReturnType<TestLayers["prepare"]> | undefined) => {
    if (prepared === undefined) throw new Error(noBase);
    made.push((await prepared).id);
    return prepared;
  };
  return {
    raw: service(),
    commands: {
      printHello: 'cmd.exe /c "echo hello"',
      printOopsToStderr: "cmd.exe /c echo oops>&2",
      echoStdin: "C:\\oriel-programs\\cat.exe",
      runLong: "ping.exe -n 100 127.0.0.1",
      missing: "nosuch.exe",
      exitWith: (code: number) => `cmd.exe /c exit ${code}`,
    },
    prepare: () => keep(layers?.prepare()),
    prepareIsolated: () => keep(layers?.prepareIsolated()),
    dispose: async () => {
      for (const id of made) await layers?.discard(id);
    },
  };
}

// A part that is skipped by itself, in a suite that is skipped as a whole, counts as never run.
const noHyperV =
  noBase !== undefined || process.env.ORIEL_TEST_HYPERV === "1" ? undefined : "needs ORIEL_TEST_HYPERV=1, on a host with Hyper-V";
rawComputeContract("Windows", containers, { skip: noBase, skipIsolated: noHyperV });
rawDocumentsContract("Windows", containers, { skip: noBase, skipIsolated: noHyperV });
rawFilesContract("Windows", inFolder, { skip: noWindows });
rawLayersContract("Windows", async () => ({ ...(await inFolder()), volumeFolder: async (_scratch, volumePath) => volumePath }), {
  skip: noBase,
  ...(noBase === undefined && base !== undefined ? { base } : {}),
});
rawNetworkContract("Windows", async () => ({ raw: service(), dispose: async () => undefined }), { skip: noWindows, anyRefusal: true });
hostInspectorContract("Windows", async () => ({ host: createHostInspector(service()), dispose: async () => undefined }), {
  skip: noWindows,
});

const ok = { hresult: 0 };
const reason = noBase === undefined ? "" : ` (skipped: ${noBase})`;

describe.skipIf(noBase !== undefined)(`computestorage.dll and virtdisk.dll: Windows${reason}`, () => {
  it("make a disk, format it, attach it where it is found by its volume, and grow it when it is detached", async () => {
    const { folder, dispose } = await inFolder();
    const { disk, storage } = service();
    const file = path.join(folder, "disk.vhdx");
    const made = await disk.CreateVirtualDisk({ path: file, maximumSize: 1n << 30n, blockSize: 1 << 20, parentPath: undefined });
    expect(made).toMatchObject(ok);
    expect(await storage.HcsFormatWritableLayerVhd(made.disk)).toEqual(ok);
    expect(await disk.AttachVirtualDisk(made.disk, { readOnly: false, permanent: false })).toEqual(ok);
    expect((await disk.GetVirtualDiskPhysicalPath(made.disk)).path).toMatch(/^\\\\\.\\PhysicalDrive\d+$/);
    expect((await storage.HcsGetLayerVhdMountPath(made.disk)).path).toMatch(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\?$/i);
    expect(await disk.DetachVirtualDisk(made.disk)).toEqual(ok);
    expect(await disk.ExpandVirtualDisk(made.disk, 2n << 30n)).toEqual(ok);
    expect(await disk.CloseDisk(made.disk)).toEqual(ok);
    await dispose();
  });

  it("lay a differencing disk over a base layer by its volume, and take it away again", async () => {
    const { folder, dispose } = await inFolder();
    const { disk, layers: calls, storage } = service();
    const { guid } = await calls.NameToGuid(path.basename(base ?? ""));
    const file = path.join(folder, "scratch", "sandbox.vhdx");
    await mkdir(path.dirname(file));
    const volume = await mountByVolume(service(), file, [{ Id: guid, Path: base ?? "" }]);
    expect(await readdir(path.join(volume, "Windows", "System32"))).toContain("config");
    expect(await storage.HcsDetachLayerStorageFilter(volume)).toEqual(ok);
    const opened = await disk.OpenVirtualDisk(file, { readOnly: false });
    expect(await disk.DetachVirtualDisk(opened.disk)).toEqual(ok);
    expect(await disk.CloseDisk(opened.disk)).toEqual(ok);
    await dispose();
  });
});
