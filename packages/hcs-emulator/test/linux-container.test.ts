import { execFile } from "node:child_process";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { HCS, HcsNotification } from "@oriel/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmulatedHcs } from "../src/index.ts";
import {
  LinuxContainers,
  type LinuxImage,
  makeLinuxImage,
  makeLinuxLayer,
  noLinux,
  shell,
  skippedLinux as skipped,
} from "./emulated-linux.ts";

const run = promisify(execFile);
const toolPath = { env: { ...globalThis.process.env, PATH: `${globalThis.process.env.PATH}:/usr/sbin:/sbin` } };

async function canMountDisks(): Promise<boolean> {
  if (noLinux !== undefined) return false;
  return run("sh", ["-c", "command -v mkfs.ext4 && losetup --find"], toolPath).then(
    () => true,
    () => false,
  );
}

const disks = await canMountDisks();

let image: LinuxImage;
let containers: LinuxContainers;
let root: string;
let count = 0;

beforeAll(async () => {
  image = await makeLinuxImage();
});
afterAll(() => image.remove());
beforeEach(async () => {
  count += 1;
  root = path.join(image.folder, `engine-${count}`);
  containers = new LinuxContainers(image, root);
  await containers.start();
});
afterEach(() => containers.hcs.close());

type Changes = Readonly<Record<string, unknown>>;
type Parameters<Name extends "process" | "outcome"> = globalThis.Parameters<LinuxContainers[Name]>;
const create = (changes: Changes = {}) => containers.create(changes);
const started = (changes: Changes = {}) => containers.started(changes);
const process = (...words: Parameters<"process">) => containers.process(...words);
const outcome = (...words: Parameters<"outcome">) => containers.outcome(...words);

describe.skipIf(noLinux !== undefined)(`Linux containers${skipped}`, () => {
  it("runs programs of its layers, the upper ones first, with their output and exit code", async () => {
    const { system } = await started();
    expect(await outcome(system, shell("cat /which; hostname; echo oops >&2; exit 7"))).toEqual({
      out: "upper\nbox\n",
      err: "oops\n",
      code: 7,
    });
  });

  it("gives a process the input, environment, working directory and user that it is to have", async () => {
    const { system } = await started();
    const document = { ...shell("cat; echo $GREETING; cat which; id -u; id -g"), Environment: { GREETING: "hi there" }, User: "7:8" };
    expect((await outcome(system, { ...document, WorkingDirectory: "/bin/.." }, "in\n")).out).toBe("in\nhi there\nupper\n7\n8\n");
  });

  it("takes the first process from the container's OCI spec, with the folders that it binds", async () => {
    const HostPath = path.join(root, "data");
    await mkdir(HostPath);
    await writeFile(path.join(HostPath, "file"), "shared\n");
    const { system } = await started({
      MappedDirectories: [{ HostPath, ContainerPath: "/run/vm/data", ReadOnly: true, CreateInUtilityVM: true }],
    });
    const script = "cat /data/file; echo no > /data/file; echo $A";
    const OCISpecification = {
      process: { args: ["sh", "-c", script], env: ["A=b=c", "PATH=/nowhere:/bin"], cwd: "/" },
      mounts: [{ destination: "/data", source: "/run/vm/data", type: "bind", options: ["rbind", "ro"] }],
    };
    const { out, err } = await outcome(system, { OCISpecification });
    expect(out).toBe("shared\nb=c\n");
    expect(err).toContain("Read-only file system");
    expect(await readFile(path.join(HostPath, "file"), "utf8")).toBe("shared\n");
  });

  it("keeps what it writes in the scratch, and none of it in the layers", async () => {
    const { system } = await started();
    await outcome(system, shell("echo mine > /which"));
    expect(await readFile(path.join(image.upper, "which"), "utf8")).toBe("upper\n");
    expect((await outcome(system, shell("cat /which"))).out).toBe("mine\n");
  });

  it("sees no processes but its own, and lists them", async () => {
    const { system } = await started();
    const running = await process(system, { CommandArgs: ["sleep", "1000"] });
    const answer = await containers.hcs.compute.HcsGetComputeSystemProperties(system, '{"PropertyTypes":["ProcessList","Statistics"]}');
    const { ProcessList, Statistics, RuntimeOsType } = JSON.parse(answer.properties ?? "");
    expect(RuntimeOsType).toBe("Linux");
    expect(ProcessList).toMatchObject([{ ProcessId: running.pid, ImageName: expect.stringMatching(/sleep|unshare|sh/) }]);
    expect(Statistics.Memory.MemoryUsageCommitBytes).toBeGreaterThan(0);
    const { out } = await outcome(system, shell("ls -d /proc/[0-9]*"));
    expect(out).toContain(`/proc/${running.pid}\n`);
    expect(out.split("\n").length).toBeLessThan(8);
  });

  it("returns 'file not found' for a program that it does not have, whatever the host has", async () => {
    const { system } = await started();
    for (const name of ["/usr/bin/env", "mount", "./which"]) {
      const answer = await containers.hcs.compute.HcsCreateProcess(system, JSON.stringify({ CommandArgs: [name] }));
      expect(answer, name).toMatchObject({ hresult: 0x80070002, process: 0n });
    }
    expect((await outcome(system, { CommandArgs: ["/shell", "-c", "echo linked"] })).out).toBe("linked\n");
  });

  it("terminates a process as a signal does", async () => {
    const { system } = await started();
    const running = await process(system, { CommandArgs: ["sleep", "1000"] });
    await containers.hcs.compute.HcsTerminateProcess(running.handle);
    await running.exited();
    expect(await containers.exitCode(running.handle)).toBe(137);
  });

  it("sends signals by their numbers", async () => {
    const { system } = await started();
    const running = await process(system, shell("trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.01; done"));
    await new Promise((resolve) => running.stdout.once("data", resolve));
    expect((await containers.hcs.compute.HcsSignalProcess(running.handle, '{"Signal":"CtrlC"}')).hresult).toBe(0x80070032);
    expect((await containers.hcs.compute.HcsSignalProcess(running.handle, '{"Signal":15}')).hresult).toBe(0);
    expect(await text(running.stdout)).toBe("got it\n");
    await running.exited();
    expect(await containers.exitCode(running.handle)).toBe(5);
    expect((await containers.hcs.compute.HcsSignalProcess(running.handle, '{"Signal":15}')).hresult).toBe(0x80070490);
  });

  it("ends all its processes, orphans too, when it is shut down, and leaves no mount", async () => {
    const { system, wait } = await started();
    const { out } = await outcome(system, shell("sleep 1000 >/dev/null 2>&1 & echo started"));
    expect(out).toBe("started\n");
    const running = await process(system, { CommandArgs: ["cat"] });
    await containers.hcs.compute.HcsShutdownComputeSystem(system, "");
    await wait(HcsNotification.SystemExited);
    await running.exited();
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(root);
    expect(containers.hcs.liveHandles()).toMatchObject({ systems: 1 });
  });

  it("is taken away, even when it is paused, by the service that comes after a crash", async () => {
    const { system, wait } = await started();
    const running = await process(system, { CommandArgs: ["cat"] });
    await containers.hcs.compute.HcsPauseComputeSystem(system, "");
    await wait(HcsNotification.SystemPauseCompleted);
    const next = createEmulatedHcs({ root });
    expect(await next.start()).toEqual(["ended what was left of compute system c"]);
    // The one that has not really crashed sees it go.
    await wait(HcsNotification.SystemExited);
    await running.exited();
    const { properties } = await containers.hcs.compute.HcsGetComputeSystemProperties(system, "{}");
    expect(JSON.parse(properties ?? "")).toMatchObject({ State: "Stopped", ExitType: "UnexpectedExit" });
    await next.close();
  });

  it("stops while it is paused", async () => {
    const { system, wait } = await started();
    const running = await process(system, { CommandArgs: ["cat"] });
    await containers.hcs.compute.HcsPauseComputeSystem(system, "");
    await wait(HcsNotification.SystemPauseCompleted);
    running.stdin.end("after\n");
    await containers.hcs.compute.HcsResumeComputeSystem(system, "");
    await wait(HcsNotification.SystemResumeCompleted);
    expect(await text(running.stdout)).toBe("after\n");
  });

  it("says that a process can have no terminal", async () => {
    const { system } = await started();
    const answer = await containers.hcs.compute.HcsCreateProcess(system, JSON.stringify({ ...shell("exit"), EmulateConsole: true }));
    expect(answer.hresult).toBe(0x80070032);
    expect(answer.result).toContain("terminal");
  });

  it("can do with a scratch alone", async () => {
    await makeLinuxLayer(path.join(root, "scratch", ".oriel", "upper"));
    const { system } = await started({ Layers: null });
    expect((await outcome(system, shell("hostname"))).out).toBe("box\n");
  });

  // A host without loop devices refuses them, as it does what is no disk: see the next test.
  const itWithDisks = disks ? it : () => undefined;
  itWithDisks("takes layers that are disks", async () => {
    const disk = path.join(root, "disk", "layer.vhd");
    await mkdir(path.dirname(disk));
    await run("mkfs.ext4", ["-q", "-d", image.upper, disk, "4M"], toolPath);
    // A fixed VHD has a footer of 512 bytes behind its content.
    await appendFile(disk, Buffer.alloc(512));
    const { system } = await started({
      Layers: [
        { ID: "u", Path: disk },
        { ID: "b", Path: image.layer },
      ],
    });
    expect((await outcome(system, shell("cat /which"))).out).toBe("upper\n");
  });

  it("tells whoever wants a process why a root could not be made", async () => {
    const notADisk = path.join(root, "layer.vhd");
    await writeFile(notADisk, "no file system");
    const { system } = await started({ Layers: [{ ID: "b", Path: notADisk }] });
    const answer = await containers.hcs.compute.HcsCreateProcess(system, JSON.stringify(shell("exit")));
    expect(answer.hresult).toBe(HCS.CONNECT_FAILED);
    expect(answer.result).toContain("root could not be made");
  });
});

it.skipIf(noLinux !== undefined)(`warns of what a document asks for in vain${skipped}`, async () => {
  await started({
    MappedPipes: [{ HostPath: "a", ContainerPipeName: "b" }],
    AssignedDevices: [],
    Credentials: "{}",
    StorageIOPSMaximum: 0,
  });
  expect(containers.warnings).toEqual(["compute system c: Credentials, MappedPipes of its document have no effect here"]);
});

describe("documents of Linux containers", () => {
  it.each<readonly [string, number, (folder: string) => Readonly<Record<string, unknown>>]>([
    ["that are no virtual machine", HCS.INVALID_JSON, () => ({ HvPartition: false })],
    ["without a utility VM", HCS.INVALID_JSON, () => ({ HvRuntime: undefined })],
    ["without a kernel", HCS.INVALID_JSON, (folder) => ({ HvRuntime: { ImagePath: folder } })],
    ["with a kernel that is not there", 0x80070003, (folder) => ({ HvRuntime: { ImagePath: folder, LinuxKernelFile: "vmlinuz" } })],
    ["with another boot source", HCS.INVALID_JSON, (folder) => ({ HvRuntime: { ImagePath: folder, BootSource: "Floppy" } })],
    ["with a boot disk that is not there", 0x80070003, (folder) => ({ HvRuntime: { ImagePath: `${folder}/uvm.vhdx`, BootSource: "Vhd" } })],
    ["with a layer that is not there", HCS.INVALID_LAYER, () => ({ Layers: [{ ID: "x", Path: "/no/layer" }] })],
    ["without a scratch", HCS.INVALID_LAYER, () => ({ LayerFolderPath: "/no/scratch" })],
  ])("refuses those %s", async (_what, hresult, changes) => {
    expect(await create(changes(image.boot))).toMatchObject({ hresult, system: 0n });
  });
});
