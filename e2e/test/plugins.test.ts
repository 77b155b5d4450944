import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked, packPackages } from "../../scripts/lib/pack-packages.mjs";
import { runCommand } from "../src/command.ts";
import { oriel, startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";
const storage = "@oriel-examples/quota-storage";
const runtime = "@oriel-examples/timed-runtime";

describe.skipIf(skipped !== undefined)(`plugins of npm packages${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let folder: string;
  let daemon: TestDaemon | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-e2e-"));
    const packed = await packPackages(["examples/quota-storage", "examples/timed-runtime"], path.join(folder, "tarballs"));
    await installPacked(folder, packed, [storage, runtime]);
    await nanoArchive();
  }, 600_000);

  afterAll(async () => {
    await daemon?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a container on a daemon that uses both packages. */
  async function expectBoth({ docker, output }: TestDaemon): Promise<void> {
    const loaded = await docker(["load", "-i", await nanoArchive()]);
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining(`Loaded image: ${image}:latest`) });
    const ran = await docker(["run", "--name", "c1", image, "cmd", "/c", "echo hello> C:\\made.txt& type C:\\made.txt& exit 3"]);
    expect(ran).toMatchObject({ code: 3, stdout: "hello\r\n", stderr: "" });
    expect((await docker(["diff", "c1"])).stdout).toContain("A \\made.txt");
    expect(await docker(["rm", "c1"])).toMatchObject({ code: 0 });
    const { stdout: info } = await docker(["info", "--format", "{{.Driver}}: {{json .DriverStatus}}"]);
    expect(info).toMatch(/^quota: .*"Layer quota","\d+ of \d+ bytes"/);
    expect(output()).toContain("the container was created");
    expect(output()).toContain("the container was started");
  }

  it("keep the layers and run the containers of a daemon whose configuration lies beside them, and it ends without a fault", async () => {
    daemon = await startDaemon({ folder, configuration: `storage = "${storage}"\nruntime = "${runtime}"\n` });
    await expectBoth(daemon);
    expect(await daemon.end("SIGTERM")).toBe(0);
  });

  it("take the places of built-in parts by their paths, too", async () => {
    const paths = [storage, runtime].map((name) => path.join(folder, "node_modules", name));
    const other = await startDaemon({ configuration: `plugins = ${JSON.stringify(paths)}\n` });
    try {
      await expectBoth(other);
      expect(other.output()).toContain(`plugin ${storage} takes the place of oriel.graphdriver-windowsfilter`);
      expect(other.output()).toContain(`plugin ${runtime} takes the place of oriel.runtime-local`);
    } finally {
      await other.dispose();
    }
  });

  it.each([
    ["an unknown package", 'storage = "oriel-no-such-storage"', "there is no package oriel-no-such-storage (looked for in "],
    ["a package without a plugin", 'storage = "@oriel/contracts"', "storage names @oriel/contracts, which exports no 'plugin'"],
    ["a package for another part", `runtime = "${storage}"`, "that provides oriel.storage-backend, not oriel.container-runtime"],
  ])("are refused in one line that names what was wrong: %s", async (_what, configuration, message) => {
    const file = path.join(folder, "refused.toml");
    await writeFile(file, `${configuration}\n`);
    const words = ["daemon", "--config", file, "--root", path.join(folder, "refused"), "--host", `unix://${folder}/refused.sock`];
    const { code, stderr } = await runCommand(oriel, words);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
