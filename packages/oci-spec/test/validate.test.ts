import { inspect } from "node:util";
import type { ContainerConfig, HostConfig } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import { validateContainerConfig } from "../src/checks/validate-container-config.ts";
import { validateHostConfig } from "../src/checks/validate-host-config.ts";
import { parseSecurityOptions } from "../src/credentials/security-options.ts";
import { createExecProcess } from "../src/process/exec-process.ts";
import { workingDirectory } from "../src/process/working-directory.ts";
import { parseDevice } from "../src/spec/devices.ts";

const host = (hostConfig: unknown, os = "windows") =>
  validateHostConfig(hostConfig as HostConfig, { defaultIsolation: "process", processors: 4, os });

describe("at create", () => {
  test.each<[string, unknown, RegExp]>([
    ["an unknown isolation", { Isolation: "vm" }, /^invalid isolation 'vm' on windows$/],
    ["a console that is too large", { ConsoleSize: [25, 70_000] }, /ConsoleSize \[25, 70000\]/],
    ["a device of no known form", { Devices: [{ PathOnHost: "nonsense" }] }, /'nonsense', must be 'class\/ID' or 'IDType:\/\/ID'/],
    ["a memory limit under 1 MiB", { Memory: 5 }, /Memory 5/],
    ["two credential specs", { SecurityOpt: ["credentialspec=raw://{}", "credentialspec=file://a"] }, /name 2 credential specs/],
    ["a raw credential spec that is no JSON", { SecurityOpt: ["credentialspec=raw://{"] }, /invalid credential spec raw:\/\/: not JSON/],
    ["a raw credential spec that is no object", { SecurityOpt: ["credentialspec=RAW://[1]"] }, /must be a JSON object/],
    ["a credential spec outside the folder", { SecurityOpt: ["credentialspec=file://../a"] }, /cannot lead upwards/],
    ["another's network under Hyper-V", { Isolation: "hyperv", NetworkMode: "container:x" }, /not supported while using Hyper-V/],
    ["another's network without a name", { NetworkMode: "container:" }, /invalid container format/],
  ])("%s is refused", (_name, hostConfig, message) => {
    expect(() => host(hostConfig)).toThrow(message);
  });

  test("a sound configuration has no warnings, and isolation has no case", () => {
    expect(host({ Isolation: "HyperV", Memory: 2 ** 30, NanoCpus: 15e8, NetworkMode: "nat", SecurityOpt: null, Devices: null })).toEqual(
      [],
    );
    expect(host({ Isolation: "Default", NetworkMode: "container:x" })).toEqual([]);
  });

  test("a Linux container has Hyper-V isolation and no credential spec", () => {
    expect(() => host({ Isolation: "process" }, "linux")).toThrow(/must be hyperv/);
    expect(() => host({ SecurityOpt: ["credentialspec=raw://{}"] }, "linux")).toThrow(/can have no credential spec/);
    expect(() => host({}, "plan9")).toThrow('image os "plan9": must be windows or linux');
  });

  test.each<[string, Partial<ContainerConfig>, RegExp]>([
    ["no command", { Cmd: [] }, /^no command specified$/],
    ["a relative working directory", { WorkingDir: "app" }, /^the working directory 'app' is invalid, it needs to be an absolute path$/],
    ["a drive-relative working directory", { WorkingDir: "C:app" }, /'C:app' is invalid/],
    ["a variable without a name", { Env: ["=1"] }, /invalid environment variable: =… has no name/],
    ["a hostname with a space", { Hostname: "a b" }, /Hostname "a b": must be labels/],
    ["a domain with an empty label", { Domainname: "a..b" }, /Domainname "a..b"/],
    ["a health check of another kind", { Healthcheck: { Test: ["SH", "x"] } }, /unknown type for health test: "SH"/],
    ["a health check that is too quick", { Healthcheck: { Interval: 5 } }, /Interval in Healthcheck cannot be less than 1ms/],
    ["negative retries", { Healthcheck: { Retries: -1 } }, /Retries in Healthcheck cannot be negative/],
  ])("%s is refused", (_name, config, message) => {
    expect(() => validateContainerConfig({ Image: "x", Cmd: ["a"], ...config })).toThrow(message);
  });

  test.each<[string, () => unknown]>([
    ["a raw credential spec that is no JSON", () => host({ SecurityOpt: ["credentialspec=raw://hunter2 {"] })],
    ["a credential spec given as a file", () => host({ SecurityOpt: ['credentialspec=file://{"Password":"hunter2"}'] })],
    ["a credential spec without a scheme", () => host({ SecurityOpt: ['credentialspec={"Password":"hunter2"}'] })],
    ["a credential spec without an equals sign", () => host({ SecurityOpt: ['credentialspec:raw://{"Password":"hunter2"}'] })],
    ["a credential spec that is the whole option", () => host({ SecurityOpt: ['{"Password":"hunter2","x":"="}'] })],
    ["a variable without a name", () => validateContainerConfig({ Image: "x", Cmd: ["a"], Env: ["=hunter2"] })],
    ["a variable with a NUL character", () => validateContainerConfig({ Image: "x", Cmd: ["a"], Env: ["TOKEN=hunter2\0"] })],
  ])("the error about %s quotes no secret", (_name, validate) => {
    let thrown: unknown;
    try {
      validate();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "InvalidArgument" });
    expect(inspect(thrown)).not.toContain("hunter2");
  });

  test.each(["C:\\app", "c:/app", "/app", "\\app"])("the working directory %s is absolute", (WorkingDir) => {
    expect(() => validateContainerConfig({ Image: "x", Cmd: ["a"], WorkingDir })).not.toThrow();
  });

  test.each([
    ["\\Users", "C:\\Users"],
    ["/Users/a b", "C:\\Users\\a b"],
    ["D:/x", "D:\\x"],
    ["//server/share", "\\\\server\\share"],
  ])("the working directory %s without a drive is on C:", (given, expected) => {
    expect(workingDirectory(given, "windows")).toBe(expected);
    expect(createExecProcess({ Image: "x" }, { Cmd: ["a"], WorkingDir: given }).cwd).toBe(expected);
  });
});

describe("a device", () => {
  test.each([
    ["class/5B45201D", { idType: "class", id: "5B45201D" }],
    ["class://5B45201D", { idType: "class", id: "5B45201D" }],
    ["vpci-location-path://PCIROOT(0)#PCI(0)", { idType: "vpci-location-path", id: "PCIROOT(0)#PCI(0)" }],
  ])("%s is an id with its kind", (PathOnHost, device) => {
    expect(parseDevice({ PathOnHost })).toEqual(device);
  });

  test.each([
    ["://x", "IDType cannot be empty"],
    ["class/", "ID cannot be empty"],
    ["vpci://", "ID cannot be empty"],
  ])("%s is refused", (PathOnHost, message) => {
    expect(() => parseDevice({ PathOnHost })).toThrow(`invalid device assignment path: '${PathOnHost}', ${message}`);
  });
});

describe("security options", () => {
  test("name one credential spec, without case", () => {
    expect(parseSecurityOptions(["CredentialSpec=File://sub/a=b.json"])).toEqual({ kind: "file", value: "sub/a=b.json" });
    expect(parseSecurityOptions([])).toBeUndefined();
    expect(parseSecurityOptions(null)).toBeUndefined();
  });

  test.each([
    ["credentialspec", /no equals sign in supplied value credentialspec/],
    ["credentialspec=", /must be prefixed by 'file:\/\/', 'registry:\/\/', or 'raw:\/\/'/],
    ["credentialspec=file://", /must be prefixed/],
    ["credentialspec=http://x", /must be prefixed/],
  ])("%s is refused", (option, message) => {
    expect(() => parseSecurityOptions([option])).toThrow(message);
  });
});
