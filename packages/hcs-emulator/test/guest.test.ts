import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HCS, HcsNotification } from "@oriel/contracts";
import { guestProcesses, makeScratch, makeWineBaseLayer, mountScratch, wineProgramFolder } from "@oriel/testkit";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePrefix } from "../src/guest/prefix.ts";
import { createEmulatedHcs, type EmulatedHcs, type EmulatedHcsOptions } from "../src/index.ts";
import { noContainer } from "./emulated-container.ts";

const run = promisify(execFile);
const programFolder = await wineProgramFolder();

const shared = await mkdtemp(path.join(os.tmpdir(), "oriel-guest-"));
const base = path.join(shared, "base");
if (programFolder !== undefined) await makeWineBaseLayer(base, programFolder);
afterAll(() => rm(shared, { recursive: true, force: true }));

describe("guest", () => {
  let root: string;
  let hcs: EmulatedHcs;

  beforeEach(async () => {
    root = await mkdtemp(path.join(shared, "engine-"));
  });

  afterEach(async () => {
    await hcs.close();
  });

  async function start(options: Partial<EmulatedHcsOptions> = {}, layer = base) {
    hcs = createEmulatedHcs({ root, rootfs: "copy", ...options });
    await hcs.start();
    const scratch = path.join(root, "scratch");
    await makeScratch(hcs, scratch, layer);
    const volume = await mountScratch(hcs, scratch, layer);
    const document = {
      SystemType: "Container",
      Name: "c",
      VolumePath: volume,
      LayerFolderPath: scratch,
      Layers: [{ ID: "b", Path: layer }],
      HostName: "web-server.corp",
    };
    const { system } = await hcs.compute.HcsCreateComputeSystem("c", JSON.stringify(document), 0n);
    await new Promise<void>((resolve) => {
      const callback = (type: number): void => void (type === HcsNotification.SystemStartCompleted && resolve());
      void hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n).then(() => hcs.compute.HcsStartComputeSystem(system, ""));
    });
    return { system, scratch };
  }

  type Started = Awaited<ReturnType<typeof start>>;
  const create = ({ system }: Started, document: Record<string, unknown>) =>
    hcs.compute.HcsCreateProcess(system, JSON.stringify({ WorkingDirectory: "C:\\", CreateStdOutPipe: true, ...document }));

  async function output(started: Started, document: Record<string, unknown>): Promise<string> {
    const { hresult, information } = await create(started, document);
    expect(hresult).toBe(0);
    return text(hcs.win32.openPipeReader(information.stdOutput));
  }

  it.each(["", "..", "a/b", "a\\b"])("refuses %j as the id of a compute system", async (id) => {
    hcs = createEmulatedHcs({ root, rootfs: "copy" });
    await hcs.start();
    expect((await hcs.compute.HcsCreateComputeSystem(id, "{}", 0n)).hresult).toBe(0x80070057);
  });

  it("starts without Wine, and says at the first process what to install", async () => {
    const started = await start({ wine: "/nowhere/wine64" });
    const { hresult, result } = await create(started, { CommandLine: "cmd.exe" });
    expect(hresult).toBe(HCS.CONNECT_FAILED);
    expect(JSON.parse(result ?? "").ErrorMessage).toMatch(/Wine is not installed.*apt-get install wine64/);
  });

  describe.skipIf(noContainer !== undefined)(`with Wine${noContainer ? ` (skipped: ${noContainer})` : ""}`, () => {
    it("says of an image that no Wine can run what it lacks", async () => {
      const empty = path.join(root, "empty");
      await mkdir(path.join(empty, "Files"), { recursive: true });
      const started = await start({}, empty);
      const { hresult, result } = await create(started, { CommandLine: "cmd.exe" });
      expect(hresult).toBe(HCS.CONNECT_FAILED);
      expect(JSON.parse(result ?? "").ErrorMessage).toContain("Base it on oriel/nano");
    });

    it("hands the command line to the program as it is written", async () => {
      const started = await start();
      expect(await output(started, { CommandLine: 'cmd.exe /S /C "echo a  "b c" \\" %OS%"' })).toBe('a  "b c" \\" Windows_NT\r\n');
    });

    it("gives the document's environment, whatever characters it has, beside the session's", async () => {
      const started = await start();
      const Environment = { GREETING: "grüße ✓", path: "C:\\Windows\\system32" };
      const written = await output(started, { CommandLine: 'cmd.exe /c mkdir "C:\\%GREETING%"&set', Environment });
      // cmd writes in an old code page; the name of the folder shows what it was given.
      expect(await readdir(path.join(started.scratch, ".oriel/root"))).toContain("grüße ✓");
      expect(written).toMatch(/^path=C:\\Windows\\system32\r$/m);
      expect(written).toMatch(/^COMPUTERNAME=WEB-SERVER\r$/m);
      // Nothing of the host: its paths are in Wine's own variables, which stay away but for the user's name and locale.
      expect(written.match(/^WINE\w+/gm)).toEqual(["WINEUSERLOCALE", "WINEUSERNAME"]);
      expect(written).not.toMatch(/unix|^USER=|^HOME=|^ORIEL/im);
    });

    it.each([
      ["", "ContainerAdministrator"],
      ["ContainerUser", "ContainerUser"],
      ["user manager\\containeruser", "ContainerUser"],
      ["1000:1000", "ContainerAdministrator"],
    ])("gives the user %j the name of an account that the image has: %s", async (User, name) => {
      const started = await start();
      const CommandLine = "cmd.exe /c echo %USERNAME% %USERPROFILE%";
      expect(await output(started, { CommandLine, User })).toBe(`${name} C:\\Users\\${name}\r\n`);
    });

    it("makes a working directory that is not there, as HCS does", async () => {
      const started = await start();
      expect(await output(started, { CommandLine: "cmd.exe /c cd", WorkingDirectory: "C:\\some/new\\place" })).toBe(
        "C:\\some\\new\\place\r\n",
      );
    });

    it("finds programs in the path of the new process", async () => {
      const started = await start();
      await output(started, { CommandLine: "cmd.exe /c mkdir C:\\tools & copy C:\\Windows\\System32\\cat.exe C:\\tools\\mytool.exe" });
      expect((await create(started, { CommandLine: "mytool.exe" })).hresult).toBe(0x80070002);
      expect((await create(started, { CommandLine: "mytool.exe", Environment: { Path: "C:\\tools" } })).hresult).toBe(0);
    });

    describe("a program whose command names no folder, or one without a drive", () => {
      const missing = 0x80070002;
      const tool = async () => {
        const started = await start();
        const copy = "copy C:\\Windows\\System32\\cat.exe C:\\app";
        const rooted = 'copy C:\\app\\tool.exe C:\\app\\bare. & copy C:\\app\\tool.exe "C:\\app\\two words.exe"';
        await output(started, {
          CommandLine: `cmd.exe /c mkdir C:\\app\\sub & ${copy}\\tool.exe & ${copy}\\sub\\inner.exe & ${rooted}`,
        });
        return started;
      };
      const outcomes = async (started: Started, commands: readonly string[], WorkingDirectory: string, more = {}) => {
        const found: Record<string, number> = {};
        for (const CommandLine of commands) {
          found[CommandLine] = (await create(started, { CommandLine, WorkingDirectory, ...more })).hresult;
        }
        return found;
      };
      const all = (commands: readonly string[], hresult: number) => Object.fromEntries(commands.map((command) => [command, hresult]));

      it("is looked up in its working directory, however that is spelled", async () => {
        const started = await tool();
        const commands = [
          ...["tool.exe", "tool", "TOOL", ".\\tool.exe", "./tool.exe", ".\\tool", "sub\\inner.exe", "sub/inner", "..\\app\\tool.exe"],
          ...['"tool.exe" x', '"tool" x', '"two words.exe"', '"two words" x', "two words.exe", "bare."],
        ];
        for (const directory of ["C:\\app", "C:/app", "c:\\APP\\", "\\app", "/app"]) {
          expect(await outcomes(started, commands, directory)).toEqual(all(commands, 0));
        }
        expect(await outcomes(started, ["tool.exe", "tool", ".\\tool.exe"], "C:\\")).toEqual(
          all(["tool.exe", "tool", ".\\tool.exe"], missing),
        );
      });

      it("is on C: where its path begins with a slash", async () => {
        const started = await tool();
        const commands = ["/app/tool.exe", "\\app\\tool.exe", "/app/tool", '"/app/two words.exe"', "C:/app/tool.exe", "C:\\app\\tool"];
        expect(await outcomes(started, commands, "C:\\Windows")).toEqual(all(commands, 0));
      });

      it("is looked up in System32 before its working directory, and in the path after it", async () => {
        const started = await tool();
        await output(started, {
          CommandLine: "cmd.exe /c copy C:\\app\\tool.exe C:\\app\\cmd.exe & copy C:\\app\\tool.exe C:\\app\\sub\\tool.exe",
        });
        expect(await output(started, { CommandLine: "cmd /c echo of Windows", WorkingDirectory: "C:\\app" })).toBe("of Windows\r\n");
        const Environment = { Path: "C:\\app" };
        expect(await outcomes(started, ["tool", "inner"], "C:\\Windows", { Environment })).toEqual({ tool: 0, inner: missing });
        expect(await outcomes(started, ["tool", "inner"], "C:\\Windows")).toEqual(all(["tool", "inner"], missing));
      });

      it("is not looked up in the folders of the host where the agent lies", async () => {
        const started = await tool();
        expect(await outcomes(started, ["agent.exe", "agent", ".\\agent.exe"], "C:\\app")).toEqual(
          all(["agent.exe", "agent", ".\\agent.exe"], missing),
        );
      });

      it("may be a batch file, by its whole name", async () => {
        const started = await tool();
        await output(started, { CommandLine: "cmd.exe /c echo @echo from %~nx0 %1> C:\\app\\go.cmd" });
        expect(await output(started, { CommandLine: "go.cmd", WorkingDirectory: "C:\\app" })).toContain("from");
        expect(await outcomes(started, ["go"], "C:\\app")).toEqual({ go: missing });
      });
    });

    describe("a working directory", () => {
      const cd = { CommandLine: "cmd.exe /c cd" };

      it.each([
        ["\\Users", "C:\\Users"],
        ["/Users", "C:\\Users"],
        ["\\not\\there", "C:\\not\\there"],
        ["/not/there yet/", "C:\\not\\there yet\\"],
        ["C:\\a\\..\\b", "C:\\b"],
        ["", "C:\\windows\\system32"],
      ])("%j is %j, and is made where it is not there", async (WorkingDirectory, expected) => {
        const started = await start();
        const written = (await output(started, { ...cd, WorkingDirectory })).trim();
        expect(written.toLowerCase().replace(/(?<=..)\\$/, "")).toBe(expected.toLowerCase().replace(/(?<=..)\\$/, ""));
      });

      it("that is a file, or on a drive that is not there, is refused as no directory", async () => {
        const started = await start();
        for (const WorkingDirectory of ["C:\\Windows\\System32\\cat.exe", "C:\\Windows\\System32\\cat.exe\\below", "Q:\\app"]) {
          const { hresult, result } = await create(started, { ...cd, WorkingDirectory });
          expect(hresult).toBe(0x8007010b);
          expect(JSON.parse(result ?? "").ErrorMessage).toContain("The directory name is invalid");
        }
      });

      it("can be removed once its process has ended", async () => {
        const started = await start();
        await output(started, { ...cd, WorkingDirectory: "C:\\gone" });
        await output(started, { CommandLine: "cmd.exe /c rmdir C:\\gone" });
        expect(await readdir(path.join(started.scratch, ".oriel/root"))).not.toContain("gone");
      });
    });

    it("keeps the container's registry in its own files", async () => {
      const started = await start();
      await output(started, { CommandLine: "cmd.exe /c exit" });
      await hcs.close();
      const config = path.join(started.scratch, ".oriel/root/Windows/System32/config/wine");
      expect(await readFile(path.join(config, "system.reg"), "utf8")).toContain('"ComputerName"="WEB-SERVER"');
    });

    it("is refused a start when the folder of its registry has become a link, which would lead out of it", async () => {
      const outside = path.join(root, "outside");
      await mkdir(outside);
      const started = await start();
      await hcs.close();
      const config = path.join(started.scratch, ".oriel/root/Windows/System32/config");
      await rm(config, { recursive: true });
      await symlink(outside, config);
      await expect(
        makePrefix({ folder: path.join(root, "p"), root: path.join(started.scratch, ".oriel/root"), rootInside: "/c", drives: new Map() }),
      ).rejects.toThrow("'config' of the container is no folder");
      expect(await readdir(outside)).toEqual([]);
    });

    it("leaves no process, prefix or folder behind when it is closed", async () => {
      const started = await start();
      await create(started, { CommandLine: "ping.exe -n 100 127.0.0.1" });
      await hcs.close();
      expect(await readdir(path.join(root, "hcs"))).toEqual([]);
      expect(await guestProcesses(root)).toEqual([]);
    });
  });
});

const versionOf = (compiler: string) =>
  run(compiler, ["-dumpfullversion"]).then(
    ({ stdout }) => stdout.trim(),
    () => "none",
  );
/** Other compilers make other bytes of the same programs. */
const compilersOfRecord = "mingw-w64 gcc 12-win32 and gcc 12.2.0";
const compilers = `mingw-w64 gcc ${await versionOf("x86_64-w64-mingw32-gcc")} and gcc ${await versionOf("gcc")}`;
const otherCompilers = compilers === compilersOfRecord ? "" : ` (skipped: needs ${compilersOfRecord}, this machine has ${compilers})`;

it.skipIf(otherCompilers !== "")(`has programs for guests that are what the compilers make of their sources${otherCompilers}`, async () => {
  const folder = fileURLToPath(new URL("../guest/", import.meta.url));
  for (const [script, name] of [
    ["build.sh", "agent.exe"],
    ["build-native.sh", "reaper"],
    ["build-native.sh", "idmap"],
    ["build-native.sh", "linux-container"],
  ] as const) {
    await run(path.join(folder, script), [name === "agent.exe" ? path.join(shared, name) : shared]);
    expect((await readFile(path.join(shared, name))).equals(await readFile(path.join(folder, name)))).toBe(true);
  }
  const hostile = fileURLToPath(new URL("fixtures/hostile.exe", import.meta.url));
  await run(path.join(folder, "build.sh"), [path.join(shared, "hostile.exe"), hostile.replace(/exe$/, "c")]);
  expect((await readFile(path.join(shared, "hostile.exe"))).equals(await readFile(hostile))).toBe(true);
});
