import { chmod, lstat, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setMode } from "../src/files/set-mode.ts";

describe("the mode of a file of a layer", () => {
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  const modeOf = async (name: string) => (await lstat(at(name))).mode & 0o777;
  const look = () => lstat(at("file"), { bigint: true });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-mode-"));
    for (const name of ["file", "outside"]) {
      await writeFile(at(name), name);
      await chmod(at(name), 0o644);
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is set", async () => {
    setMode(at("file"), await look(), 0o444);
    expect(await modeOf("file")).toBe(0o444);
  });

  it("is not set through a link that has taken its place since it was looked at", async () => {
    const stats = await look();
    await rm(at("file"));
    await symlink(at("outside"), at("file"));
    expect(() => setMode(at("file"), stats, 0o444)).toThrow(expect.objectContaining({ code: "ELOOP" }));
    expect(await modeOf("outside")).toBe(0o644);
  });

  it("is not set of another file that has taken its place", async () => {
    const stats = await look();
    await rename(at("outside"), at("file"));
    expect(() => setMode(at("file"), stats, 0o444)).toThrow(expect.objectContaining({ code: "EBUSY" }));
    expect(await modeOf("file")).toBe(0o644);
  });
});
