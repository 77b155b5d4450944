import type { RestartPolicy } from "@oriel/core";
import { afterEach, describe, expect, it } from "vitest";
import { nextRestartDelay, shouldRestart } from "../src/restart-policy.ts";
import { prints, stubborn, type TestEngine, testEngine } from "./test-engine.ts";

describe("the decision to restart", () => {
  const run = { exitCode: 1, stoppedByUser: false, restartCount: 0 };
  const policy = (Name: RestartPolicy["Name"], MaximumRetryCount = 0): RestartPolicy => ({ Name, MaximumRetryCount });

  it.each([
    [undefined, run, false],
    [policy(""), run, false],
    [policy("no"), run, false],
    [policy("always"), { ...run, exitCode: 0 }, true],
    [policy("always"), { ...run, stoppedByUser: true }, false],
    [policy("unless-stopped"), run, true],
    [policy("on-failure"), run, true],
    [policy("on-failure"), { ...run, exitCode: 0 }, false],
    [policy("on-failure", 2), { ...run, restartCount: 1 }, true],
    [policy("on-failure", 2), { ...run, restartCount: 2 }, false],
  ])("of %j after %j is %s", (given, ended, expected) => {
    expect(shouldRestart(given, ended)).toBe(expected);
  });

  it("waits longer each time, up to a minute, and begins anew after a run that held", () => {
    const delays: number[] = [];
    for (let delay = 0, round = 0; round < 12; round += 1) {
      delay = nextRestartDelay(delay, 5);
      delays.push(delay);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
    expect(nextRestartDelay(60_000, 10_000)).toBe(100);
  });
});

describe("a container with a restart policy", () => {
  let test: TestEngine;
  afterEach(() => test.dispose());

  it("is started again after its delay, is counted, and stops at its maximum", async () => {
    test = await testEngine({ program: () => prints("try\n", 3) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } } });
    let ended = containers.wait(id, "next-exit");
    await containers.start(id);
    for (const delay of [100, 200]) {
      await ended;
      await test.clock.sleeping(delay);
      expect((await containers.inspect(id)).state.status).toBe("exited");
      ended = containers.wait(id, "next-exit");
      test.clock.advance(delay + 1);
    }
    await ended;
    expect(await containers.inspect(id)).toMatchObject({ restartCount: 2, state: { status: "exited", exitCode: 3 } });
    const again = containers.wait(id, "next-exit");
    await containers.start(id);
    await again;
    expect((await containers.inspect(id)).restartCount).toBe(0);
  });

  it.each(["stop", "remove", "kill"] as const)("is not started again when the user's %s comes during the delay", async (action) => {
    test = await testEngine({ program: () => prints("", 1) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    await test.clock.sleeping(100);
    if (action === "kill") await expect(containers.kill(id)).rejects.toThrow("is not running");
    else await containers[action](id);
    const starts = test.runtime.calls.filter((call) => call.startsWith("start")).length;
    test.clock.advance(200);
    await test.engine.close();
    expect(test.runtime.calls.filter((call) => call.startsWith("start"))).toHaveLength(starts);
  });

  it("that the user stopped stays down, and that the user starts runs at once", async () => {
    test = await testEngine({ program: () => stubborn });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    await containers.kill(id);
    expect((await containers.inspect(id)).state.status).toBe("exited");
    await containers.start(id);
    expect((await containers.inspect(id)).state.status).toBe("running");
  });

  it("that was stopped by the engine's end runs again with the next engine; one that the user stopped only with always", async () => {
    const first = await testEngine({ program: () => stubborn });
    const create = (Name: RestartPolicy["Name"]) => first.create({ hostConfig: { RestartPolicy: { Name } } });
    const [always, unless, stopped] = [await create("always"), await create("unless-stopped"), await create("unless-stopped")];
    for (const id of [always, unless, stopped]) await first.engine.containers.start(id);
    await first.engine.containers.kill(always);
    await first.engine.containers.kill(stopped);
    const closing = first.engine.close();
    await first.clock.sleeping(10_000);
    first.clock.advance(11_000);
    await closing;
    test = first.crash();
    await test.engine.start();
    while (test.runtime.calls.filter((call) => call.startsWith("start")).length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect([...test.runtime.live].sort()).toEqual([always, unless].sort());
  });
});
