import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmulatedHcs } from "../src/index.ts";
import { overlayFoldersOf } from "../src/layers/overlay-mount.ts";
import { overlayAllowed, overlayRootfs } from "../src/layers/rootfs-overlay.ts";

const noOverlay = (await overlayAllowed()) ? "" : " (skipped: this host allows no overlay mounts)";

describe.skipIf(noOverlay !== "")(`finding out whether overlays can be mounted${noOverlay}`, () => {
  let root: string;
  let host: string;
  const mounts = async (): Promise<string[]> =>
    (await readFile("/proc/self/mountinfo", "utf8")).split("\n").filter((line) => line.includes(root));

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), "oriel-probe-"));
    host = path.join(root, "hcs-host");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is done where the roots will be, and leaves nothing", async () => {
    const hcs = createEmulatedHcs({ root });
    await hcs.start();
    expect((await hcs.describe()).rootfs).toBe("overlay");
    // What sandboxes share is no probe.
    expect(await readdir(host)).toEqual(["sandbox"]);
    expect(await readdir(path.join(host, "sandbox"))).toEqual(["system-calls.bpf"]);
    expect(await mounts()).toEqual([]);
    await hcs.close();
  });

  it("what a process left that was ended meanwhile is unmounted and removed at the next start", async () => {
    const scratch = path.join(host, "overlay-probe-killed", "scratch");
    const lower = path.join(host, "overlay-probe-killed", "parent", "Files");
    for (const folder of [lower, ...Object.values(overlayFoldersOf(scratch))]) await mkdir(folder, { recursive: true });
    const left = overlayRootfs({ mount: async () => ({ mounted: false, lower: [lower] }), unmount: async () => false });
    const mounted = await left.attach({ scratch, parents: [] });
    expect(await mounts()).toHaveLength(1);

    const hcs = createEmulatedHcs({ root });
    expect(await hcs.start()).toEqual([`unmounted ${mounted}`]);
    expect(await mounts()).toEqual([]);
    expect(await readdir(host)).toEqual([]);
    await hcs.close();
  });
});
