import { containerRuntimeToken, rawHcsToken, silentLogger, storageBackendToken } from "@oriel/contracts";
import { mergeConfig, orderPlugins } from "@oriel/kernel";
import { describe, expect, it } from "vitest";
import { choosePlugins } from "../src/daemon/choose-plugins.ts";

const config = mergeConfig([], "linux");

describe("the plugins of the daemon", () => {
  it("fit together, and open the database, which takes the root, before anything else touches it", () => {
    const { defaults, packages } = choosePlugins(config, silentLogger, "linux");
    const ordered = orderPlugins([], defaults).plugins.map((plugin) => plugin.id);
    expect(packages).toEqual([]);
    expect(ordered.slice(0, 2)).toEqual(["oriel.cli-logger", "oriel.journal"]);
    expect(ordered.at(-1)).toBe("oriel.engine");
  });

  it.each([
    ["linux", "oriel.hcs-emulator"],
    ["win32", "oriel.hcs-bindings"],
  ] as const)("take the Host Compute Service that a %s host has", (platform, plugin) => {
    const ids = choosePlugins(config, silentLogger, platform).defaults.map(({ id }) => id);
    expect(ids.filter((id) => id.includes("hcs"))).toEqual([plugin]);
  });

  it.each([
    ["windowsfilter", "oriel.graphdriver-windowsfilter"],
    ["snapshotter", "oriel.snapshotter-windows"],
  ] as const)("take the storage %s that is configured", (storage, plugin) => {
    const ids = choosePlugins({ ...config, storage }, silentLogger, "linux").defaults.map(({ id }) => id);
    expect(ids.filter((id) => /graphdriver|snapshotter/.test(id))).toEqual([plugin]);
  });

  it("have no built-in part for a key that names a package, which has to provide that part", () => {
    const chosen = { ...config, hcs: "@acme/hcs", storage: "/opt/storage", runtime: "acme-runtime", plugins: ["@acme/audit"] };
    const { defaults, packages } = choosePlugins(chosen, silentLogger, "linux");
    expect(defaults.map(({ id }) => id)).toEqual(["oriel.cli-logger", "oriel.journal", "oriel.images", "oriel.networks", "oriel.engine"]);
    expect(packages).toEqual([
      { key: "hcs", name: "@acme/hcs", provides: rawHcsToken },
      { key: "storage", name: "/opt/storage", provides: storageBackendToken },
      { key: "runtime", name: "acme-runtime", provides: containerRuntimeToken },
      { key: "plugins", name: "@acme/audit" },
    ]);
  });

  it.each([
    ["hcs", { ...config, hcs: "windows" }, "linux", "needs Windows"],
    ["runtime", { ...config, runtime: "containerd" }, "linux", 'runtime = "containerd"'],
  ] as const)("refuse what this version or host does not have: %s", (_, chosen, platform, reason) => {
    expect(() => choosePlugins(chosen, silentLogger, platform)).toThrow(reason);
  });
});
