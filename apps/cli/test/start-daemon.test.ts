import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { createClient, unwrap } from "@oriel/client";
import { type Plugin, silentLogger } from "@oriel/contracts";
import { engineToken } from "@oriel/engine";
import { type ConfigLayer, mergeConfig, parseConfig } from "@oriel/kernel";
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
    const settings = config({ storage: "snapshotter" });
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

  it("finds what the storage snapshotter keeps under its former name, windows, too", async () => {
    const files: number[] = [];
    for (const storage of ["windows", "snapshotter"]) {
      const daemon = await startDaemon({ config: config(parseConfig(`storage = "${storage}"`, "oriel.toml")), logger: silentLogger });
      const client = createClient({ host: `unix://${folder}/x.sock` });
      expect(await unwrap(client.GET("/info"))).toMatchObject({ Driver: "snapshotter" });
      await client.close();
      await daemon.close();
      files.push((await stat(`${folder}/root/snapshotter/metadata.db`)).ino);
    }
    expect(files[1]).toBe(files[0]);
  });

  it("warns of an address that has no password", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_facts: object, message: string) => void warnings.push(message) };
    await (await startDaemon({ config: config({ hosts: ["tcp://127.0.0.1:0"] }), logger })).close();
    expect(warnings).toContainEqual(expect.stringMatching(/^tcp:\/\/127.0.0.1:\d+ has no password: every account of this machine can act/));
  });

  it("takes plugins of its own, and reports those that npm does not have", async () => {
    const seen: string[] = [];
    const extra: Plugin = {
      id: "test.extra",
      provides: {},
      deps: { engine: engineToken },
      create: () => ({ count: seen.push("created") }),
    };
    await (await startDaemon({ config: config(), logger: silentLogger, plugins: [extra] })).close();
    expect(seen).toEqual(["created"]);
    const missing = startDaemon({ config: config({ plugins: ["oriel-no-such-plugin"] }), logger: silentLogger });
    await expect(missing).rejects.toThrow("plugins names oriel-no-such-plugin, which could not be loaded");
  });

  it("runs on the parts of packages that the configuration names, in the folder of its file or by a path", async () => {
    const storage = path.join(folder, "node_modules/@acme/storage");
    await putPackage(storage, "@acme/storage", partOf("oriel.storage-backend", "storage", "acme"));
    const runtime = path.join(folder, "runtime");
    await putPackage(runtime, "acme-runtime", partOf("oriel.container-runtime", "runtime", "acme"));
    const messages: string[] = [];
    const logger = { ...silentLogger, info: (_facts: object, message: string) => void messages.push(message) };
    const settings = config({ storage: "@acme/storage", runtime });
    const daemon = await startDaemon({ config: settings, logger, packageFolders: [folder] });
    const info = await fetchInfo(`${folder}/x.sock`);
    expect(info).toMatchObject({ Driver: "acme" });
    expect(await daemon.close()).toEqual([]);
    // Where the configuration says nothing of a part, a package under `plugins` takes the place of the built-in one.
    const other = await startDaemon({ config: config({ plugins: ["@acme/storage", runtime] }), logger, packageFolders: [folder] });
    expect(await fetchInfo(`${folder}/x.sock`)).toMatchObject({ Driver: "acme" });
    expect(messages).toContain("plugin plugin-of-storage takes the place of oriel.graphdriver-windowsfilter");
    await other.close();
  });

  it("refuses two packages for one part, and a package that does not provide the part of its key", async () => {
    const [one, other] = [path.join(folder, "one"), path.join(folder, "other")];
    await putPackage(one, "one", partOf("oriel.storage-backend", "one", "acme"));
    await putPackage(other, "other", partOf("oriel.storage-backend", "other", "acme"));
    const twice = startDaemon({ config: config({ storage: one, plugins: [other] }), logger: silentLogger });
    await expect(twice).rejects.toThrow("oriel.storage-backend is provided by both plugin-of-one and plugin-of-other");
    const wrong = startDaemon({ config: config({ runtime: one }), logger: silentLogger });
    await expect(wrong).rejects.toThrow(
      `runtime names ${one}, which exports the plugin plugin-of-one, and that provides oriel.storage-backend, not oriel.container-runtime`,
    );
  });
});

/** A module whose plugin provides something that has a name, and no more: enough for a daemon without containers. */
function partOf(token: string, what: string, name: string): string {
  const provides = `{ part: { id: ${JSON.stringify(token)}, symbol: Symbol.for(${JSON.stringify(token)}) } }`;
  const service = `{ name: ${JSON.stringify(name)}, status: async () => [], reconcile: async () => ({ removed: [], failed: [] }), onEvent: () => () => {} }`;
  return `export const plugin = { id: "plugin-of-${what}", provides: ${provides}, deps: {}, create: () => ({ part: ${service} }) };\n`;
}

async function putPackage(home: string, name: string, module: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, "package.json"), JSON.stringify({ name, type: "module", exports: { import: "./main.js" } }));
  await writeFile(path.join(home, "main.js"), module);
}

function fetchInfo(socketPath: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: "/info" }, (response) => void json(response).then(resolve, reject));
    request.once("error", reject);
  });
}
