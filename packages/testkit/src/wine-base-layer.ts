import { access, copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import type { RawHcs } from "@oriel/contracts";
import type { ContractCommands } from "./compute-session.ts";

/** What cmd.exe, ping.exe, ipconfig.exe and netstat.exe import, all the way down, in Wine 8 to 10. */
const programs = [
  ...["cmd.exe", "conhost.exe", "ping.exe", "hostname.exe", "ipconfig.exe", "netstat.exe"],
  ...["advapi32.dll", "dnsapi.dll", "gdi32.dll", "iphlpapi.dll", "kernel32.dll", "kernelbase.dll", "msvcrt.dll", "nsi.dll", "ntdll.dll"],
  ...["rpcrt4.dll", "sechost.dll", "shcore.dll", "shell32.dll", "shlwapi.dll", "ucrtbase.dll", "user32.dll", "version.dll", "win32u.dll"],
  ...["ws2_32.dll", "zlib1.dll", "combase.dll", "ole32.dll", "oleaut32.dll"],
];

const folders = ["/usr/lib/x86_64-linux-gnu/wine/x86_64-windows", "/usr/lib/wine/x86_64-windows", "/usr/lib64/wine/x86_64-windows"];

/** The folder of Wine's Windows programs on this machine; undefined where there is none. */
export async function wineProgramFolder(): Promise<string | undefined> {
  const stable = (await readdir("/opt").catch(() => [])).map((name) => `/opt/${name}/lib/wine/x86_64-windows`);
  for (const folder of [...folders, ...stable]) {
    if (
      await access(path.join(folder, "ntdll.dll")).then(
        () => true,
        () => false,
      )
    )
      return folder;
  }
  return undefined;
}

/** Lays out a base layer in `layer` that can run cmd.exe; only for tests, the real one is made by @oriel/nano-image. */
export async function makeWineBaseLayer(layer: string, programFolder: string): Promise<void> {
  const system = path.join(layer, "Files", "Windows", "System32");
  await mkdir(system, { recursive: true });
  for (const name of programs) await copyFile(path.join(programFolder, name), path.join(system, name)).catch(() => undefined);
  for (const name of ["cat.exe", "peer.exe"]) {
    await copyFile(new URL(`../fixtures/programs/${name}`, import.meta.url), path.join(system, name));
  }
  await mkdir(path.join(layer, "UtilityVM", "Files"), { recursive: true });
}

/** The programs of the conformance suites in such a layer. */
export const wineCommands: ContractCommands = {
  printHello: 'cmd.exe /c "echo hello"',
  printOopsToStderr: "cmd.exe /c echo oops>&2",
  echoStdin: "cat.exe",
  runLong: "ping.exe -n 100 127.0.0.1",
  missing: "nosuch.exe",
  exitWith: (code) => `cmd.exe /c exit ${code}`,
};

const info = { flavour: 1, homeDir: "" } as const;

/** Makes a scratch on a base layer without mounting it. */
export async function makeScratch({ layers }: RawHcs, scratch: string, base: string): Promise<void> {
  await layers.CreateSandboxLayer(info, scratch, "", [{ layerId: "base", flags: 0, path: base }]);
}

/** Activates and prepares a scratch; returns its volume path with the closing backslash. */
export async function mountScratch({ layers }: RawHcs, scratch: string, base: string): Promise<string> {
  await layers.ActivateLayer(info, scratch);
  await layers.PrepareLayer(info, scratch, [{ layerId: "base", flags: 0, path: base }]);
  return (await layers.GetLayerMountPath(info, scratch)).path;
}
