import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, mountsBelow, whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";

// What a client sees must not depend on where layers are kept. The rest of the end-to-end tests runs on one backend at a time:
// ORIEL_E2E_STORAGE names another.
describe.skipIf(skipped !== undefined).each(["windowsfilter", "snapshotter"])(
  `storage = "%s"${skipped ? ` (skipped: ${skipped})` : ""}`,
  (storage) => {
    const configuration = `storage = "${storage}"\n`;
    let daemon: TestDaemon;
    const docker: TestDaemon["docker"] = (...words) => daemon.docker(...words);
    const run = (from: string, program: string) => docker(["run", "--rm", from, "cmd", "/c", program]);

    /** Runs a command that must succeed; returns its output without the last line end. */
    async function ok(...words: string[]): Promise<string> {
      const { code, stdout, stderr } = await docker(words);
      expect({ code, stderr }, `docker ${words.join(" ")}`).toEqual({ code: 0, stderr: "" });
      return stdout.trimEnd();
    }

    async function restartAfterKill(): Promise<void> {
      await daemon.end("SIGKILL");
      await eventually("no Wine process is left", async () => (await guestProcesses(daemon.root)).length === 0);
      daemon = await startDaemon({ folder: daemon.folder, configuration });
      expect(await mountsBelow(daemon.root)).toEqual([]);
    }

    /** The archive gives its image several names. */
    async function untagOthers(): Promise<void> {
      const tags = (await ok("image", "inspect", "-f", '{{join .RepoTags " "}}', image)).split(" ");
      for (const tag of tags.filter((name) => name !== `${image}:latest`)) await ok("rmi", tag);
    }

    beforeAll(async () => {
      daemon = await startDaemon({ configuration });
      expect(await ok("load", "-i", await nanoArchive())).toContain(`Loaded image: ${image}:latest`);
    });

    afterAll(() => daemon.dispose());

    it("is what the daemon says of itself", async () => {
      expect(await ok("info", "--format", "{{.Driver}}")).toBe(storage);
    });

    it("gives each container a root of its own, and keeps what it writes until it is removed", async () => {
      await ok("run", "--name", "writing", image, "cmd", "/c", "echo x>>C:\\mine.txt& type C:\\mine.txt");
      expect(await ok("start", "-a", "writing")).toBe("x\r\nx");
      expect((await run(image, "if exist C:\\mine.txt exit 9")).code).toBe(0);
      await ok("rm", "writing");
    });

    it("takes a size for a container's disk, and refuses what is none", async () => {
      expect((await docker(["run", "--rm", "--storage-opt", "size=30GB", image, "cmd", "/c", "exit 4"])).code).toBe(4);
      for (const option of ["size=-1", "size=big", "sise=20GB"]) {
        const { code, stderr } = await docker(["create", "--storage-opt", option, image, "cmd"]);
        expect({ code, named: stderr.includes(option.slice(0, 4)) }, option).toEqual({ code: 1, named: true });
      }
      expect(await ok("ps", "-aq")).toBe("");
    });

    it("shows what a container changed, and makes an image of it, which runs and is removed", async () => {
      const program = "mkdir C:\\made& echo kept>C:\\made\\new.txt& del C:\\windows\\system32\\ping.exe";
      await ok("run", "--name", "changing", image, "cmd", "/c", program);
      const changes = (await ok("diff", "changing")).split("\n");
      expect(changes).toContain("A \\made\\new.txt");
      expect(changes.some((change) => /^D .*ping\.exe$/i.test(change))).toBe(true);
      expect(await ok("ps", "-as", "--filter", "name=changing", "--format", "{{.Size}}")).toMatch(/^6B \(virtual /);

      const id = await ok("commit", "changing", "made:1");
      await ok("rm", "changing");
      expect(await ok("history", "--format", "{{.Size}}", "made:1")).toMatch(/^6B\n/);
      const shown = await run("made:1", "type C:\\made\\new.txt& if exist C:\\windows\\system32\\ping.exe exit 9");
      expect(shown).toEqual({ code: 0, stdout: "kept\r\n", stderr: "" });
      // A layer on that, so that there are three.
      await ok("run", "--name", "changing", "made:1", "cmd", "/c", "echo more>>C:\\made\\new.txt");
      await ok("commit", "changing", "made:2");
      await ok("rm", "changing");
      expect((await run("made:2", "type C:\\made\\new.txt")).stdout).toBe("kept\r\nmore\r\n");
      await ok("rmi", "made:2");
      // The layers of the base stay, as another image has them.
      expect(await ok("rmi", "made:1")).toContain(`Deleted: ${id}`);
      expect((await run("made:1", "exit 0")).code).toBe(125);
    });

    it("leaves alternate streams out of what a container changed, with a warning, and refuses a name that a tar has no room for", async () => {
      await ok("run", "--name", "streams", image, "cmd", "/c", "echo x>C:\\a.txt& echo zone>C:\\a.txt:zone");
      expect((await ok("diff", "streams")).split("\n").filter((change) => change.includes("a.txt"))).toEqual(["A \\a.txt"]);
      expect(await ok("ps", "-as", "--filter", "name=streams", "--format", "{{.Size}}")).toMatch(/^3B \(virtual /);
      await ok("commit", "streams", "made:3");
      expect((await run("made:3", "type C:\\a.txt")).stdout).toBe("x\r\n");
      expect(daemon.output()).toContain("alternate streams are left out of what it changed");
      await ok("run", "--name", "hidden", image, "cmd", "/c", "echo x>C:\\.wh.a.txt");
      expect(await ok("diff", "hidden")).toContain("A \\.wh.a.txt");
      const { code, stderr } = await docker(["commit", "hidden", "made:4"]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("Files/.wh.a.txt") });
      await ok("rm", "streams", "hidden");
      await ok("rmi", "made:3");
    });

    it("refuses to remove what is in use, and gives all back when nothing is", async () => {
      await ok("create", "--name", "user", image, "cmd");
      await untagOthers();
      expect((await docker(["rmi", image])).code).toBe(1);
      await ok("rm", "user");
      expect(await ok("rmi", image)).toContain("Deleted: sha256:");
      expect(await ok("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}")).toContain("Images 0 0B");
      await ok("load", "-i", await nanoArchive());
      expect((await run(image, "echo again")).stdout).toBe("again\r\n");
    });

    it("has after a crash what was there before: images, containers and what they wrote", async () => {
      await ok("run", "--name", "wrote", image, "cmd", "/c", "echo before>C:\\mine.txt");
      await ok("run", "-d", "--name", "running", image, "cmd", "/c", "echo during>C:\\mine.txt& ping -n 100 127.0.0.1>nul");
      await eventually(
        "it has written",
        async () => (await docker(["exec", "running", "cmd", "/c", "type C:\\mine.txt"])).stdout === "during\r\n",
      );
      await restartAfterKill();
      expect(await ok("diff", "wrote")).toContain("A \\mine.txt");
      expect(await ok("diff", "running")).toContain("A \\mine.txt");
      await ok("commit", "running", "survived:1");
      expect((await run("survived:1", "type C:\\mine.txt")).stdout).toBe("during\r\n");
      await ok("rm", "wrote", "running");
      await ok("rmi", "survived:1");
    });

    it("is whole after a crash in the midst of loading, committing and removing, which can be done again", async () => {
      await untagOthers();
      await ok("rmi", image);
      const loading = docker(["load", "-i", await nanoArchive()]);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await restartAfterKill();
      await loading;
      await ok("load", "-i", await nanoArchive());

      await ok("run", "--name", "source", image, "cmd", "/c", "echo x>C:\\mine.txt");
      await ok("commit", "source", "made:1");
      const moments = [
        ["commit", "source", "made:2"],
        ["rmi", "made:1"],
        ["rm", "source"],
      ];
      for (const [index, words] of moments.entries()) {
        const cut = docker(words);
        await new Promise((resolve) => setTimeout(resolve, 60 + 40 * index));
        await restartAfterKill();
        const { code } = await cut;
        const { code: again, stderr } = await docker(words);
        // What was removed before the end of the daemon is not there any more.
        const isGone = /no such (container|image)/i.test(stderr);
        expect(code === 0 || again === 0 || isGone, `${words.join(" ")}: ${stderr}`).toBe(true);
      }
      expect((await run("made:2", "type C:\\mine.txt")).stdout).toBe("x\r\n");
      expect((await run(image, "echo whole")).stdout).toBe("whole\r\n");
      await ok("rmi", "made:2");
      expect(await ok("ps", "-aq")).toBe("");
      expect(await ok("images", "--format", "{{.Repository}}")).not.toContain("made");
    });

    it("makes layers again that are lost, and says what helps when it cannot", async () => {
      expect(await daemon.end("SIGTERM")).toBe(0);
      await rm(path.join(daemon.root, storage), { recursive: true });
      daemon = await startDaemon({ folder: daemon.folder, configuration });

      const blobs = path.join(daemon.root, "images/content/blobs");
      await rename(blobs, `${blobs}-away`);
      const { code, stderr } = await run(image, "exit 0");
      expect(code).toBe(125);
      expect(stderr.split("\n")[0]).toMatch(/ layer sha256:\w+ of image oriel\/nano:\S+ is not in storage, .* Load the image again\.?$/);
      await rename(`${blobs}-away`, blobs);
      expect(await run(image, "echo again")).toEqual({ code: 0, stdout: "again\r\n", stderr: "" });
    });

    it("leaves nothing mounted when it is stopped", async () => {
      expect(await daemon.end("SIGTERM")).toBe(0);
      expect(await mountsBelow(daemon.root)).toEqual([]);
    });
  },
);

describe.skipIf(skipped !== undefined)(`a change of the storage${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  it("takes nothing away: images run as they are, and containers wait for the storage that has them", async () => {
    const print = (text: string) => ["run", "--rm", image, "cmd", "/c", `echo ${text}`];
    let daemon = await startDaemon({ configuration: 'storage = "windowsfilter"\n' });
    const change = async (to: string) => {
      expect(await daemon.end("SIGTERM")).toBe(0);
      daemon = await startDaemon({ folder: daemon.folder, configuration: `storage = "${to}"\n` });
    };
    try {
      expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
      expect((await daemon.docker(["run", "--name", "kept", image, "cmd", "/c", "echo x>C:\\mine.txt"])).code).toBe(0);

      await change("snapshotter");
      // The image's layers are unpacked again, once for two who want them.
      const [one, two] = await Promise.all([daemon.docker(print("one")), daemon.docker(print("two"))]);
      expect([one, two].map(({ stderr, stdout }) => stderr + stdout)).toEqual(["one\r\n", "two\r\n"]);
      const { code, stderr } = await daemon.docker(["start", "kept"]);
      expect(code).toBe(1);
      expect(stderr.split("\n")[0]).toMatch(
        / the storage "snapshotter" does not have the disk of container kept, .* made in \S+\/windowsfilter\/\S+ /,
      );

      await change("windowsfilter");
      expect((await daemon.docker(print("three"))).stdout).toBe("three\r\n");
      expect((await daemon.docker(["diff", "kept"])).stdout).toContain("A \\mine.txt");
    } finally {
      await daemon.dispose();
    }
  });
});
