import { type Plugin, type ServiceTokens, serviceToken } from "@oriel/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderPlugins } from "../src/index.ts";

const tokens = (names: readonly string[]): ServiceTokens => Object.fromEntries(names.map((name) => [name, serviceToken(name)]));

function plugin(id: string, provides: readonly string[], deps: readonly string[] = []): Plugin {
  return { id, provides: tokens(provides), deps: tokens(deps), create: () => ({}) };
}

const idsOf = (plugins: readonly Plugin[]) => plugins.map((member) => member.id);
const order = (named: readonly Plugin[], defaults?: readonly Plugin[]) => idsOf(orderPlugins(named, defaults).plugins);

describe("plugins", () => {
  it("come after what they depend on, and keep their order otherwise", () => {
    const ordered = order([
      plugin("engine", ["e"], ["r", "s"]),
      plugin("other", []),
      plugin("runtime", ["r"], ["h"]),
      plugin("storage", ["s"], ["h"]),
      plugin("hcs", ["h"]),
    ]);
    expect(ordered).toEqual(["hcs", "runtime", "storage", "engine", "other"]);
  });

  it("are refused with every missing token at once", () => {
    expect(() => order([plugin("engine", ["e"], ["r", "s"]), plugin("gateway", [], ["e", "log"])])).toThrow(
      "no plugin provides what others depend on: engine depends on r; engine depends on s; gateway depends on log",
    );
  });

  it("are refused when two provide the same, or one stands twice", () => {
    expect(() => order([plugin("a", ["x"]), plugin("b", ["x"]), plugin("a", [])])).toThrow(
      "x is provided by both a and b; plugin a is there twice",
    );
  });

  it("are refused when they depend on each other in a circle, which is shown", () => {
    const circle = [plugin("start", [], ["a"]), plugin("a", ["a"], ["b"]), plugin("b", ["b"], ["c"]), plugin("c", ["c"], ["a"])];
    expect(() => order(circle)).toThrow("plugins depend on each other in a circle: a -> b -> c -> a");
    expect(() => order([plugin("self", ["s"], ["s"])])).toThrow("self -> self");
  });

  it("find an order whatever order they are given in", () => {
    const chain = Array.from({ length: 12 }, (_, n) => plugin(`p${n}`, [`t${n}`], n === 0 ? [] : [`t${n - 1}`, "t0"]));
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: chain.length }), (shuffled) => {
        expect(order(shuffled)).toEqual(idsOf(chain));
      }),
    );
  });
});

describe("a default plugin", () => {
  const defaults = [
    plugin("journal", ["j"]),
    plugin("hcs", ["raw", "host"]),
    plugin("storage", ["s"], ["raw"]),
    plugin("engine", [], ["s"]),
  ];

  it("stays where no named plugin provides one of its tokens, before those that are named", () => {
    expect(order([plugin("@acme/audit", [])], defaults)).toEqual(["journal", "hcs", "storage", "engine", "@acme/audit"]);
  });

  it("steps back for a named plugin that provides its token, and the order follows from what that one depends on", () => {
    const mine = plugin("@acme/storage", ["s"], ["j"]);
    const { plugins, replaced } = orderPlugins([mine], defaults);
    expect(idsOf(plugins)).toEqual(["journal", "hcs", "@acme/storage", "engine"]);
    expect(replaced).toEqual([{ plugin: defaults[2], by: mine }]);
  });

  it("steps back as a whole: what else it provided is missing, and the message says why", () => {
    const needy = plugin("@acme/info", [], ["host"]);
    expect(() => order([plugin("@acme/hcs", ["raw"]), needy], defaults)).toThrow(
      "@acme/info depends on host, which hcs provided before @acme/hcs took its place",
    );
    expect(order([plugin("@acme/hcs", ["raw", "host"]), needy], defaults)).toContain("@acme/hcs");
  });

  it("does not choose between two named plugins", () => {
    expect(() => order([plugin("@acme/storage", ["s"]), plugin("@other/storage", ["s"])], defaults)).toThrow(
      "s is provided by both @acme/storage and @other/storage",
    );
  });

  it("cannot be wrapped by depending on it, and the remedy says what can be done", () => {
    expect(() => order([plugin("@acme/storage", ["s"], ["s"])], defaults)).toThrow(
      expect.objectContaining({
        message: "plugins depend on each other in a circle: @acme/storage -> @acme/storage",
        remedy: "a plugin cannot depend on what it provides itself; create the part that it wraps in its own 'create'",
      }),
    );
  });
});
