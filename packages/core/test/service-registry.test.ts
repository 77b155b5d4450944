import { describe, expect, it } from "vitest";
import { mergeConfig, type Plugin, type ServiceHooks, type ServiceToken, serviceToken, startServices } from "../src/index.ts";

interface Part {
  readonly name: string;
  readonly parts: readonly Part[];
}

const config = mergeConfig([], "linux");
const low = serviceToken<Part>("test.low");
const middle = serviceToken<Part>("test.middle");
const high = serviceToken<Part>("test.high");

function part(
  token: ServiceToken<Part>,
  requires: readonly ServiceToken<Part>[],
  hooks: ServiceHooks<Part> = {},
  made: string[] = [],
): Plugin {
  return {
    id: `plugin of ${token.id}`,
    provides: [token],
    requires,
    register(services) {
      const create = () => {
        made.push(token.id);
        return { name: token.id, parts: requires.map((required) => services.resolve(required)) };
      };
      services.provide(token, create, hooks);
    },
  };
}

function logging(log: string[]): ServiceHooks<Part> {
  return { start: (service) => void log.push(`start ${service.name}`), stop: (service) => void log.push(`stop ${service.name}`) };
}

describe("services", () => {
  it("start after what they require and stop before it", async () => {
    const log: string[] = [];
    const hooks = logging(log);
    const services = await startServices([part(high, [middle, low], hooks), part(middle, [low], hooks), part(low, [], hooks)], config);
    expect(log).toEqual(["start test.low", "start test.middle", "start test.high"]);
    log.length = 0;
    expect(await services.close()).toEqual([]);
    expect(log).toEqual(["stop test.high", "stop test.middle", "stop test.low"]);
  });

  it("are made once and shared", async () => {
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

  it("of several engines in one process have nothing in common", async () => {
    const plugins = [part(high, [low]), part(low, [])];
    await using one = await startServices(plugins, config);
    await using two = await startServices(plugins, config);
    expect(one.resolve(low)).not.toBe(two.resolve(low));
    expect(one.resolve(high).parts[0]).toBe(one.resolve(low));
  });

  it("that were started are stopped again when a later one fails, the failing one included", async () => {
    const log: string[] = [];
    const failing: ServiceHooks<Part> = {
      start: () => Promise.reject(new Error("port in use")),
      stop: (service) => void log.push(`stop ${service.name}`),
    };
    const starting = startServices([part(high, [middle]), part(middle, [low], failing), part(low, [], logging(log))], config);
    await expect(starting).rejects.toMatchObject({
      code: "Internal",
      message: "plugin plugin of test.middle failed to start test.middle: port in use",
    });
    expect(log).toEqual(["start test.low", "stop test.middle", "stop test.low"]);
  });

  it("that do not finish starting are named until they do", async () => {
    let finish = () => {};
    const slow: ServiceHooks<Part> = {
      start: () =>
        new Promise((resolve) => {
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
    expect(messages[0]).toBe("plugin plugin of test.low has not finished starting test.low after 0 seconds");
  });

  it("are not made at all when the plugins do not fit", async () => {
    const made: string[] = [];
    await expect(startServices([part(low, [], {}, made), part(high, [middle], {}, made)], config)).rejects.toMatchObject({
      code: "FailedPrecondition",
    });
    expect(made).toEqual([]);
  });

  it("report what failed to stop and stop the others", async () => {
    const log: string[] = [];
    const stuck: ServiceHooks<Part> = { stop: () => Promise.reject(new Error("stuck")) };
    const services = await startServices([part(low, [], logging(log)), part(high, [low], stuck)], config);
    const failures = await services.close();
    expect(failures.map((failure) => failure.resource)).toEqual(["test.high"]);
    expect(log).toEqual(["start test.low", "stop test.low"]);
  });

  it("must be declared before they are registered, and registered when declared", async () => {
    const sneaky: Plugin = {
      id: "sneaky",
      provides: [],
      requires: [],
      register: (services) => services.provide(low, () => ({ name: "x", parts: [] })),
    };
    await expect(startServices([sneaky], config)).rejects.toThrow("plugin sneaky registers test.low without declaring it");
    const idle: Plugin = { id: "idle", provides: [low], requires: [], register() {} };
    await expect(startServices([idle], config)).rejects.toThrow("plugin idle declares test.low but registers no factory");
  });

  it.each([
    ["throws", () => raise(new Error("no such option")), "no such option"],
    ["throws what is no error", () => raise("words"), "words"],
    ["returns a promise", () => Promise.reject(new Error("late")), "its 'register' returns a promise"],
  ])("are refused with the name of the plugin whose register %s", async (_how, register, reason) => {
    const plugin = { id: "@acme/audit", provides: [], requires: [], register } as unknown as Plugin;
    await expect(startServices([plugin], config)).rejects.toMatchObject({
      code: "FailedPrecondition",
      resource: "@acme/audit",
      message: `plugin @acme/audit could not be registered: ${reason}`,
    });
  });

  it("cannot be asked for when nothing registered them", async () => {
    await using services = await startServices([], config);
    expect(() => services.resolve(low)).toThrow("nothing is registered as test.low");
  });
});

function raise(value: unknown): never {
  throw value;
}
