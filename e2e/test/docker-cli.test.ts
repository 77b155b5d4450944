import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCommand } from "../src/command.ts";
import { startDaemon, storage, type TestDaemon } from "../src/daemon.ts";
import { eventually, whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { programsArchive, programsImage } from "../src/programs.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";

describe.skipIf(skipped !== undefined)(`the docker command line${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  const docker: TestDaemon["docker"] = (...words) => daemon.docker(...words);

  /** Runs a command that must succeed; returns its output without the last line end. */
  async function ok(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await docker(words);
    expect({ code, stderr }, `docker ${words.join(" ")}`).toEqual({ code: 0, stderr: "" });
    return stdout.trimEnd();
  }

  beforeAll(async () => {
    daemon = await startDaemon();
    for (const archive of [await nanoArchive(), await programsArchive()]) expect((await docker(["load", "-i", archive])).code).toBe(0);
  });

  afterAll(() => daemon.dispose());

  it("tells the versions of client and server", async () => {
    expect(await ok("version", "--format", "{{.Server.Os}} {{.Server.APIVersion}} {{.Client.Os}}")).toBe("windows 1.50 linux");
    expect(await ok("version")).toMatch(/Server:[\s\S]*API version:\s+1\.50/);
  });

  it("tells about the host, that it is emulated and what contains its containers", async () => {
    expect(await ok("info", "--format", "{{.OSType}} {{.Driver}} {{.Isolation}}")).toBe(`windows ${storage} process`);
    expect(await ok("info", "--format", "{{json .SecurityOptions}}")).toContain("name=seccomp,profile=oriel");
    const { code, stdout } = await docker(["info"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Operating System: Windows \(emulated by wine/);
  });

  it("loads an archive and names the image; loading it again changes nothing", async () => {
    expect(await ok("load", "-i", await nanoArchive())).toContain(`Loaded image: ${image}:latest`);
    expect(await ok("images", "--format", "{{.Repository}}:{{.Tag}}")).toContain(`${image}:latest`);
  });

  it("refuses an archive that is none, naming what is wrong, and stays as it was", async () => {
    const { code, stderr } = await docker(["load"], { stdin: Buffer.alloc(10_240, "x") });
    expect(code).not.toBe(0);
    expect(stderr).not.toBe("");
    expect(await ok("images", "-q")).toMatch(/^[0-9a-f]{12}/);
  });

  it("runs a program: its output on stdout, nothing else, and the container is gone after --rm", async () => {
    expect(await docker(["run", "--rm", image, "cmd", "/c", "echo hello from Windows"])).toEqual({
      code: 0,
      stdout: "hello from Windows\r\n",
      stderr: "",
    });
    await eventually("the container is removed", async () => (await ok("ps", "-aq")) === "");
  });

  it("keeps stdout and stderr apart", async () => {
    const { stdout, stderr } = await docker(["run", "--rm", image, "cmd", "/c", "echo out& echo err>&2"]);
    expect({ stdout, stderr }).toEqual({ stdout: "out\r\n", stderr: "err\r\n" });
  });

  it.each([0, 1, 7, 255])("exits with the program's exit code %i", async (code) => {
    expect((await docker(["run", "--rm", image, "cmd", "/c", `exit ${code}`])).code).toBe(code);
  });

  it("exits with 127 for a program that does not exist, and says so", async () => {
    const { code, stderr } = await docker(["run", "--rm", image, "nosuch.exe"]);
    expect(code).toBe(127);
    expect(stderr).toMatch(/nosuch\.exe.*The system cannot find the file specified/s);
  });

  it("exits with 125 for an image that is not here, and says so", async () => {
    const { code, stderr } = await docker(["run", "--rm", "nosuch:1", "cmd"]);
    expect(code).toBe(125);
    expect(stderr).toContain("nosuch:1");
  });

  it("pipes input in, and the program sees its end", async () => {
    const { code, stdout } = await docker(["run", "--rm", "-i", programsImage, "cat"], { stdin: "line one\nline two\n" });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "line one\nline two\n" });
  });

  it("passes environment, working directory and host name", async () => {
    const words = ["run", "--rm", "-e", "GREETING=hi there", "-w", "C:\\made\\here", "-h", "box1", image, "cmd", "/c"];
    const { stdout } = await docker([...words, "echo %GREETING%& cd& hostname"]);
    // Wine's hostname prints the NetBIOS name, which is in capitals.
    expect(stdout.split("\r\n")).toEqual(["hi there", "C:\\made\\here", "BOX1", ""]);
  });

  it("does -d, ps, logs, wait, inspect and rm", async () => {
    const id = await ok("run", "-d", "--name", "detached", image, "cmd", "/c", "echo first& echo second>&2& exit 3");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await ok("wait", "detached")).toBe("3");
    expect(await docker(["logs", "detached"])).toEqual({ code: 0, stdout: "first\r\n", stderr: "second\r\n" });
    expect(await ok("ps", "-a", "--format", "{{.ID}} {{.Names}} {{.Image}} {{.Status}}")).toMatch(
      new RegExp(`^${id.slice(0, 12)} detached ${image} Exited \\(3\\) `),
    );
    expect(await ok("ps", "-q")).toBe("");
    expect(await ok("inspect", "-f", "{{.Id}} {{.Name}} {{.State.Status}} {{.State.ExitCode}} {{.Platform}}", "detached")).toBe(
      `${id} /detached exited 3 windows`,
    );
    expect(await ok("rm", "detached")).toBe("detached");
    expect((await docker(["inspect", "detached"])).code).toBe(1);
  });

  it("follows logs until the container ends", async () => {
    await ok("run", "-d", "--name", "following", image, "cmd", "/c", "echo before& ping -n 2 127.0.0.1>nul& echo after");
    const { code, stdout } = await docker(["logs", "-f", "following"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "before\r\nafter\r\n" });
    await ok("rm", "following");
  });

  it("shows following clients what comes while it comes", async () => {
    await ok("run", "-d", "--name", "live", image, "cmd", "/c", "echo started& ping -n 60 127.0.0.1>nul");
    const logs = startCommand("docker", ["-H", daemon.host, "logs", "-f", "live"]);
    const [chunk] = (await once(logs.stdout ?? logs, "data")) as [Buffer];
    expect(chunk.toString()).toBe("started\r\n");
    const ended = once(logs, "exit");
    expect(await ok("rm", "-f", "live")).toBe("live");
    expect(await ended).toEqual([0, null]);
  });

  it("stops a running container, and starts it again", async () => {
    await ok("run", "-d", "--name", "stopping", image, "cmd", "/c", "echo run& ping -n 60 127.0.0.1>nul");
    expect(await ok("ps", "--format", "{{.Names}} {{.State}}")).toBe("stopping running");
    await eventually("it has written", async () => (await docker(["logs", "stopping"])).stdout === "run\r\n");
    expect(await ok("stop", "-t", "5", "stopping")).toBe("stopping");
    expect(await ok("inspect", "-f", "{{.State.Status}} {{.State.Running}}", "stopping")).toBe("exited false");
    expect(await ok("start", "stopping")).toBe("stopping");
    await eventually("it has written again", async () => (await docker(["logs", "stopping"])).stdout === "run\r\nrun\r\n");
    await ok("rm", "-f", "stopping");
  });

  it("kills, and tells the exit code that Windows gives", async () => {
    await ok("run", "-d", "--name", "killing", image, "ping", "-n", "60", "127.0.0.1");
    expect(await ok("kill", "killing")).toBe("killing");
    expect(await ok("wait", "killing")).toBe("1073807364");
    const { code, stderr } = await docker(["kill", "killing"]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not running");
    await ok("rm", "killing");
  });

  it("keeps what a container writes between its runs, and from the image", async () => {
    await ok("run", "--name", "writing", image, "cmd", "/c", "echo x>>C:\\mine.txt& type C:\\mine.txt");
    expect(await ok("start", "-a", "writing")).toBe("x\r\nx");
    expect((await docker(["run", "--rm", image, "cmd", "/c", "if exist C:\\mine.txt exit 9"])).code).toBe(0);
    await ok("rm", "writing");
  });

  it("shows what a container changed, and makes an image of it", async () => {
    await ok("run", "--name", "changing", image, "cmd", "/c", "echo kept>C:\\new.txt& del C:\\windows\\system32\\ping.exe");
    const changes = (await ok("diff", "changing")).split("\n");
    expect(changes).toContain("A \\new.txt");
    expect(changes.some((change) => /^D .*ping\.exe$/i.test(change))).toBe(true);
    expect(await ok("ps", "-as", "--filter", "name=changing", "--format", "{{.Size}}")).toMatch(/^6B \(virtual /);

    const id = await ok("commit", "-m", "by hand", "changing", "made:1");
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await ok("history", "--format", "{{.Comment}}|{{.Size}}", "made:1")).toMatch(/^by hand\|6B\n\|/);
    const program = "type C:\\new.txt& if exist C:\\windows\\system32\\ping.exe exit 9";
    expect(await docker(["run", "--rm", "made:1", "cmd", "/c", program])).toEqual({ code: 0, stdout: "kept\r\n", stderr: "" });
    expect(await ok("system", "df", "--format", "{{.Type}} {{.TotalCount}}")).toContain("Images 3");
    await ok("rm", "changing");
    expect(await ok("rmi", "made:1")).toContain(`Deleted: ${id}`);
  });

  it("makes an image with changes: what it runs, its environment, its folder", async () => {
    await ok("create", "--name", "plain", image, "cmd");
    const changes = ['CMD ["cmd", "/c", "echo %GREETING%& cd"]', "ENV GREETING=hello", "WORKDIR C:\\made", "LABEL role=web"];
    await ok("commit", ...changes.flatMap((change) => ["--change", change]), "plain", "made:2");
    expect(await docker(["run", "--rm", "made:2"])).toEqual({ code: 0, stdout: "hello\r\nC:\\made\r\n", stderr: "" });
    expect(await ok("inspect", "-f", "{{.Config.Labels.role}}", "made:2")).toBe("web");
    expect((await docker(["commit", "--change", "RUN x", "plain"])).stderr).toContain("RUN is not a valid change command");
    await ok("rm", "plain");
    await ok("rmi", "made:2");
  });

  it("does neither while the container runs, in Docker's words", async () => {
    await ok("run", "-d", "--name", "busy", image, "ping", "-n", "60", "127.0.0.1");
    expect((await docker(["diff", "busy"])).stderr).toContain("Windows does not support diff of a running container");
    expect((await docker(["commit", "busy"])).stderr).toContain("windows does not support commit of a running container");
    await ok("rm", "-f", "busy");
  });

  describe("of a container that runs", () => {
    beforeAll(async () => {
      await ok("run", "-d", "--name", "busy", image, "cmd", "/c", "for /L %i in (1,1,2000000000) do @rem");
    });
    afterAll(() => docker(["rm", "-f", "busy"]));

    it("top lists the processes", async () => {
      const [titles, ...rows] = (await ok("top", "busy")).split("\n");
      expect(titles).toMatch(/^Name +PID +CPU +Private Working Set$/);
      expect(rows.join("\n")).toMatch(/^cmd\.exe +\d+ +\d\d:\d\d:\d\d\.\d{3} +[\d.]+[kM]B$/m);
      expect((await docker(["top", "busy", "-o", "pid"])).stderr).toContain("Windows does not support arguments to top");
    });

    it("stats shows what it uses", async () => {
      const format = "{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.BlockIO}}";
      const [name, processor = "", memory, storage] = (await ok("stats", "--no-stream", "--format", format, "busy")).split("|");
      expect([name, memory, storage]).toEqual([
        "busy",
        expect.stringMatching(/^[\d.]+[KM]iB$/),
        expect.stringMatching(/^[\d.]+[kMG]?B \/ /),
      ]);
      expect(Number.parseFloat(processor)).toBeGreaterThan(0);
      expect(await ok("stats", "--no-stream")).toMatch(/^CONTAINER ID +NAME +CPU % +PRIV WORKING SET +NET I\/O +BLOCK I\/O/);
    });

    it("pause is refused under process isolation, and update of limits, in dockerd's words", async () => {
      const id = await ok("inspect", "-f", "{{.Id}}", "busy");
      expect((await docker(["pause", "busy"])).stderr).toBe(`Error response from daemon: cannot pause container ${id}: not implemented\n`);
      expect((await docker(["update", "--memory", "100m", "busy"])).stderr).toContain(
        `Cannot update container ${id}: resource updating isn't supported on Windows`,
      );
      expect(await ok("update", "--restart", "on-failure:3", "busy")).toBe("busy");
      expect(await ok("inspect", "-f", "{{.HostConfig.RestartPolicy}}", "busy")).toBe("{on-failure 3}");
    });
  });

  it("holds a container with Hyper-V isolation: no execs meanwhile, it goes on when it is to end, and events tell it all", async () => {
    const id = await ok("run", "-d", "--name", "held", "--isolation", "hyperv", image, "ping", "-n", "600", "127.0.0.1");
    expect(await ok("pause", "held")).toBe("held");
    expect(await ok("ps", "--format", "{{.Status}}", "--filter", "status=paused")).toMatch(/^Up .* \(Paused\)$/);
    expect(await ok("inspect", "-f", "{{.State.Status}} {{.State.Paused}} {{.State.Running}}", "held")).toBe("paused true true");
    expect((await docker(["exec", "held", "cmd"])).stderr).toContain(`Container ${id} is paused, unpause the container before exec`);
    expect((await docker(["pause", "held"])).stderr).toContain(`Container ${id} is already paused`);
    expect(await ok("unpause", "held")).toBe("held");
    expect(await ok("exec", "held", "cmd", "/c", "echo goes on")).toBe("goes on");
    await ok("pause", "held");
    expect(await ok("stop", "-t", "30", "held")).toBe("held");
    await ok("start", "held");
    await ok("pause", "held");
    expect(await ok("kill", "held")).toBe("held");
    await ok("rm", "held");
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const told = await ok("events", "--since", "1h", "--until", until, "--filter", `container=${id}`, "--format", "{{.Action}}");
    expect(told.split("\n").map((action) => action.split(":")[0])).toEqual([
      ...["create", "start", "pause", "unpause", "exec_create", "exec_start", "exec_die"],
      ...["pause", "unpause", "kill", "die", "stop", "start", "pause", "kill", "die", "destroy"],
    ]);
  });

  describe("exec", () => {
    beforeAll(async () => {
      await ok(
        "run",
        "-d",
        "--name",
        "host",
        "-e",
        "FROM=container",
        "-w",
        "C:\\made",
        programsImage,
        "cmd",
        "/c",
        "ping -n 600 127.0.0.1>nul",
      );
    });
    afterAll(() => docker(["rm", "-f", "host"]));

    it("runs a program beside the container's own: streams apart, and its exit code", async () => {
      const words = ["exec", "host", "cmd", "/c", "echo out& echo err>&2& exit 3"];
      expect(await docker(words)).toEqual({ code: 3, stdout: "out\r\n", stderr: "err\r\n" });
      expect(await ok("inspect", "-f", "{{.State.Status}} {{.ExecIDs}}", "host")).toBe("running []");
    });

    it("takes environment and folder of the container, unless it is given others", async () => {
      expect(await ok("exec", "host", "cmd", "/c", "echo %FROM%& cd")).toBe("container\r\nC:\\made");
      const words = ["exec", "-e", "Z=9", "-e", "from=exec", "-w", "C:\\windows", "-u", "ContainerUser", "host", "cmd", "/c"];
      expect(await ok(...words, "echo %Z% %FROM%& cd")).toBe("9 exec\r\nC:\\windows");
    });

    it("hands arguments on as they are", async () => {
      expect(await ok("exec", "host", "cmd", "/c", "echo", "a b", "c")).toBe('"a b" c');
    });

    it("-i pipes input in, and the program sees its end", async () => {
      const { code, stdout } = await docker(["exec", "-i", "host", "cat"], { stdin: "one\ntwo\n" });
      expect({ code, stdout }).toEqual({ code: 0, stdout: "one\ntwo\n" });
      // Without -i there is no input at all.
      expect((await docker(["exec", "host", "cat"], { stdin: "lost" })).stdout).toBe("");
    });

    it("-d leaves it to itself", async () => {
      expect(await ok("exec", "-d", "host", "cmd", "/c", "echo done>C:\\made\\mark.txt")).toBe("");
      await eventually("it has written", async () => (await docker(["exec", "host", "cmd", "/c", "type mark.txt"])).stdout === "done\r\n");
    });

    it("-t gives it a terminal", async () => {
      const { code, stdout, stderr } = await docker(["exec", "-t", "host", "cmd", "/c", "echo out& echo err>&2"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/out[\s\S]*err/);
    });

    it("passes a megabyte of output without loss", async () => {
      const line = "0123456789abcdef".repeat(4);
      const { stdout } = await docker(["exec", "host", "cmd", "/c", `for /L %i in (1,1,4000) do @echo ${line}`]);
      expect(stdout.split("\r\n").filter((text) => text === line).length).toBe(4000);
    });

    it("runs ten at once", async () => {
      const runs = Array.from({ length: 10 }, (_, index) => docker(["exec", "host", "cmd", "/c", `echo number ${index}& exit ${index}`]));
      expect((await Promise.all(runs)).map(({ code, stdout }) => `${code} ${stdout}`)).toEqual(
        runs.map((_, index) => `${index} number ${index}\r\n`),
      );
    });

    it("ends with 127 for a program that does not exist, and says so", async () => {
      const { code, stdout } = await docker(["exec", "host", "nosuch.exe"]);
      expect(code).toBe(127);
      expect(stdout).toMatch(
        /encountered an error during hcs::System::CreateProcess: nosuch\.exe: .*system cannot find the file specified/s,
      );
      expect(await docker(["exec", "-d", "host", "nosuch.exe"])).toMatchObject({ code: 1, stderr: expect.stringContaining("nosuch.exe") });
    });

    it("is refused where there is no container that runs, with Docker's words and statuses", async () => {
      const id = await ok("create", "--name", "still", image, "cmd");
      expect(await docker(["exec", "nosuch", "cmd"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("No such container: nosuch"),
      });
      expect(await docker(["exec", "still", "cmd"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`container ${id} is not running`),
      });
      expect(await status("POST", "/containers/still/exec", { Cmd: ["cmd"] })).toBe(409);
      expect(await status("POST", "/containers/host/exec", { Cmd: [] })).toBe(400);
      expect(await status("POST", "/exec/nosuch/start", {})).toBe(404);
      expect(await status("GET", "/exec/nosuch/json")).toBe(404);
      await ok("rm", "still");
    });

    it("is told among the container's events, and ends with its container", async () => {
      const events = startCommand("docker", ["-H", daemon.host, "events", "--filter", "container=short", "--format", "{{.Action}}"]);
      let told = "";
      events.stdout?.on("data", (chunk: Buffer) => (told += chunk.toString()));
      // The stream has begun once it tells of something.
      await eventually("events are told", async () => {
        await docker(["rm", "-f", "short"]);
        await ok("run", "-d", "--name", "short", image, "ping", "-n", "600", "127.0.0.1");
        return told !== "";
      });
      told = "";
      const exec = startCommand("docker", ["-H", daemon.host, "exec", "short", "cmd", "/c", "echo begun& ping -n 600 127.0.0.1>nul"]);
      await once(exec.stdout ?? exec, "data");
      const ended = once(exec, "exit");
      await ok("rm", "-f", "short");
      expect(await ended).not.toEqual([0, null]);
      await eventually("the end is told", async () => told.includes("destroy"));
      events.kill();
      const actions = told.trim().split("\n");
      const order = ["exec_create", "exec_start", "exec_die", "die", "destroy"].map((name) =>
        actions.findIndex((action) => action.split(":")[0] === name),
      );
      expect(order, told).toEqual([...order].sort((a, b) => a - b));
      expect(order[0], told).toBeGreaterThanOrEqual(0);
    });
  });

  it("refuses a name in use, with Docker's words and status", async () => {
    await ok("create", "--name", "taken", image, "cmd");
    const { code, stderr } = await docker(["run", "--name", "taken", image, "cmd"]);
    expect(code).toBe(125);
    expect(stderr).toContain('Conflict. The container name "/taken" is already in use by container');
    expect(await status("POST", "/containers/create?name=taken", { Image: image, Cmd: ["cmd"] })).toBe(409);
    await ok("rm", "taken");
  });

  it("returns Docker's statuses for what is not there", async () => {
    expect(await docker(["logs", "nosuch"])).toMatchObject({ code: 1, stderr: expect.stringContaining("No such container: nosuch") });
    expect(await docker(["rmi", "nosuch"])).toMatchObject({ code: 1, stderr: expect.stringContaining("No such image: nosuch") });
    expect(await status("GET", "/containers/nosuch/json")).toBe(404);
    expect(await status("GET", "/images/nosuch/json")).toBe(404);
    expect(await status("POST", "/containers/create", { Image: "nosuch" })).toBe(404);
  });

  it("removes a running container only with -f", async () => {
    await ok("run", "-d", "--name", "busy", image, "ping", "-n", "60", "127.0.0.1");
    expect((await docker(["rm", "busy"])).code).toBe(1);
    expect(await ok("rm", "-f", "busy")).toBe("busy");
    expect(await ok("ps", "-aq")).toBe("");
  });

  it("removes an image only when no container uses it, and can load it again", async () => {
    await ok("create", "--name", "user", image, "cmd");
    const tags = (await ok("image", "inspect", "-f", '{{join .RepoTags " "}}', image)).split(" ");
    for (const tag of tags.filter((name) => name !== `${image}:latest`)) expect(await ok("rmi", tag)).toBe(`Untagged: ${tag}`);
    const { code, stderr } = await docker(["rmi", image]);
    expect(code).toBe(1);
    expect(stderr).toContain("conflict");
    await ok("rm", "user");
    await ok("rmi", programsImage);
    expect(await ok("rmi", image)).toMatch(/Untagged: oriel\/nano:latest[\s\S]*Deleted: sha256:/);
    expect(await ok("images", "-q")).toBe("");
    await ok("load", "-i", await nanoArchive());
    expect((await docker(["run", "--rm", image, "cmd", "/c", "echo again"])).stdout).toBe("again\r\n");
  });

  it("runs ten containers at once", async () => {
    const runs = Array.from({ length: 10 }, (_, index) =>
      docker(["run", "--rm", image, "cmd", "/c", `echo number ${index}& exit ${index}`]),
    );
    const results = await Promise.all(runs);
    expect(results.map(({ code, stdout }) => `${code} ${stdout}`)).toEqual(runs.map((_, index) => `${index} number ${index}\r\n`));
  });

  it("passes a megabyte of output without loss", async () => {
    const line = "0123456789abcdef".repeat(4);
    const program = `for /L %i in (1,1,4000) do @echo ${line}`;
    const { stdout } = await docker(["run", "--rm", image, "cmd", "/c", program]);
    expect(stdout.split("\r\n").filter((text) => text === line).length).toBe(4000);
  });

  async function status(method: string, path: string, body?: unknown): Promise<number> {
    const http = await import("node:http");
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath: daemon.socket, method, path, headers: { "content-type": "application/json" } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.once("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
});
