import { afterEach, expect, it, vi } from "vitest";
import { gate } from "./gate.ts";
import { prints, stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

it("a restart whose former run is cleaned up for longer than the deadline is tried again, and comes once that is done", async () => {
  let runs = 0;
  test = await testEngine({ program: () => (runs++ === 0 ? prints("", 1) : stubborn) });
  const { clock, runtime, engine } = test;
  const host = gate();
  runtime.before("delete", host.pass);
  const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
  await engine.containers.start(id);
  await host.reached;
  // The exit is recorded without the cleanup, and the restart gives up waiting for it.
  for (const ms of [5000, 100, 5000]) {
    await clock.sleeping(ms);
    clock.advance(ms + 1);
  }
  await clock.sleeping(200);
  expect((await engine.containers.inspect(id)).state.status).toBe("restarting");
  host.open();
  clock.advance(201);
  await vi.waitFor(async () => expect((await engine.containers.inspect(id)).state.status).toBe("running"));
  expect((await engine.containers.inspect(id)).restartCount).toBe(1);
});
