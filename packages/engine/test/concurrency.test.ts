import { isOrielError } from "@oriel/contracts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { each, type TestEngine, testEngine, textOf, waits } from "./test-engine.ts";

const operations = {
  start: ({ engine }: TestEngine, id: string) => engine.containers.start(id),
  stop: ({ engine }: TestEngine, id: string) => engine.containers.stop(id),
  kill: ({ engine }: TestEngine, id: string) => engine.containers.kill(id),
  restart: ({ engine }: TestEngine, id: string) => engine.containers.restart(id),
  remove: ({ engine }: TestEngine, id: string) => engine.containers.remove(id),
  removeByForce: ({ engine }: TestEngine, id: string) => engine.containers.remove(id, { force: true }),
  rename: ({ engine, clock }: TestEngine, id: string) => engine.containers.rename(id, `name-${clock.now().getTime()}`),
  prune: ({ engine }: TestEngine) => engine.containers.prune(),
  async attach({ engine }: TestEngine, id: string) {
    const { output, detach } = await engine.containers.attach(id, { stdin: false, stdout: true, stderr: true, stream: true, logs: true });
    void textOf(output);
    setImmediate(detach);
  },
  async follow({ engine }: TestEngine, id: string) {
    const { batches } = await engine.containers.logs(id, { stdout: true, stderr: true, follow: true });
    await textOf(each(batches));
  },
};

const step = fc.record({
  operation: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
  container: fc.nat({ max: 1 }),
  /** Turns of the event loop before the next step. */
  pause: fc.nat({ max: 3 }),
});

it("whatever is asked of containers at the same time, nothing leaks and every fault is the user's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 15 }), fc.boolean(), async (steps, AutoRemove) => {
      const test = await testEngine({ program: () => waits });
      const ids = [await test.create({ hostConfig: { AutoRemove } }), await test.create()];
      const faults: unknown[] = [];
      const asked: Promise<unknown>[] = [];
      for (const { operation, container, pause } of steps) {
        asked.push(operations[operation](test, ids[container] ?? "").catch((error: unknown) => faults.push(error)));
        for (let turn = 0; turn < pause; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      // What still runs is ended, so that those who follow its log come to an end.
      let isOver = false;
      void Promise.all(asked).then(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const { id } of await test.engine.containers.list()) await test.engine.containers.kill(id).catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const fault of faults.filter((error) => !isOrielError(error, "Conflict"))) {
        expect(fault).toMatchObject({ code: "NotFound", message: expect.stringContaining("No such container") });
      }
      for (const { id } of await test.engine.containers.list({ all: true })) {
        // One of them may be on its way out by itself.
        await test.engine.containers.remove(id, { force: true }).catch(() => {});
      }
      expect(await test.engine.containers.list({ all: true })).toEqual([]);
      await test.engine.close();
      expect(test.runtime.live).toEqual([]);
      expect(await test.storage.listScratches()).toEqual([]);
      expect(test.log.filter((line) => line.startsWith("error"))).toEqual([]);
      await test.dispose();
    }),
    { numRuns: 60 },
  );
});
