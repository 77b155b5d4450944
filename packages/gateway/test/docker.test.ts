import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Served, serve } from "./serve.ts";

const missing = spawnSync("docker", ["--version"]).status !== 0;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(missing)(`the docker command line${missing ? " (skipped: docker is not installed)" : ""}`, () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  function docker(args: readonly string[], input = ""): Promise<Outcome> {
    const env = {
      ...process.env,
      DOCKER_CONFIG: path.dirname(served.socketPath),
      DOCKER_HOST: `unix://${served.socketPath}`,
      DOCKER_CONTEXT: "",
    };
    return new Promise((resolve) => {
      const child = execFile("docker", args, { env, timeout: 15_000, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
        const code: unknown = error === null ? 0 : error.code;
        resolve({ code: typeof code === "number" ? code : -1, stdout, stderr });
      });
      child.stdin?.end(input);
    });
  }

  const ok = (stdout: unknown, stderr = "") => ({ code: 0, stdout, stderr });

  test("version", async () => {
    const format = "{{.Server.Version}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}} {{.Server.Os}}/{{.Server.Arch}}";
    expect(await docker(["version", "--format", format])).toEqual(ok("1.2.3 1.50 1.24 windows/amd64\n"));
    expect(await docker(["version"])).toEqual(ok(expect.stringContaining("Server: Oriel\n Engine:\n  Version:          1.2.3\n")));
  });

  test("info", async () => {
    expect(await docker(["info", "--format", "{{json .SecurityOptions}}"])).toEqual(ok('["name=seccomp,profile=oriel"]\n'));
    const { code, stdout, stderr } = await docker(["info"]);
    expect(code).toBe(0);
    expect(stderr).toBe("Containers are not contained on this host\n");
    for (const line of [
      "Storage Driver: windowsfilter",
      "Windows: emulated",
      "Default Isolation: process",
      "Operating System: Windows (emulated by wine-8.0 on Debian 12)",
      "OSType: windows",
      "Architecture: x86_64",
      "Total Memory: 4GiB",
      "Swarm: inactive",
    ]) {
      expect(stdout).toContain(` ${line}\n`);
    }
  });

  test("images and inspect", async () => {
    expect(await docker(["images", "--format", "{{.Repository}} {{.Tag}} {{.Size}}"])).toEqual(ok("oriel/nano latest 123MB\n"));
    expect(await docker(["images", "-q", "other"])).toEqual(ok(""));
    expect(await docker(["inspect", "-f", "{{.Os}} {{.OsVersion}}", "oriel/nano"])).toEqual(ok("windows 10.0.20348.2113\n"));
  });

  test("run keeps the streams apart and ends with the program's code", async () => {
    expect(await docker(["run", "--rm", "oriel/nano", "both"])).toEqual({ code: 7, stdout: "to stdout\r\n", stderr: "to stderr\r\n" });
    expect(await docker(["ps", "-aq"])).toEqual(ok(""));
  });

  test("run -i passes the input on, and its end", async () => {
    expect(await docker(["run", "--rm", "-i", "oriel/nano", "cat"], "line one\nline two\n")).toEqual(
      ok("line one\nline two\n[end of 18 bytes]"),
    );
  });

  test("run -t", async () => {
    expect(await docker(["run", "--rm", "-t", "oriel/nano", "echo", "out"])).toEqual(ok("out\r\n"));
  });

  test("run with much output", async () => {
    const { code, stdout } = await docker(["run", "--rm", "oriel/nano", "flood", "500"]);
    expect([code, stdout.length]).toEqual([0, 500 * 64 * 1024]);
  });

  test("a program that is not there makes 127, as the recorded dockerd scenario no-such-command has it", async () => {
    const { code, stdout, stderr } = await docker(["run", "--rm", "oriel/nano", "nosuch.exe"]);
    expect([code, stdout]).toEqual([127, ""]);
    expect(stderr).toMatch(
      /^docker: Error response from daemon: container [0-9a-f]{64} encountered an error during hcs::System::CreateProcess: nosuch\.exe: /,
    );
  });

  test("an image that is not there makes 125 and says what to do", async () => {
    // What follows is docker's own, and differs between its versions.
    expect(await docker(["run", "--rm", "nosuch:1"])).toEqual({
      code: 125,
      stdout: "",
      stderr: expect.stringMatching(
        /^Unable to find image 'nosuch:1' locally\ndocker: Error response from daemon: pulling and importing images is not available in this version of Oriel: nosuch:1\. Load it from an archive: docker load -i FILE\.\n/,
      ),
    });
  });

  test("the life of a container in the background", async () => {
    const { code, stdout } = await docker(["run", "-d", "--name", "x2", "oriel/nano", "sleep"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
    expect(await docker(["ps", "--format", "{{.Names}} {{.Image}} {{.State}}"])).toEqual(ok("x2 oriel/nano running\n"));
    expect(await docker(["run", "--name", "x2", "oriel/nano", "sleep"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('Conflict. The container name "/x2" is already in use by container'),
    });
    expect(await docker(["rm", "x2"])).toMatchObject({ code: 1, stderr: expect.stringContaining("container is running") });
    expect(await docker(["logs", "x2"])).toEqual(ok("sleeping\r\n"));
    const following = docker(["logs", "-f", "x2"]);
    expect(await docker(["stop", "-t", "2", "x2"])).toEqual(ok("x2\n"));
    expect(await following).toEqual(ok("sleeping\r\n"));
    expect(await docker(["wait", "x2"])).toEqual(ok("1073807364\n"));
    expect(await docker(["inspect", "-f", "{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}", "x2"])).toEqual(
      ok("exited false 1073807364\n"),
    );
    expect(await docker(["ps", "-a", "--format", "{{.Status}}"])).toEqual(ok(expect.stringMatching(/^Exited \(1073807364\) .* ago\n$/)));
    expect(await docker(["rm", "x2"])).toEqual(ok("x2\n"));
    expect(await docker(["rm", "x2"])).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^Error.*: No such container: x2\n$/),
    });
  });

  test("create and start -a", async () => {
    await docker(["create", "--name", "x5", "oriel/nano", "echo", "started"]);
    expect(await docker(["start", "-a", "x5"])).toEqual(ok("started\r\n"));
    expect(await docker(["rm", "-f", "x5"])).toEqual(ok("x5\n"));
  });

  test("exec, with input, in the background, and with a program that is not there", async () => {
    await docker(["run", "-d", "--name", "x6", "oriel/nano", "sleep"]);
    expect(await docker(["exec", "x6", "both"])).toEqual({ code: 7, stdout: "to stdout\r\n", stderr: "to stderr\r\n" });
    expect(await docker(["exec", "-i", "x6", "cat"], "typed")).toEqual(ok("typed[end of 5 bytes]"));
    expect(await docker(["exec", "-t", "x6", "echo", "on a terminal"])).toEqual(ok("on a terminal\r\n"));
    expect(await docker(["exec", "-d", "x6", "both"])).toEqual(ok(""));
    expect(await docker(["exec", "x6", "nosuch.exe"])).toMatchObject({
      code: 127,
      stdout: expect.stringContaining("system cannot find the file specified"),
    });
    const { code, stdout } = await docker(["exec", "x6", "flood", "500"]);
    expect([code, stdout.length]).toEqual([0, 500 * 64 * 1024]);
    await docker(["rm", "-f", "x6"]);
  });

  test("diff, commit, ps -s, history and system df", async () => {
    await docker(["run", "-d", "--name", "x7", "oriel/nano", "sleep"]);
    expect(await docker(["diff", "x7"])).toMatchObject({ code: 1, stderr: expect.stringContaining("diff of a running container") });
    expect(await docker(["ps", "-s", "--format", "{{.Size}}"])).toEqual(ok("25B (virtual 1kB)\n"));
    await docker(["kill", "x7"]);
    expect(await docker(["diff", "x7"])).toEqual(ok("C \\app\nA \\app\\new.txt\nD \\old.txt\n"));
    expect(await docker(["export", "x7"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not support exporting"),
    });
    expect(await docker(["history", "--format", "{{.ID}} {{.CreatedBy}} {{.Size}}", "oriel/nano"])).toEqual(
      ok("abababababab CMD 0B\n<missing> base 123MB\n"),
    );
    expect(await docker(["system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}"])).toEqual(
      ok("Images 1 123.5MB\nContainers 1 20B\nLocal Volumes 0 0B\nBuild Cache 0 0B\n"),
    );
    expect(await docker(["commit", "-m", "by hand", "x7", "made:1"])).toEqual(ok(`sha256:${"ef".repeat(32)}\n`));
    expect(await docker(["rmi", `sha256:${"ef".repeat(32)}`])).toMatchObject({ code: 0 });
    await docker(["rm", "x7"]);
  });

  test("load", async () => {
    const archive = path.join(path.dirname(served.socketPath), "a.tar");
    await writeFile(archive, Buffer.alloc(1_000_000));
    expect(await docker(["load", "-i", archive])).toEqual(ok("Loaded image: oriel/nano:latest\n"));
  });

  test("makes, lists and removes networks, and connects containers", async () => {
    const subnet = ["-d", "nat", "--subnet", "172.29.0.0/16", "--gateway", "172.29.0.1", "--label", "a=b"];
    expect(await docker(["network", "create", ...subnet, "shop"])).toEqual({ code: 0, stdout: `${"b2".repeat(32)}\n`, stderr: "" });
    const format = ["--format", "{{.Name}} {{.Driver}} {{.Scope}} {{.Labels}}"];
    expect((await docker(["network", "ls", ...format])).stdout).toBe("nat nat local \nnone null local \nshop nat local a=b\n");
    expect((await docker(["network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}", "nat"])).stdout).toBe(
      "web 172.30.0.2/16\n",
    );
    for (const words of [
      ["connect", "--alias", "www", "--ip", "172.29.0.9", "shop", "web"],
      ["disconnect", "shop", "web"],
    ]) {
      expect(await docker(["network", ...words])).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    expect(await docker(["network", "rm", "shop"])).toEqual({ code: 0, stdout: "shop\n", stderr: "" });
    expect(await docker(["network", "rm", "nat"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Error response from daemon: nat is a pre-defined network and cannot be removed"),
    });
  });

  test("what is not served yet is an error, not a crash", async () => {
    expect(await docker(["plugin", "ls"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "Error response from daemon: GET /plugins is not available: Oriel takes no plugins of Docker's\n",
    });
  });
});
