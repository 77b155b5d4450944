import { execFile } from "node:child_process";
import { mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fixedAddresses } from "@oriel/hcs-emulator";
import { registryPaths } from "../src/layer-content.ts";
import type { WinePrograms } from "../src/wine-programs.ts";
import { readTar } from "./read-tar.ts";

const run = promisify(execFile);

/** Unpacks the layer of an archive of one image into `folder`, as `Files` and `UtilityVM`. */
export async function unpackLayer(archive: string, folder: string): Promise<void> {
  const members = readTar(await readFile(archive));
  const layer = members.find((member) => member.name.endsWith("/layer.tar"));
  for (const member of readTar(layer?.content ?? Buffer.alloc(1024))) {
    const target = path.join(folder, member.name);
    if (member.type === "5") await mkdir(target);
    else await writeFile(target, member.content);
  }
}

/** What a batch file printed and how it ended. */
export interface BatchResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * Runs a batch file in what `unpackLayer` made, with nothing of the host's environment, and ends the Wine of that folder.
 */
export async function runBatch(wine: WinePrograms, folder: string, lines: readonly string[]): Promise<BatchResult> {
  const prefix = await makePrefix(folder);
  await writeFile(path.join(folder, "Files", "batch.bat"), ["@echo off", "cd /d C:\\", ...lines, ""].join("\r\n"));
  const env = {
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "wineboot.exe=",
    HOME: "/nonexistent",
    USER: "ContainerAdministrator",
    PATH: "/usr/bin:/bin",
  };
  const server = path.join(path.dirname(wine.loader), "wineserver");
  try {
    const line = [...(await fixedAddresses()), wine.loader, "C:\\WINDOWS\\System32\\CMD.EXE", "/c", "C:\\batch.bat"];
    const child = run(line[0] ?? "", line.slice(1), { cwd: "/", env, timeout: 30_000 });
    child.child.stdin?.end("from stdin\r\n");
    return await child.then(
      ({ stdout }) => ({ exitCode: 0, stdout }),
      (error: { code?: unknown; stdout: string }) => {
        if (typeof error.code !== "number") throw error;
        return { exitCode: error.code, stdout: error.stdout };
      },
    );
  } finally {
    await run(server, ["-w"], { env, timeout: 10_000 }).catch(() => run(server, ["-k"], { env, timeout: 10_000 }).catch(() => undefined));
    const { dev, ino } = await stat(prefix);
    const socketFolder = `/tmp/.wine-${process.getuid?.() ?? 0}/server-${dev.toString(16)}-${ino.toString(16)}`;
    await rm(socketFolder, { recursive: true, force: true });
  }
}

async function makePrefix(folder: string): Promise<string> {
  const prefix = path.join(folder, "prefix");
  const files = path.join(folder, "Files");
  const server = path.join(folder, "server");
  await mkdir(path.join(prefix, "dosdevices"), { recursive: true });
  await mkdir(server, { mode: 0o700 });
  await symlink(files, path.join(prefix, "dosdevices", "c:"));
  for (const [key, name] of [
    ["system", "system.reg"],
    ["user", "user.reg"],
    ["userDefault", "userdef.reg"],
    ["updateTimestamp", ".update-timestamp"],
  ] as const) {
    await symlink(path.join(files, registryPaths[key]), path.join(prefix, name));
  }
  // Debian's Wine reads from here, relative to /tmp, where its server keeps its socket.
  await writeFile(path.join(prefix, "wineserver"), `..${server}`, { mode: 0o400 });
  return prefix;
}
