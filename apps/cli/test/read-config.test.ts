import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../src/daemon/read-config.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-config-"));
  file = path.join(folder, "oriel.toml");
  await writeFile(file, 'root = "/from-file"\nruntime = "containerd"\n');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the daemon's configuration", () => {
  it("is read from file, environment and flags", async () => {
    const config = await readConfig({ file, flags: { "log.level": "debug" }, env: { ORIEL_ROOT: "/from-environment" } });
    expect(config).toMatchObject({ root: "/from-environment", runtime: "containerd", log: { level: "debug" } });
  });

  it("is read from the file that ORIEL_CONFIG names, unless a flag names another", async () => {
    expect((await readConfig({ file: undefined, flags: {}, env: { ORIEL_CONFIG: file } })).root).toBe("/from-file");
    expect((await readConfig({ file, flags: {}, env: { ORIEL_CONFIG: "/nowhere" } })).root).toBe("/from-file");
  });

  it("takes a relative root of the command line from where the user is", async () => {
    expect((await readConfig({ file: undefined, flags: { root: "data" }, env: {} })).root).toBe(path.resolve("data"));
  });

  it("takes a relative path of a package on the command line from where the user is, and a name as it is", async () => {
    const flags = { storage: "./mine", runtime: "acme-runtime", plugins: ["../other", "@acme/audit"] };
    expect(await readConfig({ file: undefined, flags, env: {} })).toMatchObject({
      storage: path.resolve("mine"),
      runtime: "acme-runtime",
      plugins: [path.resolve("../other"), "@acme/audit"],
    });
  });

  it("names a file that is not there, is a folder, or is no text", async () => {
    await expect(readConfig({ file: `${folder}/none`, flags: {}, env: {} })).rejects.toMatchObject({
      code: "NotFound",
      message: expect.stringContaining("none"),
    });
    await expect(readConfig({ file: folder, flags: {}, env: {} })).rejects.toMatchObject({ code: "InvalidArgument" });
    await writeFile(file, Buffer.from([0x72, 0xff, 0xfe]));
    await expect(readConfig({ file, flags: {}, env: {} })).rejects.toThrow("is not UTF-8 text");
  });
});
