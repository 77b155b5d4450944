import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hostInspectorToken, loggerToken, type Plugin, rawHcsToken, silentLogger } from "@oriel/contracts";
import { type ConfigLayer, mergeConfig, startServices } from "@oriel/kernel";
import { afterEach, beforeEach, expect, it } from "vitest";
import { emulatedHcsPlugin } from "../src/index.ts";

let root: string;
let warnings: string[];
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-plugin-"));
  warnings = [];
});
afterEach(() => rm(root, { recursive: true }));

const logger: Plugin = {
  id: "test.logger",
  provides: { logger: loggerToken },
  deps: {},
  create: () => ({ logger: { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) } }),
};

const startWith = (layer: ConfigLayer) => startServices([logger, emulatedHcsPlugin], mergeConfig([{ root, ...layer }], "linux"));
const start = (faults: string) => startWith({ "emulator.faults": faults });

it("stands for the raw interface and for the host, and warns of nothing", async () => {
  const services = await start("");
  expect((await services.resolve(rawHcsToken).compute.HcsOpenComputeSystem("absent")).hresult).toBe(0xc037010e);
  expect((await services.resolve(hostInspectorToken).inspect()).containerWarnings).toEqual([]);
  expect(warnings).toEqual([]);
  expect(await services.close()).toEqual([]);
});

it("emulator.isolation = none: the host says so, and that each container is not contained", async () => {
  const services = await startWith({ "emulator.isolation": "none" });
  const { warnings: said, containerWarnings, securityOptions } = await services.resolve(hostInspectorToken).inspect();
  expect(said).toContainEqual(expect.stringContaining("containers are not contained"));
  expect(containerWarnings).toEqual([expect.stringContaining("The container is not contained")]);
  expect(securityOptions).toEqual([]);
  await services.close();
});

it("the host's registry is that of the raw interface: a missing value is undefined, a damaged file an error", async () => {
  const services = await start("");
  const host = services.resolve(hostInspectorToken);
  const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\Containers\\CredentialSpecs";
  expect(await host.registryText?.(key, "web")).toBeUndefined();
  const file = path.join(root, "hcs-host", "registry.json");
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ [key]: { web: '{"CmsPlugins":[]}' } }));
  expect(await host.registryText?.(key, "web")).toBe('{"CmsPlugins":[]}');
  await writeFile(file, "{");
  await expect(host.registryText?.(key, "web")).rejects.toMatchObject({ code: "Unavailable", message: expect.stringContaining('"web"') });
  await services.close();
});

it("the host lets images of all builds run where the configuration says so", async () => {
  const services = await startWith({ imageBuilds: "any" });
  expect((await services.resolve(hostInspectorToken).inspect()).imageBuilds).toBe("any");
  await services.close();
});

it("meets the faults of the file that the configuration names, and says so", async () => {
  const file = path.join(root, "faults.json");
  await writeFile(file, '[{"call":"HcsOpenComputeSystem","fail":"0x80070005"}]');
  const services = await start(file);
  expect((await services.resolve(rawHcsToken).compute.HcsOpenComputeSystem("absent")).hresult).toBe(0x80070005);
  expect(warnings).toEqual(["faults are injected on purpose"]);
  await services.close();
});

it("does not start with a file that is not there, or that holds none", async () => {
  const file = path.join(root, "faults.json");
  await expect(start(file)).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringContaining(`${file} cannot be read`) });
  await writeFile(file, '[{"call":"HcsOpen","hang":true}]');
  await expect(start(file)).rejects.toMatchObject({
    code: "InvalidArgument",
    message: expect.stringContaining("there is no call HcsOpen"),
  });
});
