import { readdir } from "node:fs/promises";
import path from "node:path";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCommand } from "../src/command.ts";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { type HeldResources, heldResources } from "../src/held-resources.ts";
import { eventually, mountsBelow, whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";
/** The release check has 500. */
const count = Number(process.env.ORIEL_MANY ?? 12);
const atOnce = 20;
/** MiB that a daemon's memory may vary by, whatever the number of containers: the garbage collector takes its time. */
const memorySlack = 96;

const lifeOfOne = ["create", "start", "exec_create", "exec_start", "exec_die", "kill", "die", "stop", "destroy"];

describe.skipIf(skipped !== undefined)(`${count} containers${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterAll(() => daemon.dispose());

  it("are started, exec'd into, stopped and removed without a trace, each with its events in order", {
    timeout: 120_000 + count * 4000,
  }, async () => {
    const events = await followEvents(daemon);
    await lives(daemon, "warm", Math.min(atOnce, count));
    const before = await settled(daemon);

    const begun = Date.now();
    await lives(daemon, "box", count);
    const seconds = (Date.now() - begun) / 1000;
    const after = await settled(daemon);
    process.stdout.write(
      `${count} containers, ${atOnce} at a time: ${seconds.toFixed(1)} s; ${figures(before)} before, ${figures(after)} after\n`,
    );

    expect(after.descriptors, "descriptors").toBeLessThanOrEqual(before.descriptors);
    expect(after.threads, "threads").toBeLessThanOrEqual(before.threads);
    expect(after.memory, "MiB").toBeLessThanOrEqual(before.memory + memorySlack);
    const told = await events.end();
    for (let index = 0; index < count; index += 1) expect(told(`box-${index}`), `events of box-${index}`).toEqual(lifeOfOne);
  });
});

/** The whole life of each of so many containers, so many at once. */
async function lives(daemon: TestDaemon, prefix: string, number: number): Promise<void> {
  const left = Array.from({ length: number }, (_, index) => `${prefix}-${index}`);
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await life(daemon, name);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function life({ docker }: TestDaemon, name: string): Promise<void> {
  const run = await docker(["run", "-d", "--name", name, image, "ping", "-n", "1000", "127.0.0.1"]);
  expect(run, name).toMatchObject({ code: 0, stderr: "" });
  const exec = await docker(["exec", name, "cmd", "/c", `echo ${name}& exit 3`]);
  expect(exec, name).toEqual({ code: 3, stdout: `${name}\r\n`, stderr: "" });
  expect(await docker(["stop", "-t", "30", name]), name).toEqual({ code: 0, stdout: `${name}\n`, stderr: "" });
  expect(await docker(["rm", name]), name).toEqual({ code: 0, stdout: `${name}\n`, stderr: "" });
}

/** What the daemon holds once nothing of its containers is left. */
async function settled({ root, process: { pid = 0 } }: TestDaemon): Promise<HeldResources> {
  await eventually("no Wine process is left", async () => (await guestProcesses(root)).length === 0);
  expect(await mountsBelow(root), "mounts").toEqual([]);
  expect(await readdir(path.join(root, "containers")), "folders of containers").toEqual([]);
  // Connections of clients that have ended are closed a moment later.
  let last = await heldResources(pid);
  await eventually("the descriptors stay the same for a while", async () => {
    const { descriptors } = last;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    last = await heldResources(pid);
    return last.descriptors === descriptors;
  });
  return last;
}

function figures({ descriptors, threads, memory }: HeldResources): string {
  return `${descriptors} descriptors, ${threads} threads and ${memory} MiB`;
}

/** Events from now on, as a client sees them; ended, by the name of the container. */
async function followEvents(daemon: TestDaemon): Promise<{ end(): Promise<(name: string) => string[]> }> {
  const format = "{{.Actor.Attributes.name}} {{.Action}}";
  const child = startCommand("docker", ["-H", daemon.host, "events", "--filter", "type=container", "--format", format]);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const isTold = async (name: string): Promise<boolean> => {
    await daemon.docker(["create", "--name", name, image]);
    await daemon.docker(["rm", name]);
    return text.includes(`${name} destroy`);
  };
  await eventually("events are told", () => isTold("first"));
  return {
    async end() {
      await eventually("the last event is told", () => isTold("last"));
      child.kill();
      const lines = text.split("\n").map((line) => line.split(" "));
      // `exec_create: cmd /c …`
      return (name) => lines.filter(([of]) => of === name).map(([, action = ""]) => action.replace(/:$/, ""));
    },
  };
}
