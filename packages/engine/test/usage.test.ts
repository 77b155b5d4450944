import { UnavailableError } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { type TestEngine, type TestEngineOptions, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

async function running(options: TestEngineOptions = {}): Promise<string> {
  test = await testEngine({ program: () => waits, ...options });
  const id = await test.create({ name: "web", config: { Cmd: ["C:\\app\\main.exe", "-v"] } });
  await test.engine.containers.start(id);
  return id;
}

describe("processes", () => {
  it("lists a container's own and its execs", async () => {
    await running();
    const { id } = await test.engine.execs.create("web", { Cmd: ["tool.exe"] });
    await test.engine.execs.start(id, { attach: false });
    const found = await test.engine.containers.processes("web");
    expect(found.map(({ image, processId }) => [image, processId])).toEqual([
      ["main.exe", "init"],
      ["tool.exe", id],
    ]);
  });

  it("is refused where none run", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    await expect(test.engine.containers.processes("web")).rejects.toMatchObject({
      code: "Conflict",
      message: `container ${id} is not running`,
    });
  });
});

describe("stats", () => {
  it("are those of the runtime, with the host's processors; a container that does not run has none", async () => {
    const memory = { commit: 3, commitPeak: 4, privateWorkingSet: 5 };
    const id = await running({ stats: () => ({ memory }) });
    expect(await test.engine.containers.stats("web")).toMatchObject({ id, name: "web", processors: 4, usage: { memory } });
    await test.engine.containers.kill("web");
    expect(await test.engine.containers.stats("web")).toEqual({ id, name: "web", processors: 4, usage: undefined });
  });

  it("come at once and every second, also while it does not run, until it is removed", async () => {
    let total100ns = 0;
    await running({ stats: () => ({ processor: { total100ns: total100ns++, user100ns: 0, kernel100ns: 0 } }) });
    const samples = (await test.engine.containers.watchStats("web"))[Symbol.asyncIterator]();
    const next = async () => {
      const sample = samples.next();
      await test.clock.sleeping(1000);
      test.clock.advance(1001);
      return sample;
    };
    expect((await samples.next()).value).toMatchObject({ usage: { processor: { total100ns: 0 } } });
    expect((await next()).value).toMatchObject({ usage: { processor: { total100ns: 1 } } });
    await test.engine.containers.kill("web");
    expect((await next()).value).toMatchObject({ name: "web", usage: undefined });
    await test.engine.containers.remove("web");
    expect((await next()).done).toBe(true);
  });

  it("that cannot be read once come again later; asked for once, the failure is the answer", async () => {
    await running();
    const fail = () => {
      throw new UnavailableError("HCS does not answer", { op: "system.properties" });
    };
    const samples = (await test.engine.containers.watchStats("web"))[Symbol.asyncIterator]();
    test.runtime.before("stats", fail);
    expect((await samples.next()).value).toMatchObject({ usage: undefined });
    const second = samples.next();
    await test.clock.sleeping(1000);
    test.clock.advance(1001);
    expect((await second).value?.usage).toBeDefined();
    await samples.return?.();
    test.runtime.before("stats", fail);
    await expect(test.engine.containers.stats("web")).rejects.toThrow("HCS does not answer");
  });

  it("that hang hold up nobody who looks at the container or ends it", async () => {
    const id = await running();
    let answer = (): void => {};
    for (const method of ["stats", "processes"] as const) {
      test.runtime.before(
        method,
        () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      );
      const asked = method === "stats" ? test.engine.containers.stats("web") : test.engine.containers.processes("web");
      expect((await test.engine.containers.inspect("web")).state.status).toBe("running");
      expect((await test.engine.containers.list()).map((found) => found.id)).toEqual([id]);
      expect((await test.engine.info()).containers.running).toBe(1);
      answer();
      await asked;
    }
    test.runtime.before("stats", () => new Promise(() => {}));
    void test.engine.containers.stats("web");
    await test.engine.containers.remove("web", { force: true });
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
  });

  it("end when the reader's signal aborts, and when the engine closes", async () => {
    await running();
    const gone = new AbortController();
    const left = (await test.engine.containers.watchStats("web", gone.signal))[Symbol.asyncIterator]();
    const cut = (await test.engine.containers.watchStats("web"))[Symbol.asyncIterator]();
    await Promise.all([left.next(), cut.next()]);
    const ends = [left.next(), cut.next()];
    gone.abort();
    await test.engine.close();
    expect((await Promise.all(ends)).map(({ done }) => done)).toEqual([true, true]);
  });

  it("of no container are refused", async () => {
    test = await testEngine();
    await expect(test.engine.containers.stats("nosuch")).rejects.toMatchObject({ code: "NotFound" });
    await expect(test.engine.containers.watchStats("nosuch")).rejects.toMatchObject({ code: "NotFound" });
  });
});
