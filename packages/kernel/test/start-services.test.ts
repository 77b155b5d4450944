import { definePlugin, type Plugin, type ServiceToken, serviceToken } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { mergeConfig, startServices } from "../src/index.ts";

interface Part {
  readonly name: string;
  readonly parts: readonly Part[];
}

const config = mergeConfig([], "linux");
const low = serviceToken<Part>("test.low");
const middle = serviceToken<Part>("test.middle");
const high = serviceToken<Part>("test.high");

type Hooks = Pick<Plugin, "start" | "stop">;

function part(token: ServiceToken<Part>, required: readonly ServiceToken<Part>[], hooks: Hooks = {}, made: string[] = []): Plugin {
  return {
    id: `plugin of ${token.id}`,
    provides: { own: token },
    deps: Object.fromEntries(required.map((dep) => [dep.id, dep])),
    create(deps) {
      made.push(token.id);
      return { own: { name: token.id, parts: required.map(({ id }) => deps[id] as Part) } };
    },
    ...hooks,
  };
}

function logging(log: string[]): Hooks {
  return { start: ({ own }) => void log.push(`start ${own.name}`), stop: ({ own }) => void log.push(`stop ${own.name}`) };
}

describe("services", () => {
  it("start after what they depend on and stop before it", async () => {
    const log: string[] = [];
    const hooks = logging(log);
    const services = await startServices([part(high, [middle, low], hooks), part(middle, [low], hooks), part(low, [], hooks)], config);
    expect(log).toEqual(["start test.low", "start test.middle", "start test.high"]);
    log.length = 0;
    expect(await services.close()).toEqual([]);
    expect(log).toEqual(["stop test.high", "stop test.middle", "stop test.low"]);
  });

  it("are created once what they depend on has started", async () => {
    const log: string[] = [];
    const slow: Plugin = { ...part(low, []), start: async () => void (await Promise.resolve().then(() => log.push("low has started"))) };
    const next = part(high, [low]);
    const create: Plugin["create"] = (deps, settings) => {
      log.push("high is created");
      return next.create(deps, settings);
    };
    await using _ = await startServices([{ ...next, create }, slow], config);
    expect(log).toEqual(["low has started", "high is created"]);
  });

  it("are created once and shared", async () => {
    const made: string[] = [];
    await using services = await startServices(
      [part(high, [middle, low], {}, made), part(middle, [low], {}, made), part(low, [], {}, made)],
      config,
    );
    expect(made.toSorted()).toEqual(["test.high", "test.low", "test.middle"]);
    const top = services.resolve(high);
    expect(top.parts[1]).toBe(services.resolve(low));
    expect(top.parts[0]?.parts[0]).toBe(services.resolve(low));
  });

  it("get what their plugin declared and nothing else", async () => {
    const got: unknown[] = [];
    const reader: Plugin = { id: "reader", provides: {}, deps: { mine: low }, create: (...all) => ({ count: got.push(...all) }) };
    await using services = await startServices([part(low, []), part(middle, []), reader], config);
    expect(got).toEqual([{ mine: services.resolve(low) }, config]);
  });

  it("of one plugin share what its create returns, also what it keeps for start and stop", async () => {
    const log: string[] = [];
    const pair = definePlugin({
      id: "pair",
      provides: { one: low, two: middle },
      deps: {},
      create: () => ({ one: { name: "one", parts: [] }, two: { name: "two", parts: [] }, file: "x.db" }),
      start: ({ file }, _deps, { runtime }) => void log.push(`open ${file} ${runtime}`),
      stop: ({ file }) => void log.push(`close ${file}`),
    });
    const services = await startServices([pair], config);
    expect([services.resolve(low).name, services.resolve(middle).name]).toEqual(["one", "two"]);
    await services.close();
    expect(log).toEqual(["open x.db local", "close x.db"]);
  });

  it("of several engines in one process have nothing in common", async () => {
    const plugins = [part(high, [low]), part(low, [])];
    await using one = await startServices(plugins, config);
    await using two = await startServices(plugins, config);
    expect(one.resolve(low)).not.toBe(two.resolve(low));
    expect(one.resolve(high).parts[0]).toBe(one.resolve(low));
  });

  it("of a default that steps back are not created, and it is reported", async () => {
    const made: string[] = [];
    const messages: string[] = [];
    const named: Plugin = { ...part(low, []), id: "@acme/low" };
    const onReplaced = (message: string) => void messages.push(message);
    await using services = await startServices([named], config, { defaults: [part(low, [], {}, made), part(high, [low])], onReplaced });
    expect(services.resolve(high).parts).toEqual([services.resolve(low)]);
    expect(made).toEqual([]);
    expect(messages).toEqual(["plugin @acme/low takes the place of plugin of test.low"]);
  });

  it("that were started are stopped again when a later one fails, the failing one included", async () => {
    const log: string[] = [];
    const failing: Hooks = {
      start: () => Promise.reject(new Error("port in use")),
      stop: ({ own }) => void log.push(`stop ${own.name}`),
    };
    const starting = startServices([part(high, [middle]), part(middle, [low], failing), part(low, [], logging(log))], config);
    await expect(starting).rejects.toMatchObject({
      code: "Internal",
      message: "plugin plugin of test.middle failed to start: port in use",
    });
    expect(log).toEqual(["start test.low", "stop test.middle", "stop test.low"]);
  });

  it("that do not finish starting are named until they do", async () => {
    let finish = () => {};
    const slow: Hooks = {
      start: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    };
    const messages: string[] = [];
    const named = new Promise<void>((resolve) => {
      const onSlowStart = (message: string) => {
        messages.push(message);
        if (messages.length === 2) resolve();
      };
      void startServices([part(low, [], slow)], config, { onSlowStart, slowStart: 5 }).then((services) => services.close());
    });
    await named;
    finish();
    expect(messages[0]).toBe("plugin plugin of test.low has not finished starting after 0 seconds");
  });

  it("are not created at all when the plugins do not fit", async () => {
    const made: string[] = [];
    await expect(startServices([part(low, [], {}, made), part(high, [middle], {}, made)], config)).rejects.toMatchObject({
      code: "FailedPrecondition",
    });
    expect(made).toEqual([]);
  });

  it("report what failed to stop and stop the others", async () => {
    const log: string[] = [];
    const stuck: Hooks = { stop: () => Promise.reject(new Error("stuck")) };
    const services = await startServices([part(low, [], logging(log)), part(high, [low], stuck)], config);
    const failures = await services.close();
    expect(failures.map((failure) => failure.resource)).toEqual(["plugin of test.high"]);
    expect(log).toEqual(["start test.low", "stop test.low"]);
  });

  it.each([
    ["throws", () => raise(new Error("no such option")), "Internal", "plugin @acme/low failed to start: no such option"],
    ["throws what is no error", () => raise("words"), "Internal", "plugin @acme/low failed to start: words"],
    [
      "returns a promise",
      () => Promise.reject(new Error("late")),
      "FailedPrecondition",
      "plugin @acme/low: its 'create' returns a promise",
    ],
    ["returns nothing", () => undefined, "FailedPrecondition", "plugin @acme/low: its 'create' returns no 'own' (test.low)"],
    ["returns another name", () => ({ low: 1 }), "FailedPrecondition", "plugin @acme/low: its 'create' returns no 'own' (test.low)"],
  ])("are refused with the name of the plugin whose create %s", async (_how, create, code, message) => {
    const plugin = { id: "@acme/low", provides: { own: low }, deps: {}, create } as unknown as Plugin;
    await expect(startServices([plugin], config)).rejects.toMatchObject({ code, resource: "@acme/low", message });
  });

  it("cannot be asked for when nothing provides them", async () => {
    await using services = await startServices([], config);
    expect(() => services.resolve(low)).toThrow("no plugin provides test.low");
  });
});

function raise(value: unknown): never {
  throw value;
}
