import { describe, expect, it } from "vitest";
import { loadPlugins, type Plugin } from "../src/index.ts";

const good: Plugin = { id: "@acme/audit", provides: [], requires: [], register() {} };

const modules: Readonly<Record<string, unknown>> = {
  "@acme/audit": { plugin: good },
  nothing: {},
  nameless: { plugin: { ...good, id: "" } },
  loose: { plugin: { ...good, requires: ["oriel.engine"] } },
  silent: { plugin: { id: "silent", provides: [], requires: [] } },
};

const importer = async (name: string) => modules[name] ?? Promise.reject(new Error(`Cannot find package '${name}'`));

describe("plugins from npm", () => {
  it("are loaded by name, in order", async () => {
    expect(await loadPlugins(["@acme/audit"], importer)).toEqual([good]);
    expect(await loadPlugins([], importer)).toEqual([]);
  });

  it("are refused together, each with what is wrong", async () => {
    const loading = loadPlugins(["@acme/audit", "missing", "nothing", "nameless", "loose", "silent"], importer);
    await expect(loading).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: [
        "cannot use what 'plugins' names: missing could not be loaded: Cannot find package 'missing'",
        "nothing exports no 'plugin'",
        "nameless exports a plugin without an id",
        "loose exports the plugin @acme/audit, whose 'requires' is not a list of tokens",
        "silent exports the plugin silent, which has no function 'register'",
      ].join("; "),
      cause: expect.objectContaining({ message: "Cannot find package 'missing'" }),
    });
  });

  it("whose import never settles are named", async () => {
    const loading = loadPlugins(["stuck", "@acme/audit"], (name) => (name === "stuck" ? new Promise(() => {}) : importer(name)), 10);
    await expect(loading).rejects.toThrow("stuck could not be loaded: its import was not finished within 0.01 seconds");
  });
});
