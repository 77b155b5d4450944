import { type Plugin, serviceToken } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { loadPlugins } from "../src/index.ts";

const token = serviceToken<string>("test.storage");
const good: Plugin = { id: "@acme/audit", provides: {}, deps: {}, create: () => ({}) };
const storage: Plugin = { id: "@acme/storage", provides: { storage: token }, deps: {}, create: () => ({ storage: "" }) };

const modules: Readonly<Record<string, unknown>> = {
  "@acme/audit": { plugin: good },
  "@acme/storage": { plugin: storage },
  nothing: {},
  nameless: { plugin: { ...good, id: "" } },
  listed: { plugin: { ...good, provides: [token] } },
  loose: { plugin: { ...good, deps: { engine: "oriel.engine" } } },
  former: { plugin: { id: "former", provides: {}, requires: [], register() {} } },
  silent: { plugin: { id: "silent", provides: {}, deps: {} } },
  odd: { plugin: { ...good, id: "odd", stop: true } },
};

const importer = async (name: string) => modules[name] ?? Promise.reject(new Error(`Cannot find package '${name}'`));
const named = (...names: string[]) => names.map((name) => ({ key: "plugins", name }));

describe("plugins from npm", () => {
  it("are loaded by name, in order, each once", async () => {
    expect(await loadPlugins(named("@acme/audit"), importer)).toEqual([good]);
    expect(await loadPlugins([], importer)).toEqual([]);
    const twice = await loadPlugins([{ key: "storage", name: "@acme/storage", provides: token }, ...named("@acme/storage")], importer);
    expect(twice).toEqual([storage]);
  });

  it("are refused together, each with its key and what is wrong", async () => {
    const names = ["@acme/audit", "missing", "nothing", "nameless", "listed", "loose", "former", "silent", "odd"];
    await expect(loadPlugins(named(...names), importer)).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: [
        "cannot use what the configuration names: plugins names missing, which could not be loaded: Cannot find package 'missing'",
        "plugins names nothing, which exports no 'plugin'",
        "plugins names nameless, which exports a plugin without an id",
        "plugins names listed, which exports the plugin @acme/audit, whose 'provides' is not an object of tokens by name",
        "plugins names loose, which exports the plugin @acme/audit, whose 'deps' is not an object of tokens by name",
        "plugins names former, which exports the plugin former, whose 'deps' is not an object of tokens by name",
        "plugins names silent, which exports the plugin silent, which has no function 'create'",
        "plugins names odd, which exports the plugin odd, whose 'stop' is not a function",
      ].join("; "),
      remedy: expect.stringContaining("docs/plugins.md"),
      cause: expect.objectContaining({ message: "Cannot find package 'missing'" }),
    });
  });

  it("are refused for a key that stands for a service which they do not provide", async () => {
    const audit = loadPlugins([{ key: "storage", name: "@acme/audit", provides: token }], importer);
    await expect(audit).rejects.toThrow(
      "storage names @acme/audit, which exports the plugin @acme/audit, and that provides nothing, not test.storage",
    );
    const other = loadPlugins([{ key: "runtime", name: "@acme/storage", provides: serviceToken("test.runtime") }], importer);
    await expect(other).rejects.toThrow("and that provides test.storage, not test.runtime");
  });

  it("whose import never settles are named", async () => {
    const stuck = (name: string) => (name === "stuck" ? new Promise(() => {}) : importer(name));
    await expect(loadPlugins(named("stuck", "@acme/audit"), stuck, 10)).rejects.toThrow(
      "stuck, which could not be loaded: its import was not finished within 0.01 seconds",
    );
  });
});
