import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { type MountSpec, type ProcessSpec, type RuntimeEvent, type RuntimeProcess, type RuntimeSpec, silentLogger } from "@oriel/contracts";
import { liveHandles } from "@oriel/hcs-bindings";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { eventLines, memoryJournal } from "@oriel/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findLinuxTools } from "../../hcs-emulator/src/linux/linux-tools.ts";
import { LocalRuntime } from "../src/local-runtime.ts";
import { longDeadlines } from "./fixture.ts";

const run = promisify(execFile);
const tools = await findLinuxTools();
const noLinux = typeof tools === "string" ? tools : undefined;

/** Programs of the host, with the libraries that they load, in place of an image's. */
async function makeLayer(disk: string): Promise<void> {
  await mkdir(path.join(disk, "bin"), { recursive: true });
  for (const name of ["sh", "cat", "sleep"]) {
    const file = (await run("which", [name])).stdout.trim();
    await copyFile(file, path.join(disk, "bin", name));
    for (const [, library = ""] of (await run("ldd", [file])).stdout.matchAll(/(\/\S+) \(0x/g)) {
      await mkdir(path.join(disk, path.dirname(library)), { recursive: true });
      await copyFile(library, path.join(disk, library));
    }
  }
}

describe.skipIf(noLinux !== undefined)(
  `Linux containers on the emulated host${noLinux === undefined ? "" : ` (skipped: ${noLinux})`}`,
  () => {
    let shared: string;
    let hcs: EmulatedHcs;
    let runtime: LocalRuntime;
    let events: RuntimeEvent[];
    const journal = memoryJournal();

    beforeAll(async () => {
      shared = await mkdtemp(path.join(os.tmpdir(), "oriel-runtime-linux-"));
      await makeLayer(path.join(shared, "base", "layer.vhd"));
      await mkdir(path.join(shared, "boot"));
      for (const name of ["kernel", "initrd.img"]) await writeFile(path.join(shared, "boot", name), "");
    });
    afterAll(() => rm(shared, { recursive: true, force: true }));

    beforeEach(async () => {
      const root = await mkdtemp(path.join(shared, "engine-"));
      await mkdir(path.join(root, "scratch"));
      hcs = createEmulatedHcs({ root });
      await hcs.start();
      const linux = { folder: path.join(shared, "boot") };
      runtime = new LocalRuntime({ raw: hcs, journal, logger: silentLogger, deadlines: longDeadlines, linux });
      events = [];
      runtime.onEvent((event) => void events.push(event));
    });
    afterEach(async () => {
      await runtime.delete("c1");
      await expect.poll(() => [...journal.list(), ...liveHandles()]).toEqual([]);
      expect(Object.values(hcs.liveHandles()).every((open) => open === 0)).toBe(true);
      await hcs.close();
    });

    const shell = (script: string): ProcessSpec => ({ user: {}, cwd: "/", args: ["sh", "-c", script], env: ["PATH=/bin"] });

    async function started(script: string, mounts: MountSpec[] = []): Promise<RuntimeProcess> {
      const layerFolders = [path.join(shared, "base"), await mkdtemp(path.join(shared, "scratch-"))];
      const spec: RuntimeSpec = {
        ociVersion: "1.2.0",
        root: { path: "rootfs" },
        process: shell(script),
        mounts,
        windows: { layerFolders },
        linux: {},
      };
      await runtime.create({ id: "c1", spec });
      return runtime.start("c1");
    }

    async function outcome(process: RuntimeProcess) {
      await process.closeStdin();
      const [out, err, exit] = await Promise.all([text(process.stdout), process.stderr ? text(process.stderr) : "", process.exit]);
      return { out, err, code: exit.exitCode };
    }

    it("run to their end, with a further process in them, and tell of it in order", async () => {
      const init = await started("cat; echo oops >&2; exit 7");
      const exec = await runtime.exec("c1", "e1", shell("echo hello; exit 3"));
      expect(await outcome(exec)).toEqual({ out: "hello\n", err: "", code: 3 });
      init.stdin.write("in\n");
      expect(await outcome(init)).toEqual({ out: "in\n", err: "oops\n", code: 7 });
      await expect
        .poll(() => eventLines(events))
        .toEqual([...["created", "started", "exec-added e1", "exec-started e1"], ...["exit e1 3", "exit init 7"]]);
    });

    it("see the folders that their mounts bind through the utility VM", async () => {
      const data = await mkdtemp(path.join(shared, "data-"));
      await writeFile(path.join(data, "file"), "shared\n");
      const mount = { destination: "/data", source: data, type: "bind", options: ["rbind", "ro", "uvmpath=/tmp/gcs/c1/binds"] };
      const { out, err } = await outcome(await started("cat /data/file; echo no > /data/file", [mount]));
      expect(out).toBe("shared\n");
      expect(err).toContain("Read-only");
      expect(await readFile(path.join(data, "file"), "utf8")).toBe("shared\n");
    });

    it("are paused, counted and stopped", async () => {
      const init = await started("exec sleep 1000");
      await runtime.pause("c1");
      expect(runtime.status("c1")).toBe("paused");
      expect((await runtime.stats("c1")).memory.commit).toBeGreaterThan(0);
      expect(await runtime.processes("c1")).toMatchObject([{ pid: init.pid, processId: "init" }]);
      await runtime.resume("c1");
      await runtime.signal("c1", "init", "SIGTERM");
      expect((await outcome(init)).code).not.toBe(0);
      expect(runtime.status("c1")).toBe("stopped");
    });

    it("say that a program does not exist, and leave nothing behind", async () => {
      const layerFolders = [path.join(shared, "base"), await mkdtemp(path.join(shared, "scratch-"))];
      const process = { user: {}, cwd: "/", args: ["/no/such/program"] };
      await runtime.create({ id: "c1", spec: { ociVersion: "1.2.0", process, windows: { layerFolders }, linux: {} } });
      await expect(runtime.start("c1")).rejects.toMatchObject({ code: "NotFound", message: expect.stringContaining("/no/such/program") });
      expect(runtime.status("c1")).toBeUndefined();
    });
  },
);
