import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNanoImage, type NanoImage } from "../src/build-nano-image.ts";
import { findWinePrograms } from "../src/wine-programs.ts";
import { type BatchResult, runBatch, unpackLayer } from "./nano-container.ts";

const wine = await findWinePrograms().catch((error: Error) => error);
const skipped = wine instanceof Error ? ` (skipped: ${wine.message})` : "";

// What each command must print: a part of its output, or a pattern.
const commands: readonly (readonly [command: string, expected: string | RegExp])[] = [
  ["ver", "Microsoft Windows 10.0.20348"],
  ["hostname", "ORIEL-NANO"],
  ["whoami", /^ORIEL-NANO\\ContainerAdministrator$/im],
  ["dir C:\\", /<DIR>\s+Windows/],
  ["type C:\\WINDOWS\\system32\\DRIVERS\\ETC\\HOSTS", "127.0.0.1 localhost"],
  ["ping -n 1 127.0.0.1", "Reply from 127.0.0.1"],
  ["ipconfig", "127.0.0.1"],
  ["netstat", "Active Connections"],
  ["net start", "services are running"],
  ["sc create svc binPath= C:\\x.exe", ""],
  ["sc query svc", /STATE\s+: 1\s+STOPPED/],
  ["chcp", "Active code page"],
  ["more < t.txt", "one two"],
  ["type t.txt | more", "one two"],
  ['type t.txt | find "two"', "one two"],
  ["expand t.txt u.txt & type u.txt", "one two"],
  ["xcopy /y t.txt copied\\ & type copied\\t.txt", "one two"],
  ["attrib +r t.txt & attrib t.txt", /^A\s+R\s+C:\\t\.txt/m],
  ["fsutil hardlink create h.txt t.txt & type h.txt", "one two"],
  ['reg query "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion" /v CurrentBuild', /CurrentBuild\s+REG_SZ\s+20348/],
  ['reg query "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Time Zones\\UTC" /v Std', "UTC"],
  ["reg add HKCU\\Software\\T /v a /d 1 /f & reg query HKCU\\Software\\T", /a\s+REG_SZ\s+1/],
  ["start /b /wait cmd /c exit 3 & call echo exit %%errorlevel%%", "exit 3"],
  ["taskkill /f /pid 99999", 'Could not find process "99999"'],
  [
    "echo %USERNAME% %USERPROFILE% %TEMP%",
    "ContainerAdministrator C:\\Users\\ContainerAdministrator C:\\Users\\ContainerAdministrator\\AppData\\Local\\Temp",
  ],
  ["set", /^PATH=C:\\windows\\system32;C:\\windows\s*$/im],
];

describe.skipIf(skipped)(`the image of the installed Wine${skipped}`, () => {
  let folder = "";
  let image: NanoImage;
  let result: BatchResult;

  beforeAll(async () => {
    if (wine instanceof Error) return;
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-nano-"));
    const output = path.join(folder, "nano.tar");
    image = await buildNanoImage({ output });
    await unpackLayer(output, folder);
    await mkdir(path.join(folder, "Files", "out"));
    result = await runBatch(wine, folder, [
      "more",
      // The drivers behind `vol` come up a moment after services.exe is started.
      "start /b C:\\Windows\\System32\\services.exe",
      ":wait",
      "vol>out\\vol.txt 2>nul",
      'find "Serial" out\\vol.txt > nul',
      "if errorlevel 1 goto wait",
      "echo one two>t.txt",
      ...commands.flatMap(([command], index) => {
        const [first = "", ...rest] = command.split(" & ");
        return [`${first} > out\\${index}.txt 2>&1`, ...rest.map((each) => `${each} >> out\\${index}.txt 2>&1`)];
      }),
      "exit 42",
    ]);
  }, 60_000);

  afterAll(async () => {
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  });

  it("unpacks to at most 150 MB", () => {
    expect(image.unpackedBytes).toBeGreaterThan(10_000_000);
    expect(image.unpackedBytes).toBeLessThan(150_000_000);
  });

  it("is the same bytes when built again", async () => {
    const again = path.join(folder, "again.tar");
    const second = await buildNanoImage({ output: again });
    const sums = await Promise.all(
      [path.join(folder, "nano.tar"), again].map(async (file) =>
        createHash("sha256")
          .update(await readFile(file))
          .digest("hex"),
      ),
    );
    expect(second).toEqual(image);
    expect(sums[0]).toBe(sums[1]);
  });

  it("runs a batch file, passes its input through and gives its exit code", () => {
    expect(result).toEqual({ exitCode: 42, stdout: expect.stringContaining("from stdin") });
  });

  it.for(
    commands.map(([command, expected], index) => {
      const noRawSockets = command.startsWith("ping") && process.getuid?.() !== 0;
      return { title: noRawSockets ? `${command} (skipped: raw sockets need root)` : command, noRawSockets, expected, index };
    }),
  )("runs: $title", async ({ noRawSockets, expected, index }, { skip }) => {
    skip(noRawSockets);
    const output = await readFile(path.join(folder, "Files", "out", `${index}.txt`), "latin1");
    if (typeof expected === "string") expect(output).toContain(expected);
    else expect(output).toMatch(expected);
  });

  it("gets no drive but C: from the host's files", async () => {
    const drives = (await readdir(path.join(folder, "prefix", "dosdevices"))).filter((name) => /^[a-z]:$/.test(name));
    expect(drives).toEqual(["c:"]);
  });
});
