import { recordedImagePath } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCommand } from "../src/command.ts";
import { storage } from "../src/daemon.ts";
import { eventually, whyNoWindowsDaemon } from "../src/host.ts";
import { startWindowsDaemon, type WindowsDaemon } from "../src/windows/windows-daemon.ts";

const skipped = await whyNoWindowsDaemon();
const image = "wintest";
/** DBG_TERMINATE_PROCESS, 0x40010004: what a program ends with that HCS ended. */
const terminated = "1073807364";

describe.skipIf(skipped !== undefined)(
  `the daemon in a Windows Node.js, on a vmcompute.dll${skipped ? ` (skipped: ${skipped})` : ""}`,
  () => {
    let daemon: WindowsDaemon;
    const docker: WindowsDaemon["docker"] = (...words) => daemon.docker(...words);

    /** Runs a command that must succeed; returns its output without the last line end. */
    async function ok(...words: string[]): Promise<string> {
      const { code, stdout, stderr } = await docker(words);
      expect({ code, stderr }, `docker ${words.join(" ")}`).toEqual({ code: 0, stderr: "" });
      return stdout.trimEnd();
    }

    beforeAll(async () => {
      daemon = await startWindowsDaemon();
    });

    afterAll(() => daemon.dispose());

    it("tells that it is Windows", async () => {
      expect(await ok("version", "--format", "{{.Server.Os}}/{{.Server.Arch}} {{.Server.APIVersion}}")).toBe("windows/amd64 1.50");
      expect(await ok("info", "--format", "{{.OSType}} {{.Driver}} {{.DockerRootDir}}")).toBe(`windows ${storage} ${daemon.root}`);
    });

    it("loads an image and lists it", async () => {
      expect(await ok("load", "-i", recordedImagePath("wintest"))).toBe("Loaded image: wintest:latest");
      expect(await ok("images", "--format", "{{.Repository}}:{{.Tag}}")).toBe("wintest:latest");
    });

    it("runs a program of Windows and keeps its outputs apart", async () => {
      const { code, stdout, stderr } = await docker(["run", "--rm", image, "cmd.exe", "/c", "echo out& echo err>&2"]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "out\r\n", stderr: "err\r\n" });
      await eventually("the container is removed", async () => (await ok("ps", "-aq")) === "");
    });

    it.each([0, 7, 255])("exits with the program's exit code %i", async (code) => {
      expect((await docker(["run", "--rm", image, "cmd.exe", "/c", `exit ${code}`])).code).toBe(code);
    });

    it("exits with 127 for a program that does not exist, and says so", async () => {
      const { code, stderr } = await docker(["run", "--rm", image, "nosuch.exe"]);
      expect(code).toBe(127);
      expect(stderr).toMatch(/nosuch\.exe.*The system cannot find the file specified/s);
    });

    it("passes environment and working directory", async () => {
      const words = ["run", "--rm", "-e", "GREETING=hi there", "-w", "C:\\windows", image, "cmd.exe", "/c", "echo %GREETING%& cd"];
      expect(await ok(...words)).toBe("hi there\r\nC:\\windows");
    });

    it("pipes a megabyte in and out again, and the program sees the end of it", async () => {
      const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line} ${"x".repeat(40)}\n`).join("");
      const { code, stdout } = await docker(["run", "--rm", "-i", image, ...daemon.copyCommand], { stdin: lines });
      expect([code, stdout.length]).toEqual([0, lines.length]);
      // Not toEqual, which would print both.
      expect(stdout === lines).toBe(true);
    });

    it("keeps logs, and follows them to the end", async () => {
      const id = await ok(
        "run",
        "-d",
        "--name",
        "talker",
        image,
        "cmd.exe",
        "/c",
        "echo first& ping -n 2 127.0.0.1>nul& echo second>&2& exit 3",
      );
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(await docker(["logs", "-f", "talker"])).toEqual({ code: 0, stdout: "first\r\n", stderr: "second\r\n" });
      expect(await ok("wait", "talker")).toBe("3");
      expect(await ok("rm", "talker")).toBe("talker");
    });

    it("stops a container that runs, when asked to", async () => {
      await ok("run", "-d", "--name", "stopped", image, "ping", "-n", "100", "127.0.0.1");
      expect(await ok("ps", "--format", "{{.Names}} {{.State}}")).toBe("stopped running");
      expect(await ok("stop", "-t", "5", "stopped")).toBe("stopped");
      expect(await ok("inspect", "-f", "{{.State.Status}} {{.State.Running}} {{.State.Pid}}", "stopped")).toBe("exited false 0");
      await ok("rm", "stopped");
    });

    it("kills a container while a client waits for it", async () => {
      await ok("run", "-d", "--name", "killed", image, "ping", "-n", "100", "127.0.0.1");
      const waiting = ok("wait", "killed");
      await ok("kill", "killed");
      expect(await waiting).toBe(terminated);
      await ok("rm", "killed");
    });

    it("runs further programs in a container that runs, each with its own settings", async () => {
      await ok("run", "-d", "--name", "host", image, "ping", "-n", "100", "127.0.0.1");
      const echo = ["cmd.exe", "/c", "echo %A% %FOO%& cd& exit 3"];
      const { code, stdout } = await docker(["exec", "-e", "A=1", "-w", "C:\\windows", "host", ...echo]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "1 bar\r\nC:\\windows\r\n" });
      expect(await docker(["exec", "-i", "host", ...daemon.copyCommand], { stdin: "line" })).toEqual({
        code: 0,
        stdout: "line",
        stderr: "",
      });
      await ok("rm", "-f", "host");
    });

    it("starts a container again", async () => {
      await ok("create", "--name", "again", image, "cmd.exe", "/c", "echo started");
      expect(await ok("start", "-a", "again")).toBe("started");
      expect(await ok("start", "-a", "again")).toBe("started");
      expect(await ok("logs", "again")).toBe("started\r\nstarted");
      await ok("rm", "again");
    });

    it("ends in order with a container running: no handle and no process is left, and nothing went wrong meanwhile", async () => {
      await ok("run", "-d", "--name", "running", image, "ping", "-n", "100", "127.0.0.1");
      const following = startCommand("docker", ["-H", daemon.host, "logs", "-f", "running"]);
      const seen = new Promise((resolve) => following.once("close", resolve));
      expect((await daemon.processes()).length).toBeGreaterThan(1);
      const end = await daemon.stop();
      await seen;
      expect(end).toEqual({ code: 0, liveHandles: { systems: 0, processes: 0, callbacks: 0 } });
      expect(await daemon.processes()).toEqual([]);
      const entries = (await daemon.output()).split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
      expect(entries.filter(({ level }) => level === "error")).toEqual([]);
    });
  },
);
