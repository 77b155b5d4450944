import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createEmulatedHcs, findWine } from "../src/index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oriel-wine-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function program(name: string, script: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

describe("an account without a passwd entry", () => {
  it.each([undefined, "/home/of-mine"])("finds Wine, which crashes there without a HOME: HOME=%s", async (home) => {
    vi.stubEnv("HOME", home);
    const server = await program("wineserver", "exit 1");
    const loader = await program("wine64", '[ -n "$HOME" ] && echo wine-9.0 || exit 139');
    expect(await findWine(loader)).toEqual({ loader, server, version: "wine-9.0" });
  });
});

describe("a root with a backslash", () => {
  it("is refused before anything is made: Wine takes it for the end of a folder's name", () => {
    expect(() => createEmulatedHcs({ root: path.join(folder, "a\\b") })).toThrow("has a backslash in its name");
  });
});
