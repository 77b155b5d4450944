import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { processEnvironment } from "../src/guest/environment.ts";
import { Guest } from "../src/guest/guest.ts";
import { findWine } from "../src/index.ts";
import { overlayAllowed } from "../src/layers/rootfs-overlay.ts";
import type { MappedDirectory } from "../src/mapped-directories/mapped-directory.ts";
import { baseLayer, noWine, startContainer, type TestContainer, whyNotContained } from "./emulated-container.ts";

const { folder, base, remove } = await baseLayer();
afterAll(remove);
const noOverlay = noWine ?? ((await overlayAllowed()) ? undefined : "this host allows no overlay mounts");
const noContainment = noWine ?? (await whyNotContained());

/** The reason stands in the title: that is what a run shows of what it skips. */
const skipped = (reason: string | undefined): string => (reason === undefined ? "" : ` (skipped: ${reason})`);

let host: string;
let container: TestContainer | undefined;
beforeEach(async () => {
  host = await mkdtemp(path.join(folder, "host-"));
  await writeFile(path.join(host, "from-host.txt"), "host");
});
afterEach(async () => {
  await container?.close();
  container = undefined;
  await rm(host, { recursive: true, force: true });
});

async function start(rootfs: "overlay" | "copy", ...MappedDirectories: readonly Record<string, unknown>[]): Promise<TestContainer> {
  container = await startContainer({ folder, base, rootfs, document: { MappedDirectories } });
  return container;
}

describe.each([
  ["overlay", skipped(noOverlay ?? noContainment)],
  ["copy", skipped(noContainment)],
] as const)("mapped directories in a root that is made as %s%s", (rootfs, reason) => {
  const it_ = it.skipIf(reason !== "");

  it_("are seen at a path that was not there; what either side writes, the other sees at once", async () => {
    const { run } = await start(rootfs, { HostPath: host, ContainerPath: "C:\\new\\place", ReadOnly: false });
    expect(await run("cmd.exe /c type C:\\new\\place\\from-host.txt")).toBe("host");
    await run("cmd.exe /c echo guest>C:\\NEW\\place\\from-guest.txt");
    expect(await readFile(path.join(host, "from-guest.txt"), "utf8")).toBe("guest\r\n");
    await writeFile(path.join(host, "later.txt"), "later");
    expect(await run("cmd.exe /c type C:\\new\\place\\later.txt")).toBe("later");
    expect(await run("cmd.exe /c dir /b C:\\new\\place")).toBe("from-guest.txt\r\nfrom-host.txt\r\nlater.txt\r\n");
  });

  it_("are seen as a drive of their own, and below one", async () => {
    const other = path.join(host, "other");
    await mkdir(other);
    const { run } = await start(
      rootfs,
      { HostPath: host, ContainerPath: "D:\\", ReadOnly: false },
      { HostPath: other, ContainerPath: "e:/deep/below", ReadOnly: false },
    );
    expect(await run("cmd.exe /c type D:\\from-host.txt")).toBe("host");
    await run("cmd.exe /c echo x>E:\\deep\\below\\x.txt");
    expect(await readdir(other)).toEqual(["x.txt"]);
  });

  it_("are gone from the container's files when it has ended, with what was in them untouched", async () => {
    const { hcs, root, run } = await start(rootfs, { HostPath: host, ContainerPath: "C:\\new\\place", ReadOnly: false });
    await run("cmd.exe /c echo own>C:\\own.txt");
    await hcs.close();
    const changed = rootfs === "copy" ? root : path.join(path.dirname(root), "upper");
    expect((await readdir(changed)).filter((name) => !/^windows$/i.test(name))).toEqual(["own.txt"]);
    expect(await readdir(host)).toEqual(["from-host.txt"]);
  });

  it_("are left alone by a container that deletes all it sees but their content", async () => {
    const { run } = await start(rootfs, { HostPath: host, ContainerPath: "C:\\data", ReadOnly: false });
    await run("cmd.exe /c rd C:\\data");
    expect(await readdir(host)).toEqual(["from-host.txt"]);
  });

  it_.each([
    ["C:\\", 0x80070057],
    ["data", 0x80070057],
    ["C:\\a\\..\\b", 0x80070057],
  ])("are refused at %s", async (ContainerPath, hresult) => {
    await expect(start(rootfs, { HostPath: host, ContainerPath, ReadOnly: false })).rejects.toThrow(hresult.toString(16));
  });

  it_("are refused when the folder of the host is not there, is a file, or two are to be seen at one place", async () => {
    const at = (HostPath: string, ContainerPath = "C:\\x") => ({ HostPath, ContainerPath, ReadOnly: false });
    await expect(start(rootfs, at(path.join(host, "no")))).rejects.toThrow("80070003");
    await expect(start(rootfs, at(path.join(host, "from-host.txt")))).rejects.toThrow("8007010b");
    await expect(start(rootfs, at(host), at(host, "c:/X"))).rejects.toThrow("80070057");
  });

  it_("read-only refuse every change, and show those of the host", async () => {
    const { run } = await start(rootfs, { HostPath: host, ContainerPath: "C:\\data", ReadOnly: true });
    expect(await run("cmd.exe /c type C:\\data\\from-host.txt")).toBe("host");
    for (const change of [
      "mkdir C:\\data\\d",
      "ren C:\\data\\from-host.txt a.txt",
      "copy C:\\windows\\system32\\cat.exe C:\\data\\x.exe",
    ]) {
      expect(await run(`cmd.exe /c ${change} 2>&1`), change).toContain("Access denied.");
    }
    await run("cmd.exe /c del C:\\data\\from-host.txt& echo x>C:\\data\\from-host.txt& rd /s /q C:\\data");
    expect(await readdir(host)).toEqual(["from-host.txt"]);
    expect(await readFile(path.join(host, "from-host.txt"), "utf8")).toBe("host");
    await writeFile(path.join(host, "later.txt"), "later");
    expect(await run("cmd.exe /c type C:\\data\\later.txt")).toBe("later");
  });

  it_("read-only can be a drive, and lie in one that can be written to", async () => {
    const inner = path.join(host, "inner");
    await mkdir(inner);
    const { run } = await start(
      rootfs,
      { HostPath: inner, ContainerPath: "D:\\kept", ReadOnly: true },
      { HostPath: host, ContainerPath: "D:\\", ReadOnly: false },
    );
    await run("cmd.exe /c echo x>D:\\new.txt& echo x>D:\\kept\\new.txt& echo x>D:\\inner\\seen.txt");
    expect((await readdir(host)).sort()).toEqual(["from-host.txt", "inner", "kept", "new.txt"]);
    expect(await readdir(inner)).toEqual(["seen.txt"]);
    await container?.close();
    expect((await readdir(host)).sort()).toEqual(["from-host.txt", "inner", "new.txt"]);
  });
});

describe("mapped directories without a sandbox", () => {
  let guest: Guest | undefined;
  let root: string;
  beforeEach(async () => {
    // A container's root, made by a container.
    container = await startContainer({ folder, base });
    root = container.root;
  });
  afterEach(async () => {
    await guest?.stop(1);
    guest = undefined;
  });

  async function boot(...mappedDirectories: readonly MappedDirectory[]) {
    const wine = await findWine();
    if (wine === undefined) throw new Error("Wine is gone");
    const booted = await Guest.boot({
      folder: path.join(host, "..", "guest"),
      root,
      wine,
      hostName: "box",
      mappedDirectories,
    });
    guest = booted;
    const environment = processEnvironment({ registry: booted.environment, document: {}, user: "u", computerName: "BOX" });
    return async (command: string): Promise<string> => {
      const options = { workingDirectory: "C:\\", environment, stdin: false, stdout: true, stderr: false, console: undefined };
      const process = await booted.createProcess({ commandLine: `cmd.exe /c ${command}`, ...options });
      return process.stdout === undefined ? "" : text(process.stdout.stream());
    };
  }

  it.skipIf(noWine !== undefined)(`are links: at a path and as a drive, and gone at the end${skipped(noWine)}`, async () => {
    const run = await boot(
      { hostPath: host, containerPath: "C:\\new\\place", readOnly: false },
      { hostPath: host, containerPath: "D:\\", readOnly: false },
    );
    expect(await run("type C:\\new\\place\\from-host.txt& echo x>D:\\new.txt")).toBe("host");
    await guest?.stop(1);
    expect((await readdir(root)).filter((name) => !/^windows$/i.test(name))).toEqual([]);
    expect((await readdir(host)).sort()).toEqual(["from-host.txt", "new.txt"]);
  });

  it.skipIf(noWine !== undefined).each([
    ["read-only", [{ hostPath: "/tmp", containerPath: "C:\\data", readOnly: true }], /read-only.*without a sandbox/],
    [
      "inside of another",
      [
        { hostPath: "/tmp", containerPath: "C:\\data", readOnly: false },
        { hostPath: "/var", containerPath: "C:\\data\\in", readOnly: false },
      ],
      /lies in another mapped directory/,
    ],
    ["over content", [{ hostPath: "/tmp", containerPath: "C:\\Windows\\System32", readOnly: false }], /has content in the image/],
  ])(`are refused %s${skipped(noWine)}`, async (_, directories, message) => {
    await expect(boot(...directories)).rejects.toThrow(message);
    expect((await readdir(root)).filter((name) => !/^windows$/i.test(name))).toEqual([]);
  });
});
