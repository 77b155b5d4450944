import { guestProcesses } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";

describe.skipIf(skipped !== undefined)(`events across a daemon that is killed${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterAll(() => daemon.dispose());

  /** What was kept of a container, action by action, with its exit code. */
  async function told(name: string): Promise<string[]> {
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const format = "{{.Action}} {{.Actor.Attributes.exitCode}}";
    const { stdout } = await daemon.docker([
      "events",
      "--since",
      "1",
      "--until",
      until,
      "--filter",
      `container=${name}`,
      "--format",
      format,
    ]);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(" <no value>", "").trimEnd());
  }

  it("tell the end of each container once: of the one that ended before, and of the one whose end nobody saw", async () => {
    await daemon.docker(["run", "-d", "--name", "ended", image, "cmd", "/c", "exit 3"]);
    await daemon.docker(["wait", "ended"]);
    await daemon.docker(["run", "-d", "--name", "running", image, "ping", "-n", "1000", "127.0.0.1"]);
    for (const _ of ["once", "twice"]) {
      await daemon.end("SIGKILL");
      await eventually("no Wine process is left", async () => (await guestProcesses(daemon.root)).length === 0);
      daemon = await startDaemon({ folder: daemon.folder });
    }
    expect(await told("ended")).toEqual(["create", "start", "die 3"]);
    expect(await told("running")).toEqual(["create", "start", "die 255"]);
  });
});
