import { mergeConfig, orderPlugins, silentLogger } from "@oriel/core";
import { describe, expect, it } from "vitest";
import { choosePlugins } from "../src/daemon/choose-plugins.ts";

const config = mergeConfig([], "linux");

describe("the plugins of the daemon", () => {
  it("fit together, and open the database, which takes the root, before anything else touches it", () => {
    const ordered = orderPlugins(choosePlugins(config, silentLogger, "linux")).map((plugin) => plugin.id);
    expect(ordered.slice(0, 2)).toEqual(["oriel.cli-logger", "oriel.journal"]);
    expect(ordered.at(-1)).toBe("oriel.engine");
  });

  it.each([
    ["hcs", { ...config, hcs: "windows" }, "linux", "needs Windows"],
    ["hcs on Windows", config, "win32", 'hcs = "windows"'],
    ["storage", { ...config, storage: "windows" }, "linux", 'storage = "windows"'],
    ["runtime", { ...config, runtime: "containerd" }, "linux", 'runtime = "containerd"'],
  ] as const)("refuse what this version or host does not have: %s", (_, chosen, platform, reason) => {
    expect(() => choosePlugins(chosen, silentLogger, platform)).toThrow(reason);
  });
});
