import { spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/command.ts";
import { startDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const bubblewrap = "/usr/bin/bwrap";
const run = ["run", "--rm", "oriel/nano", "cmd", "/c", "echo out"];

describe.skipIf(skipped !== undefined)(`what contains containers${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  it("isolation none: docker info and every docker run say what it means, and programs run", async () => {
    const daemon = await startDaemon({ configuration: '[emulator]\nisolation = "none"\n' });
    try {
      await daemon.docker(["load", "-i", await nanoArchive()]);
      const { stdout, stderr } = await daemon.docker(["info"]);
      expect(stdout + stderr).toMatch(/containers are not contained \(emulator\.isolation = "none"\): their programs have the rights of/);
      for (let round = 0; round < 2; round += 1) {
        expect(await daemon.docker(run)).toEqual({
          code: 0,
          stdout: "out\r\n",
          stderr: expect.stringMatching(/^WARNING: The container is not contained .*its programs have the rights of [^\n]*\n$/),
        });
      }
      expect((await daemon.docker(["info", "--format", "{{json .SecurityOptions}}"])).stdout).toBe("[]\n");
    } finally {
      await daemon.dispose();
    }
  });

  // A mount that only this daemon sees hides the program from it.
  const noNamespace = spawnSync("unshare", ["--mount", "true"]).status === 0 ? "" : " (skipped: this host allows no mount namespaces)";
  it.skipIf(noNamespace !== "")(
    `without bubblewrap docker run says what to install, and runs once it is there, with the same daemon${noNamespace}`,
    async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-e2e-"));
      const nothing = path.join(folder, "nothing");
      await writeFile(nothing, "");
      const hide = 'mount --bind "$0" "$1" && shift && exec "$@"';
      const daemon = await startDaemon({ folder, wrapper: ["unshare", "--mount", "sh", "-c", hide, nothing, bubblewrap] });
      try {
        await daemon.docker(["load", "-i", await nanoArchive()]);
        const { code, stderr } = await daemon.docker(run);
        expect(code).toBe(125);
        expect(stderr).toMatch(/this host cannot contain containers: bubblewrap.*apt-get install bubblewrap.*emulator\.isolation = "none"/);
        const { stdout: info, stderr: warnings } = await daemon.docker(["info"]);
        expect(info + warnings).toMatch(/so none can start: bubblewrap .* is not installed/);
        expect((await runCommand("nsenter", ["--mount", "--target", String(daemon.process.pid), "umount", bubblewrap])).code).toBe(0);
        expect(await daemon.docker(run)).toEqual({ code: 0, stdout: "out\r\n", stderr: "" });
      } finally {
        await daemon.dispose();
      }
    },
  );
});
