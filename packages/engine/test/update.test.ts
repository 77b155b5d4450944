import type { ContainerRuntime } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { noteEvents, prints, type TestEngine, type TestEngineOptions, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

async function made(hostConfig = {}, options: TestEngineOptions = {}): Promise<string> {
  test = await testEngine({ program: () => waits, ...options });
  return test.create({ name: "web", hostConfig });
}

describe("update", () => {
  it("changes the restart policy, lastingly, and tells so", async () => {
    const id = await made();
    const events = noteEvents(test.engine);
    const RestartPolicy = { Name: "on-failure", MaximumRetryCount: 3 } as const;
    expect(await test.engine.containers.update("web", { restartPolicy: RestartPolicy })).toEqual({ warnings: [] });
    const next = test.crash();
    await next.engine.start();
    expect((await next.engine.containers.inspect(id)).hostConfig).toEqual({ RestartPolicy });
    expect(events.actions()).toEqual(["update"]);
    test = next;
  });

  it("gives up a restart that the new policy does not ask for", async () => {
    await made({ RestartPolicy: { Name: "always" } }, { program: () => prints("x", 1) });
    await test.engine.containers.start("web");
    await test.clock.sleeping(100);
    await test.engine.containers.update("web", { restartPolicy: { Name: "no" } });
    test.clock.advance(60_000);
    const { state, restartCount } = await test.engine.containers.inspect("web");
    expect([state.status, restartCount]).toEqual(["exited", 1]);
  });

  it.each([
    ["always", { AutoRemove: true }, /Restart policy cannot be updated because AutoRemove is enabled for the container/],
    ["sometimes", {}, /unknown policy 'sometimes'/],
  ])("refuses the policy %s where it cannot be", async (Name, hostConfig, message) => {
    await made(hostConfig);
    await expect(test.engine.containers.update("web", { restartPolicy: { Name: Name as "always" } })).rejects.toThrow(message);
  });

  it.each([true, false])("refuses limits where the runtime cannot change them, in dockerd's words (running: %s)", async (isRunning) => {
    const id = await made();
    if (isRunning) await test.engine.containers.start("web");
    await expect(test.engine.containers.update("web", { limits: { Memory: 64 * 1024 ** 2 } })).rejects.toMatchObject({
      code: "Unimplemented",
      message: `Cannot update container ${id}: resource updating isn't supported on Windows`,
    });
    expect((await test.engine.containers.inspect("web")).hostConfig).toEqual({});
  });

  it("refuses limits out of their range", async () => {
    await made();
    await expect(test.engine.containers.update("web", { limits: { CpuPercent: 101 } })).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("takes limits of 0 for not given", async () => {
    await made({ Memory: 64 * 1024 ** 2 });
    await test.engine.containers.update("web", { limits: { Memory: 0, CpuShares: 0 }, restartPolicy: { Name: "always" } });
    expect((await test.engine.containers.inspect("web")).hostConfig).toEqual({
      Memory: 64 * 1024 ** 2,
      RestartPolicy: { Name: "always" },
    });
  });

  it("hands all limits to a runtime that can change them, and keeps them", async () => {
    const seen: unknown[] = [];
    await made({ CpuShares: 500 }, { intercept: (service) => withUpdate(service, (resources) => seen.push(resources)) });
    await test.engine.containers.start("web");
    await test.engine.containers.update("web", { limits: { Memory: 64 * 1024 ** 2 } });
    expect(seen).toEqual([{ memory: { limit: 64 * 1024 ** 2 }, cpu: { shares: 500 } }]);
    expect((await test.engine.containers.inspect("web")).hostConfig).toEqual({ CpuShares: 500, Memory: 64 * 1024 ** 2 });
  });
});

function withUpdate<T extends object>(service: T, note: (resources: unknown) => void): T {
  return new Proxy(service, {
    get(target, name) {
      if (name === "update") {
        const update: ContainerRuntime["update"] = async (_id, resources) => note(resources);
        return update;
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
