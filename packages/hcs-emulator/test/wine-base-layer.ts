import { access, copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";

/** What cmd.exe and ping.exe import, all the way down, in Wine 8 to 10. */
const programs = [
  ...["cmd.exe", "conhost.exe", "ping.exe", "hostname.exe"],
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
  await copyFile(new URL("fixtures/cat.exe", import.meta.url), path.join(system, "cat.exe"));
  await mkdir(path.join(layer, "UtilityVM", "Files"), { recursive: true });
}
