import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderPlugins, type Plugin, serviceToken } from "../src/index.ts";

function plugin(id: string, provides: readonly string[], requires: readonly string[] = []): Plugin {
  return { id, provides: provides.map((name) => serviceToken(name)), requires: requires.map((name) => serviceToken(name)), register() {} };
}

const idsOf = (plugins: readonly Plugin[]) => plugins.map((member) => member.id);

describe("plugins", () => {
  it("come after what they require, and keep their order otherwise", () => {
    const ordered = orderPlugins([
      plugin("engine", ["e"], ["r", "s"]),
      plugin("other", []),
      plugin("runtime", ["r"], ["h"]),
      plugin("storage", ["s"], ["h"]),
      plugin("hcs", ["h"]),
    ]);
    expect(idsOf(ordered)).toEqual(["hcs", "runtime", "storage", "engine", "other"]);
  });

  it("are refused with every missing token at once", () => {
    expect(() => orderPlugins([plugin("engine", ["e"], ["r", "s"]), plugin("gateway", [], ["e", "log"])])).toThrow(
      "no plugin provides what is required: engine requires r; engine requires s; gateway requires log",
    );
  });

  it("are refused when two provide the same, or one stands twice", () => {
    expect(() => orderPlugins([plugin("a", ["x"]), plugin("b", ["x"]), plugin("a", [])])).toThrow(
      "x is provided by both a and b; plugin a is there twice",
    );
  });

  it("are refused when they require each other in a circle, which is shown", () => {
    const circle = [plugin("start", [], ["a"]), plugin("a", ["a"], ["b"]), plugin("b", ["b"], ["c"]), plugin("c", ["c"], ["a"])];
    expect(() => orderPlugins(circle)).toThrow("plugins require each other in a circle: a -> b -> c -> a");
    expect(() => orderPlugins([plugin("self", ["s"], ["s"])])).toThrow("self -> self");
  });

  it("find an order whatever order they are given in", () => {
    const chain = Array.from({ length: 12 }, (_, n) => plugin(`p${n}`, [`t${n}`], n === 0 ? [] : [`t${n - 1}`, "t0"]));
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: chain.length }), (shuffled) => {
        expect(idsOf(orderPlugins(shuffled))).toEqual(idsOf(chain));
      }),
    );
  });
});
