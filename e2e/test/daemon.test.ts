import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { guestProcesses } from "@oriel/testkit";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/command.ts";
import { oriel, repository, startDaemon } from "../src/daemon.ts";
import { mountsBelow, whyNoContainers } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoContainers();
const image = "oriel/nano";

/** Runs the clone's daemon with an empty /tmp, reaching the clone by another way in case it lies there. */
const ownTmp = 'mkdir "$0/clone" && mount --bind "$1" "$0/clone" && mount -t tmpfs tmpfs /tmp && shift 2 && exec "$0/clone/oriel" "$@"';

describe("oriel daemon", () => {
  it("refuses what it cannot serve in one line, without a stack trace", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-e2e-"));
    const configuration = path.join(folder, "oriel.toml");
    await writeFile(configuration, 'storage = "windowsfilter"\nstorrage = 1\n');
    const unknownKey = await runCommand(oriel, ["daemon", "--root", folder, "--config", configuration]);
    expect(unknownKey.stderr).toContain("storrage");
    expect(unknownKey.stderr).toMatch(/oriel\.toml:2|line 2/);
    const badHost = await runCommand(oriel, ["daemon", "--root", folder, "--host", "ftp://x"]);
    expect(badHost.stderr).toContain("ftp://x");
    const remote = await runCommand(oriel, ["daemon", "--root", folder, "--host", "tcp://0.0.0.0:0"]);
    expect(remote.stderr).toContain("0.0.0.0");
    for (const { code, stderr } of [unknownKey, badHost, remote]) {
      expect(code).not.toBe(0);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    await rm(folder, { recursive: true });
  });

  it("refuses a root that another daemon holds, and serves on", async () => {
    const daemon = await startDaemon();
    try {
      const second = await runCommand(oriel, ["daemon", "--root", daemon.root, "--host", `unix://${daemon.folder}/y.sock`]);
      expect(second.code).not.toBe(0);
      expect(second.stderr).toContain(daemon.root);
      expect((await daemon.oriel(["version"])).code).toBe(0);
    } finally {
      await daemon.dispose();
    }
  });

  it("serves a socket and TCP at once, and removes the socket when it is stopped", async () => {
    const daemon = await startDaemon({ words: ["--host", "tcp://127.0.0.1:23750"] });
    try {
      const answer = await fetch("http://127.0.0.1:23750/_ping");
      expect([answer.status, await answer.text(), answer.headers.get("api-version")]).toEqual([200, "OK", "1.50"]);
      expect(await daemon.end("SIGTERM")).toBe(0);
      expect(existsSync(daemon.socket)).toBe(false);
    } finally {
      await daemon.dispose();
    }
  });

  describe.skipIf(skipped !== undefined)(`with containers${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
    it("runs beside another, each with its own containers", async () => {
      const [one, two] = await Promise.all([startDaemon(), startDaemon()]);
      try {
        for (const daemon of [one, two]) expect((await daemon.oriel(["load", "-i", await nanoArchive()])).code).toBe(0);
        const run = ["run", "--name", "same", image, "cmd", "/c"];
        const [first, second] = await Promise.all([one.oriel([...run, "echo one"]), two.oriel([...run, "echo two"])]);
        expect([first.stdout, second.stdout]).toEqual(["one\r\n", "two\r\n"]);
        expect(await one.end("SIGTERM")).toBe(0);
        expect((await two.oriel(["logs", "same"])).stdout).toBe("two\r\n");
      } finally {
        await Promise.all([one.dispose(), two.dispose()]);
      }
    });

    it("stops cleanly on SIGTERM with a container running", async () => {
      const daemon = await startDaemon();
      try {
        expect((await daemon.oriel(["load", "-i", await nanoArchive()])).code).toBe(0);
        await daemon.oriel(["run", "-d", "--name", "running", image, "ping", "-n", "100", "127.0.0.1"]);
        expect((await guestProcesses(daemon.root)).length).toBeGreaterThan(0);
        expect(await daemon.end("SIGTERM")).toBe(0);
        expect(await guestProcesses(daemon.root)).toEqual([]);
        expect(await mountsBelow(daemon.root)).toEqual([]);
        expect(await readdir(daemon.folder)).toEqual(["root"]);

        const again = await startDaemon({ folder: daemon.folder });
        expect((await again.oriel(["ps", "-a"])).stdout).toMatch(/running.*|Exited/);
        expect(await again.end("SIGTERM")).toBe(0);
      } finally {
        await daemon.dispose();
      }
    });

    // Others use /tmp at the same time, so that the daemon gets one of its own to be looked into.
    const noNamespace = spawnSync("unshare", ["--mount", "true"]).status === 0 ? "" : " (skipped: this host allows no mount namespaces)";
    it.skipIf(noNamespace !== "")(`keeps and leaves nothing outside its folder${noNamespace}`, async () => {
      const folder = await mkdtemp(path.join("/var/tmp", "oriel-e2e-"));
      const daemon = await startDaemon({ folder, wrapper: ["unshare", "--mount", "sh", "-c", ownTmp, folder, repository] });
      try {
        const temporary = await open(`/proc/${daemon.process.pid}/root/tmp`);
        const names = () => readdir(`/proc/self/fd/${temporary.fd}`);
        expect((await daemon.oriel(["load", "-i", await nanoArchive()])).code).toBe(0);
        await daemon.oriel(["run", "-d", "--name", "running", image, "ping", "-n", "100", "127.0.0.1"]);
        expect((await guestProcesses(daemon.root)).length).toBeGreaterThan(0);
        expect(await names()).toEqual([]);
        expect(await daemon.end("SIGTERM")).toBe(0);
        expect(await names()).toEqual([]);
        await temporary.close();
      } finally {
        await daemon.dispose();
      }
    });
  });
});
