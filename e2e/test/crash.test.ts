import { guestProcesses } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, mountsBelow, whyNoContainers } from "../src/host.ts";
import { isLongRun } from "../src/long-run.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoContainers();
const image = "oriel/nano";

describe.skipIf(skipped !== undefined)(`a daemon that is killed${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.oriel(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterAll(() => daemon.dispose());

  it("finds a running container again with its true state, logs and name, and nothing left of its run", async () => {
    await daemon.oriel(["run", "-d", "--name", "survivor", image, "cmd", "/c", "echo before the crash& ping -n 100 127.0.0.1>nul"]);
    await daemon.oriel(["run", "--name", "done", image, "cmd", "/c", "exit 4"]);
    await eventually("it has written", async () => (await daemon.oriel(["logs", "survivor"])).stdout !== "");
    expect((await guestProcesses(daemon.root)).length).toBeGreaterThan(0);
    await daemon.end("SIGKILL");

    // The guest notices by itself that nobody is there any more.
    await eventually("no Wine process is left", async () => (await guestProcesses(daemon.root)).length === 0);
    daemon = await startDaemon({ folder: daemon.folder });
    expect(await mountsBelow(daemon.root)).toEqual([]);
    expect(await guestProcesses(daemon.root)).toEqual([]);

    const [state] = JSON.parse((await daemon.oriel(["inspect", "survivor"])).stdout) as [{ State: Record<string, unknown> }];
    expect(state.State).toMatchObject({ Status: "exited", Running: false, Pid: 0 });
    expect(state.State.Error).toMatch(/daemon/);
    const [other] = JSON.parse((await daemon.oriel(["inspect", "done"])).stdout) as [{ State: Record<string, unknown> }];
    expect(other.State).toMatchObject({ Status: "exited", ExitCode: 4, Error: "" });
    expect((await daemon.oriel(["logs", "survivor"])).stdout).toBe("before the crash\r\n");
    expect((await daemon.oriel(["rm", "survivor"])).code).toBe(0);
    const again = await daemon.oriel(["run", "--name", "survivor", image, "cmd", "/c", "echo again"]);
    expect(again).toEqual({ code: 0, stdout: "again\r\n", stderr: "" });
  });

  it("comes back whole after being killed at any moment of a container's life", { timeout: 300_000 }, async () => {
    for (const delay of isLongRun ? [0, 30, 60, 100, 150, 220, 300, 450] : [30, 150, 300]) {
      const run = daemon.oriel(["run", "--rm", "--name", `moment-${delay}`, image, "cmd", "/c", "echo x"]);
      await new Promise((resolve) => setTimeout(resolve, delay + 150));
      await daemon.end("SIGKILL");
      await run;
      daemon = await startDaemon({ folder: daemon.folder });
      expect(await mountsBelow(daemon.root), `after ${delay} ms`).toEqual([]);
      expect(await guestProcesses(daemon.root), `after ${delay} ms`).toEqual([]);
      await daemon.oriel(["rm", "-f", `moment-${delay}`]);
      const after = await daemon.oriel(["run", "--rm", "--name", `moment-${delay}`, image, "cmd", "/c", "echo y"]);
      expect(after, `after ${delay} ms`).toEqual({ code: 0, stdout: "y\r\n", stderr: "" });
    }
  });
});
