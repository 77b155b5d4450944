import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findLinuxTools } from "../src/linux/linux-tools.ts";

/** A program that fails as linux-container does where it may make no name spaces. */
async function failingProgram(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-tools-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, "linux-container");
  await writeFile(file, "#!/bin/sh\necho 'unshare: error 1' >&2\nexit 1\n");
  await chmod(file, 0o755);
  return file;
}

it("a host that can run no Linux containers says why, and what is missing by its name", async () => {
  const linux = { platform: "linux", arch: "x64", container: await failingProgram() } as const;
  expect(await findLinuxTools({ ...linux, platform: "darwin" })).toBe("this host is no Linux (darwin)");
  expect(await findLinuxTools({ ...linux, arch: "arm64" })).toBe(
    `${linux.container} is built for x86-64, and this host is another machine (arm64)`,
  );
  expect(await findLinuxTools({ ...linux, container: "/nowhere/linux-container" })).toBe(
    "/nowhere/linux-container is missing, or may not be run",
  );
  expect(await findLinuxTools({ ...linux, folders: ["/nowhere"] })).toBe("util-linux (mount) is not installed");
  expect(await findLinuxTools({ ...linux, folders: [path.dirname(process.execPath), "/usr/bin", "/bin", "/sbin"] })).toBe(
    "the host lets this user make no namespaces: unshare: EPERM",
  );
});
