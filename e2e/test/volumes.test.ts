import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();

/** With both storage backends: volumes are the engine's, and stay when the storage is another. */
const storages = ["windowsfilter", "snapshotter"] as const;

describe.skipIf(skipped !== undefined).each(storages)(
  `volumes, with storage %s${skipped ? ` (skipped: ${skipped})` : ""}`,
  (storageName) => {
    let daemon: TestDaemon;

    const configuration = (storage: string): string => `storage = "${storage}"\n`;
    const docker = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await daemon.docker(words);
      if (code !== 0) throw new Error(`docker ${words.join(" ")}: exit code ${code}: ${stderr}`);
      return stdout.replace(/\n$/, "");
    };
    const refusal = async (...words: string[]): Promise<string> => {
      const { code, stderr } = await daemon.docker(words);
      expect(code).not.toBe(0);
      return stderr;
    };
    const cmd = (words: readonly string[], command: string) => docker("run", ...words, "oriel/nano", "cmd", "/c", command);
    const dataOf = (name: string): string => path.join(daemon.root, "volumes", name, "_data");
    const restart = async (storage: string): Promise<void> => {
      const { folder } = daemon;
      await daemon.end("SIGTERM");
      daemon = await startDaemon({ folder, configuration: configuration(storage) });
    };

    beforeAll(async () => {
      daemon = await startDaemon({ configuration: configuration(storageName) });
      await docker("load", "-i", await nanoArchive());
    });
    afterEach(async () => {
      const left = (await docker("ps", "-aq")).split("\n").filter(Boolean);
      if (left.length > 0) await docker("rm", "-fv", ...left);
      await docker("volume", "prune", "-af");
    });
    afterAll(() => daemon.dispose());

    it("outlive containers, are shared by two at once, and are read-only where that was asked for", async () => {
      expect(await docker("volume", "create", "--label", "role=db", "Data")).toBe("data");
      await cmd(["--rm", "-v", "data:C:\\data"], "echo one>C:\\data\\one.txt");
      expect(await readFile(path.join(dataOf("data"), "one.txt"), "utf8")).toBe("one\r\n");
      await docker("run", "-d", "--name", "first", "-v", "DATA:C:\\first", "oriel/nano", "cmd", "/c", "ping -n 60 127.0.0.1 >nul");
      await cmd(["--rm", "--mount", "type=volume,source=data,target=D:"], "echo two>D:\\two.txt");
      expect(await docker("exec", "first", "cmd", "/c", "type C:\\first\\one.txt& type C:\\first\\two.txt")).toBe("one\r\ntwo\r");
      expect(await cmd(["--rm", "-v", "data:D::ro"], "type D:\\two.txt& echo no>D:\\no.txt& del D:\\one.txt")).toContain("two");
      expect((await readdir(dataOf("data"))).sort()).toEqual(["one.txt", "two.txt"]);
    });

    it("that are empty get what the image has at their place, with its attributes, and keep it for the next container", async () => {
      const making = "mkdir C:\\data\\sub& echo image>C:\\data\\sub\\a.txt& echo hidden>C:\\data\\h.txt& attrib +h C:\\data\\h.txt";
      await cmd(["--name", "maker"], making);
      await docker("commit", "maker", "filled");
      await docker("create", "--name", "never-started", "-v", "data:C:\\Data", "filled");
      expect((await readdir(dataOf("data"), { recursive: true })).sort()).toEqual(["h.txt", "sub", path.join("sub", "a.txt")]);
      expect(await readdir(path.dirname(dataOf("data")))).toEqual(["_data"]);
      const shown = await docker(
        "run",
        "--rm",
        "--volumes-from",
        "never-started",
        "oriel/nano",
        "cmd",
        "/c",
        "type C:\\data\\sub\\a.txt& attrib C:\\data\\h.txt",
      );
      expect(shown).toMatch(/^image\r\n\s*A?\s*H\s+C:\\data\\h\.txt/i);
      await docker("run", "--rm", "-v", "data:C:\\data", "filled", "cmd", "/c", "echo new>C:\\data\\sub\\a.txt");
      expect(await docker("run", "--rm", "-v", "data:C:\\data", "filled", "cmd", "/c", "type C:\\data\\sub\\a.txt")).toBe("new\r");
      await docker("run", "--rm", "--mount", "type=volume,source=plain,target=C:\\data,volume-nocopy", "filled", "cmd", "/c", "ver");
      expect(await readdir(dataOf("plain"))).toEqual([]);
      await docker("rm", "-v", "maker", "never-started");
      await docker("rmi", "filled");
    });

    // What is the same code whatever the storage.
    if (storageName !== "windowsfilter") return;

    it("are shown by inspect, ls, ps and system df as docker shows them", async () => {
      await docker("volume", "create", "data");
      await cmd(["--name", "web", "-v", "data:C:\\Data", "-v", "C:\\anon"], "echo 12345>C:\\data\\a.txt");
      expect(JSON.parse(await docker("volume", "inspect", "DATA"))).toEqual([
        {
          CreatedAt: expect.stringMatching(/^20\d\d-.*Z$/),
          Driver: "local",
          Labels: null,
          Mountpoint: dataOf("data"),
          Name: "data",
          Options: null,
          Scope: "local",
        },
      ]);
      const mounts = JSON.parse(await docker("inspect", "-f", "{{json .Mounts}}", "web"));
      const anonymous = mounts[0].Name;
      expect(mounts).toEqual([
        {
          Type: "volume",
          Name: anonymous,
          Source: dataOf(anonymous),
          Destination: "c:\\anon",
          Driver: "local",
          Mode: "",
          RW: true,
          Propagation: "",
        },
        {
          Type: "volume",
          Name: "data",
          Source: dataOf("data"),
          Destination: "c:\\data",
          Driver: "local",
          Mode: "",
          RW: true,
          Propagation: "",
        },
      ]);
      expect(await docker("ps", "-a", "--no-trunc", "--format", "{{.Mounts}}|{{.LocalVolumes}}")).toBe(`${anonymous},data|2`);
      expect(await docker("volume", "ls", "-q", "--filter", "dangling=false", "--filter", "name=^data$")).toBe("data");
      expect(await docker("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}")).toContain("Local Volumes 2 2 7B");
    });

    it("that nobody has named go with --rm and rm -v only, and are what prune removes by itself", async () => {
      const names = async () => (await docker("volume", "ls", "-q")).split("\n").filter(Boolean);
      await cmd(["--rm", "-v", "C:\\anon"], "echo x>C:\\anon\\x");
      expect(await names()).toEqual([]);
      await cmd(["--name", "web", "-v", "C:\\anon"], "echo x>C:\\anon\\x");
      await docker("rm", "-v", "web");
      expect(await names()).toEqual([]);
      await cmd(["--name", "web", "-v", "C:\\anon", "-v", "data:C:\\data"], "echo x>C:\\anon\\x");
      await docker("container", "prune", "-f");
      expect(await names()).toHaveLength(2);
      expect(await docker("volume", "prune", "-f")).toMatch(/^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 3B$/);
      expect(await names()).toEqual(["data"]);
    });

    it("that are used are not removed, in dockerd's words", async () => {
      const id = await docker("create", "-v", "data:C:\\data", "oriel/nano");
      expect(await refusal("volume", "rm", "data")).toBe(`Error response from daemon: remove data: volume is in use - [${id}]\n`);
      await docker("rm", id);
      expect(await docker("volume", "rm", "data")).toBe("data");
      expect(await refusal("volume", "rm", "data")).toBe("Error response from daemon: get data: no such volume\n");
    });

    it("come from another container, read-only if asked for", async () => {
      await docker("create", "--name", "source", "-v", "data:C:\\shared", "oriel/nano");
      await cmd(["--rm", "--volumes-from", "source"], "echo shared>C:\\shared\\a.txt");
      expect(await cmd(["--rm", "--volumes-from", "source:ro"], "type C:\\shared\\a.txt& echo no>C:\\shared\\b.txt")).toContain("shared");
      expect(await readdir(dataOf("data"))).toEqual(["a.txt"]);
      expect(await refusal("run", "--rm", "--volumes-from", "nosuch", "oriel/nano")).toContain(
        "Error response from daemon: No such container: nosuch",
      );
    });

    it("of an image are made, unless a folder of the host is at their place", async () => {
      await docker("create", "--name", "plain", "oriel/nano", "cmd", "/c", "echo x>C:\\data\\x.txt");
      await docker("commit", "-c", "VOLUME C:\\\\data", "plain", "withvolume");
      const host = path.join(daemon.folder, "host");
      await mkdir(host, { recursive: true });
      await docker("run", "--name", "own", "withvolume");
      expect(await docker("inspect", "-f", "{{range .Mounts}}{{.Type}} {{.Destination}}{{end}}", "own")).toBe("volume c:\\data");
      expect(await docker("diff", "own")).not.toContain("x.txt");
      await docker("run", "--rm", "-v", `${host}:c:/DATA`, "withvolume");
      expect(await readdir(host)).toEqual(["x.txt"]);
      await docker("rm", "-v", "own", "plain");
      await docker("rmi", "withvolume");
    });

    it("are reported as events with dockerd's attributes", async () => {
      const since = String(Date.now() / 1000);
      await cmd(["--rm", "--name", "web", "-v", "data:C:\\data:ro"], "ver");
      await docker("volume", "rm", "data");
      const format =
        '{{.Action}} {{.Actor.ID}} {{index .Actor.Attributes "driver"}} {{index .Actor.Attributes "destination"}} {{index .Actor.Attributes "read/write"}}';
      const events = await docker(
        "events",
        "--since",
        since,
        "--until",
        String((Date.now() + 1) / 1000),
        "--filter",
        "type=volume",
        "--format",
        format,
      );
      expect(events.split("\n")).toEqual([
        "create data local  ",
        "mount data local c:\\data false",
        "unmount data local  ",
        "destroy data local  ",
      ]);
    });

    it("stay when the daemon is started again, also on the other storage", async () => {
      await docker("volume", "create", "--label", "a=b", "data");
      await writeFile(path.join(dataOf("data"), "kept.txt"), "kept");
      await restart("snapshotter");
      expect(await docker("volume", "inspect", "-f", "{{.Labels}}", "data")).toBe("map[a:b]");
      await docker("load", "-i", await nanoArchive());
      expect(await cmd(["--rm", "-v", "data:D:"], "type D:\\kept.txt")).toBe("kept");
      await restart(storageName);
      expect(await cmd(["--rm", "-v", "data:D:"], "type D:\\kept.txt")).toBe("kept");
    });
  },
);
