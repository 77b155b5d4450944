import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type ConfigLayer, mergeConfig, type Plugin, silentLogger } from "@oriel/core";
import { engineToken } from "@oriel/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDaemon } from "../src/daemon/start-daemon.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-daemon-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function config(more: ConfigLayer = {}) {
  return mergeConfig([{ root: `${folder}/root`, hosts: [`unix://${folder}/x.sock`], hcs: "emulated" }, more], "linux");
}

describe("a daemon", () => {
  it("serves until it is closed, and leaves its root alone", async () => {
    const daemon = await startDaemon({ config: config({ hosts: [`unix://${folder}/x.sock`, "tcp://127.0.0.1:0"] }), logger: silentLogger });
    const [socket, tcp = ""] = daemon.addresses;
    expect(socket).toBe(`unix://${folder}/x.sock`);
    expect(await (await fetch(`${tcp.replace("tcp:", "http:")}/_ping`)).text()).toBe("OK");
    expect((await stat(`${folder}/root`)).mode & 0o777).toBe(0o700);
    expect(await daemon.close()).toEqual([]);
    expect(await daemon.close()).toEqual([]);
    expect(existsSync(`${folder}/x.sock`)).toBe(false);
  });

  it("is refused a root that another one holds, which goes on", async () => {
    const daemon = await startDaemon({ config: config(), logger: silentLogger });
    const second = startDaemon({ config: config({ hosts: [`unix://${folder}/y.sock`] }), logger: silentLogger });
    await expect(second).rejects.toMatchObject({ code: "Unavailable", message: expect.stringContaining(`${folder}/root`) });
    expect(existsSync(`${folder}/x.sock`)).toBe(true);
    await daemon.close();
  });

  it("gives everything back when it cannot listen", async () => {
    await writeFile(`${folder}/x.sock`, "in the way");
    await expect(startDaemon({ config: config(), logger: silentLogger })).rejects.toThrow("x.sock exists and is no socket");
    const daemon = await startDaemon({ config: config({ hosts: [`unix://${folder}/y.sock`] }), logger: silentLogger });
    await daemon.close();
  });

  it("names a root that cannot be made", async () => {
    await writeFile(`${folder}/file`, "");
    const starting = startDaemon({ config: config({ root: `${folder}/file/root` }), logger: silentLogger });
    await expect(starting).rejects.toMatchObject({ code: "Unavailable", remedy: "choose another with --root" });
  });

  it("names each damaged database with what to do, and starts once that was done", async () => {
    const files = ["oriel.db", "images/images.db", "snapshotter/metadata.db"];
    const settings = config({ storage: "windows" });
    await (await startDaemon({ config: settings, logger: silentLogger })).close();
    for (const file of files) {
      await writeFile(`${folder}/root/${file}`, "damaged ".repeat(1000));
      const starting = startDaemon({ config: settings, logger: silentLogger });
      await expect(starting, file).rejects.toMatchObject({
        message: `the database ${folder}/root/${file} is damaged: file is not a database`,
        remedy: expect.stringContaining("move those that are there to another folder and start again"),
      });
      for (const name of [file, `${file}-wal`, `${file}-shm`]) await rm(`${folder}/root/${name}`, { force: true });
      await (await startDaemon({ config: settings, logger: silentLogger })).close();
    }
  });

  it("warns of an address that has no password", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_facts: object, message: string) => void warnings.push(message) };
    await (await startDaemon({ config: config({ hosts: ["tcp://127.0.0.1:0"] }), logger })).close();
    expect(warnings).toContainEqual(expect.stringMatching(/^tcp:\/\/127.0.0.1:\d+ has no password: every account of this machine can act/));
  });

  it("takes plugins of its own, and reports those that npm does not have", async () => {
    const seen: string[] = [];
    const extra: Plugin = { id: "test.extra", provides: [], requires: [engineToken], register: () => void seen.push("registered") };
    await (await startDaemon({ config: config(), logger: silentLogger, plugins: [extra] })).close();
    expect(seen).toEqual(["registered"]);
    const missing = startDaemon({ config: config({ plugins: ["oriel-no-such-plugin"] }), logger: silentLogger });
    await expect(missing).rejects.toThrow("oriel-no-such-plugin could not be loaded");
  });
});
