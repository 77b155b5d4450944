import type { RuntimeEvent } from "@oriel/contracts";
import { eventLines } from "@oriel/testkit";
import { expect, it } from "vitest";
import { commands, setUp, specOf } from "./fixture.ts";

const containers = 500;
const atOnce = 20;

it(`${containers} containers, ${atOnce} at a time, leave nothing, and each tells its life in order`, async () => {
  const { runtime, leftovers } = setUp();
  const told = new Map<string, RuntimeEvent[]>();
  runtime.onEvent(async (event) => {
    // One that takes its time must not mix the events of a container up.
    await new Promise((resolve) => setImmediate(resolve));
    told.set(event.id, [...(told.get(event.id) ?? []), event]);
  });

  const drained = <P extends Awaited<ReturnType<typeof runtime.start>>>(process: P): P => {
    process.stdout.resume();
    process.stderr?.resume();
    return process;
  };
  async function live(id: string, how: number): Promise<void> {
    await runtime.create({ id, spec: specOf(commands.runLong) });
    const init = drained(await runtime.start(id));
    const exec = drained(await runtime.exec(id, "e1", { user: {}, cwd: "", commandLine: commands.exitWith(3) }));
    await exec.exit;
    if (how % 3 === 0) await runtime.signal(id, "init", "SIGTERM");
    if (how % 3 === 1) await runtime.signal(id, "init", "SIGKILL");
    await runtime.delete(id);
    await init.exit;
  }
  const ids = Array.from({ length: containers }, (_, index) => `c${index}`);
  const left = [...ids.entries()];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await live(next[1], next[0]);
    }),
  );

  const life = ["created", "started", "exec-added e1", "exec-started e1", "exit e1 3", expect.stringMatching(/^exit init \d+$/)];
  await expect.poll(() => [...told.values()].flat().length).toBe(containers * life.length);
  for (const id of ids) expect(eventLines(told.get(id) ?? []), id).toEqual(life);
  await expect.poll(() => leftovers()).toEqual([]);
});
